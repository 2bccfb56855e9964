// SPDX-License-Identifier: MIT
// Membership: who may read and write a document. A small DAG of signed entries per document,
// evaluated by a pure function of the set of entries, so every replica agrees.
//
// 0.1 has four kinds: create (the genesis: first owner), invite, redeem, grant. Revocation fits the
// same form and comes later. docs/sync-protocol.md has the rules.
//
// Values; concurrent const calls are safe.
#pragma once

#include "weft/sync/crypto.hpp"
#include "weft/sync/error.hpp"
#include "weft/sync/ids.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace weft::sync {

/// Of the name of a device.
inline constexpr std::size_t max_name_bytes = 64;

enum class role : std::uint8_t { none = 0, relay = 1, reader = 2, editor = 3, owner = 4 };
enum class entry_kind : std::uint8_t { create = 1, invite = 2, redeem = 3, grant = 4 };

/// One entry. Fields that a kind does not use are empty. Canonical bytes through encode().
struct member_entry {
  entry_kind kind = entry_kind::create;
  std::optional<doc_id> document;    ///< all but create
  std::vector<member_hash> parents;  ///< all heads the author knew; sorted; empty for create
  public_key author{};               ///< the device that signs; redeem: the joiner
  std::int64_t wall_ms = 0;          ///< informational
  // create
  digest16 nonce{};
  // invite, redeem
  public_key invite{};          ///< public part of the invite key
  role granted = role::none;    ///< invite, grant
  std::uint32_t max_uses = 0;   ///< invite; 0: unlimited
  std::int64_t expires_ms = 0;  ///< invite; 0: never. Judged by whoever admits
  // grant
  public_key subject{};  ///< who gets the role
  std::string name;  ///< redeem, grant, create: what to call that device, at most max_name_bytes
  bytes invite_signature;  ///< redeem: by the invite key over the unsigned entry
  bytes signature;         ///< by `author` over the rest

  friend bool operator==(const member_entry&, const member_entry&) = default;
  [[nodiscard]] bytes encode() const;
  [[nodiscard]] static crdt::result<member_entry> decode(byte_view in);
  [[nodiscard]] member_hash hash() const;
  /// Signs with the device key (and the invite key for redeem).
  void sign(const key_pair& device, const key_pair* invite_key = nullptr);
  /// Signatures and form only.
  [[nodiscard]] bool well_signed() const;
};

/// The document that a create entry founds.
[[nodiscard]] doc_id document_of(const member_entry& create);

struct member {
  public_key key{};
  role as = role::none;
  std::string name;
};

/// An invitation that counts and is not used up by the entries known here.
struct open_invite {
  public_key invite{};
  role granted = role::none;
  std::uint32_t uses = 0;
  std::uint32_t max_uses = 0;
  std::int64_t expires_ms = 0;
};

/// The evaluation of a set of entries. Entries whose parents are missing, or whose author had no
/// right, do not count. If an invitation is over-used, the smallest hashes win.
class membership {
public:
  membership() = default;
  /// Adds one entry; duplicates are ignored. bad_data: wrong signature or another document.
  result<bool> add(const member_entry& entry);
  /// Adds those entries of a peer that could ever count and are new, in any order; returns them.
  /// An entry that could not (wrong signature, unknown parents, author without right) is left out,
  /// so nobody can make the set grow but members.
  std::vector<member_entry> add_plausible(std::span<const member_entry> entries);
  /// The entries that could count, each after what it rests on: the order to send them in.
  [[nodiscard]] std::vector<member_entry> plausible_entries() const;

  [[nodiscard]] role role_of(const device_id& device) const;
  [[nodiscard]] const std::map<device_id, member>& members() const;
  [[nodiscard]] std::vector<open_invite> invites() const;
  [[nodiscard]] std::vector<member_hash> heads() const;  ///< sorted
  /// SHA-256 over all entry hashes, sorted: equal sets, equal digests.
  [[nodiscard]] digest32 digest() const;
  [[nodiscard]] const std::map<member_hash, member_entry>& entries() const { return entries_; }
  /// May this device redeem that invitation now? Gives the precise refusal.
  [[nodiscard]] result<void> may_redeem(const public_key& invite, std::int64_t now_ms) const;

private:
  bool insert(const member_entry& entry);
  void evaluate();
  std::map<member_hash, member_entry> entries_;
  std::map<device_id, member> members_;
  std::vector<open_invite> invites_;    // all that count, used up or not
  std::vector<member_hash> plausible_;  // in the order in which each could first count
  std::vector<member_hash> heads_;
};

}  // namespace weft::sync
