// SPDX-License-Identifier: MIT
// Changes: the unit that is hashed, signed, stored and sent. docs/format.md has the bytes.
//
// A change is a run of one replica's operations with common parents. Its *body* is the canonical
// encoding of those operations, its *header* names who, after what, and commits to the body by a
// digest. Hash chain and signatures cover the canonical header (with the body's digest), never a
// stored or sent form. The core computes no hash: digests come in as arguments.
//
// A *block* is many changes in the columnar codec of the engine: what stores keep (packs) and
// sessions send. It gives back the very same canonical headers and bodies.
//
// All functions here are pure; any thread may call them.
#pragma once

#include "weft/crdt/bytes.hpp"
#include "weft/crdt/error.hpp"
#include "weft/crdt/ids.hpp"
#include "weft/crdt/limits.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace weft::crdt {

using digest32 = std::array<std::uint8_t, 32>;
using digest16 = std::array<std::uint8_t, 16>;

/// One replica's run of operations, as the engine gives and takes it.
struct change {
  op_id first{};              ///< id of its first operation
  std::uint32_t length = 0;   ///< number of operations, at least 1
  std::uint64_t lamport = 0;  ///< of the first operation; derived, checked on import
  std::vector<op_id>
      parents;  ///< frontier it was made at: sorted, minimal; may hold its own predecessor
  bytes body;   ///< canonical operations

  friend bool operator==(const change&, const change&) = default;
};

/// A dependency as the header has it: the change, and the first half of its hash.
struct change_ref {
  replica_id replica{};
  std::uint64_t seq = 0;
  digest16 hash{};
  friend auto operator<=>(const change_ref&, const change_ref&) = default;
};

/// The most membership entries that one header names.
inline constexpr std::uint32_t max_membership_heads = 4'096;

/// What is signed. `deps` leaves out the replica's own previous change, which `prev` covers.
/// A dependency always means the *last* operation of the change it names.
struct change_header {
  digest32 document{};
  replica_id replica{};
  std::uint64_t seq = 0;                   ///< change number of this replica, from 0, no gaps
  std::optional<digest32> prev;            ///< hash of change seq-1; present iff seq > 0
  std::optional<digest32> author;          ///< raw Ed25519 public key; present iff seq == 0
  std::vector<change_ref> deps;            ///< sorted, distinct, at most limits::max_parents
  std::vector<digest16> membership_heads;  ///< sorted, distinct; the membership entries seen
  std::uint32_t first_counter = 0;
  std::uint32_t op_count = 0;
  std::uint64_t lamport = 0;
  std::int64_t wall_ms = 0;     ///< informational; never decides anything
  std::uint32_t key_epoch = 0;  ///< 0: body in clear
  bytes salt;                   ///< empty, or 16 bytes when encrypted
  digest32 body_digest{};       ///< SHA-256 of the canonical body

  friend bool operator==(const change_header&, const change_header&) = default;

  /// The one canonical form. O(size).
  [[nodiscard]] bytes encode() const;
  /// Refuses every other form: `decode(encode(h)) == h` and `encode(decode(b)) == b`.
  [[nodiscard]] static result<change_header> decode(byte_view in, const limits& bounds = {});
};

/// A change as stores and sessions hold it. `signature` is empty but on the last change of a run.
struct sealed_change {
  change_header header;
  bytes body;
  bytes signature;  ///< 0 or 64 bytes, Ed25519 over the change hash
  friend bool operator==(const sealed_change&, const sealed_change&) = default;
};

/// Number of operations, and whether `body` is the canonical form of well-formed operations.
/// Positions and parents are not checked here. O(size).
[[nodiscard]] result<std::uint32_t> check_body(byte_view body, const limits& bounds = {});

/// Encodes changes of one document, in a causal order (a change stands after those of the same
/// block that it depends on). Own predecessors and dependencies outside of the block are allowed.
/// Digests that a reader can recompute (prev, deps, body) are left out. O(size).
/// `level`: 0 stores plain columns, 1..19 compresses with zstd at that level. `with_document`
/// false leaves out the document's id (32 bytes); the reader must then know it.
/// Pre: at least one change; all of one document.
[[nodiscard]] bytes encode_block(std::span<const sealed_change> changes, int level = 3,
                                 bool with_document = true);

/// What decode_block asks of its caller: the SHA-256 of a body, the hash of a complete header, and
/// the hash of a change outside of the block (nullopt: unknown, then decoding fails with
/// missing_parent). Op counters locate nothing: changes are named by (replica, seq).
struct block_resolver {
  std::function<digest32(byte_view body)> body_digest;
  std::function<digest32(byte_view header)> header_hash;
  std::function<std::optional<digest32>(const replica_id&, std::uint64_t seq)> outside;
  std::optional<digest32> document{};  ///< for blocks that leave it out
};

/// The inverse of encode_block; gives changes whose headers are complete. Nothing about signatures
/// is checked here. Memory is bounded by `bounds` and by the size of the input.
[[nodiscard]] result<std::vector<sealed_change>> decode_block(byte_view in,
                                                              const block_resolver& resolver,
                                                              const limits& bounds = {});

}  // namespace weft::crdt
