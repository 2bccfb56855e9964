// SPDX-License-Identifier: MIT
// Sealing: from the engine's changes to hash-linked, signed ones, and the checks in the other
// direction. Pure functions; docs/format.md has the bytes, sync-protocol.md the rules.
//
// One signature, on the last change of a batch, covers the run before it by the hash chain. The
// wall time of a header is informational and rounded to whole seconds, so that history stays small.
#pragma once

#include "weft/crdt/document/change.hpp"
#include "weft/sync/crypto.hpp"
#include "weft/sync/error.hpp"
#include "weft/sync/ids.hpp"

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace weft::sync {

using crdt::change;
using crdt::change_header;
using crdt::sealed_change;

[[nodiscard]] change_hash hash_of(const change_header& header);
[[nodiscard]] change_hash hash_of_bytes(byte_view canonical_header);
/// Adds a change to a log digest: the sum of the hashes as little-endian numbers mod 2^256.
void add_to_digest(digest32& sum, const change_hash& hash);

/// What is kept in mind of a stored change.
struct change_meta {
  replica_id replica{};
  std::uint64_t seq = 0;
  change_hash hash{};
  std::uint32_t first_counter = 0;
  std::uint32_t op_count = 0;
  std::uint64_t lamport = 0;  ///< of its first operation
  [[nodiscard]] std::uint32_t end_counter() const noexcept { return first_counter + op_count; }
  [[nodiscard]] std::uint64_t last_lamport() const noexcept { return lamport + op_count - 1; }
};

/// Newest change of one replica in one document.
struct replica_head {
  change_meta last;
  public_key author{};
  std::vector<digest16> membership_heads;
};

/// Finds stored changes; reads only. Implemented by stores.
struct change_lookup {
  std::function<std::optional<change_meta>(const replica_id&, std::uint64_t seq)> by_seq;
  /// The change whose *last* operation is `id`.
  std::function<std::optional<change_meta>(const crdt::op_id& id)> by_last_op;
  std::function<std::optional<replica_head>(const replica_id&)> head;
};

/// Seals `changes` (consecutive ones of one replica) as the continuation of that replica's log and
/// signs the last. Parents are turned into deps through `lookup` and the batch itself.
/// bad_data when a parent is not the last operation of a known change.
[[nodiscard]] result<std::vector<sealed_change>> seal(
    const doc_id& document, std::span<const change> changes, const change_lookup& lookup,
    const key_pair& device, std::span<const digest16> membership_heads, std::int64_t wall_ms);

/// Checks foreign changes in order against `lookup` and each other, before anything is stored:
/// document, chain (seq, prev, first_counter), author on the first change, deps known, lamport
/// equal to the derived one, body canonical with `op_count` operations, and a valid signature that
/// covers every change of the batch. Changes already known (same hash) are dropped. A different
/// change under a known (replica, seq) is a fork: denied. Returns what is new, with its metadata.
struct checked_change {
  sealed_change sealed;
  change_meta meta;
  public_key author{};
};
[[nodiscard]] result<std::vector<checked_change>> check_batch(const doc_id& document,
                                                              std::vector<sealed_change> batch,
                                                              const change_lookup& lookup);

/// The engine's form of a sealed change. `lookup` gives the op ids of deps.
[[nodiscard]] result<change> unseal(const sealed_change& sealed, const change_lookup& lookup);

/// crdt::decode_block with our hash functions and `lookup` for changes outside of the block.
/// `document`: of blocks that do not name theirs.
[[nodiscard]] crdt::result<std::vector<sealed_change>> open_block(
    byte_view block, const change_lookup& lookup, const crdt::limits& bounds = {},
    const std::optional<doc_id>& document = std::nullopt);

}  // namespace weft::sync
