// SPDX-License-Identifier: MIT
// The causal graph: which operation was made after which. Run-length encoded.
//
// Entry e covers local indexes [start(e), end(e)) of one replica; inside, each operation's parent
// is the one before it. Invariants, for entries and for every operation:
//   R1 per replica the counters are gap-free; R2 operation n of a replica descends from n-1;
//   R3 parents exist and are smaller; R4 parents are sorted, distinct and pairwise concurrent.
// The *critical spine* is the chain of single versions that every operation known here precedes or
// follows; it answers whether a merge may skip replay.
//
// Not thread-safe for writers; const calls may run at the same time unless said otherwise.
// Method: Gentle and Kleppmann, "Collaborative Text Editing with Eg-walker", EuroSys 2025, and
// docs/internals/causal-graph.md.
#pragma once

#include "history/local_index.hpp"
#include "weft/crdt/causality/version.hpp"
#include "weft/crdt/error.hpp"
#include "weft/crdt/ids.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace weft::crdt {

/// Sorted, distinct, pairwise concurrent local indexes. Empty: before the first operation.
using local_frontier = std::vector<local_index>;

class causal_graph {
public:
  // Replicas.
  replica_index intern(const replica_id& id);
  [[nodiscard]] std::optional<replica_index> find(const replica_id& id) const;
  [[nodiscard]] const replica_id& id_of(replica_index r) const;
  [[nodiscard]] std::uint32_t replica_count() const noexcept;
  /// Position of the id in byte order; the tie between concurrent operations.
  [[nodiscard]] std::uint32_t rank(replica_index r) const;
  /// Number of operations known of `r`.
  [[nodiscard]] std::uint32_t count(replica_index r) const;

  // Growth.
  /// Appends `length` operations of `r`, the first with `parents` (sorted), the others each after
  /// the one before. Pre: `first_counter == count(r)`, R1..R4 hold (see check_parents). Extends the
  /// last entry when it continues it. Returns the first local index. Amortised O(log entries).
  local_index append(replica_index r, std::uint32_t first_counter, std::uint32_t length,
                     std::span<const local_index> parents);
  /// R2..R4 for foreign input: sorted, distinct, pairwise concurrent, includes r's own past.
  [[nodiscard]] result<void> check_parents(replica_index r,
                                           std::span<const local_index> parents) const;

  // Asking.
  [[nodiscard]] local_index size() const noexcept;  ///< number of operations
  [[nodiscard]] const local_frontier& tip() const noexcept;
  [[nodiscard]] op_id id_of_op(local_index i) const;  ///< O(log entries)
  [[nodiscard]] replica_index replica_of(local_index i) const;
  [[nodiscard]] std::uint32_t counter_of(local_index i) const;
  [[nodiscard]] std::uint64_t lamport(
      local_index i) const;  ///< 1 + greatest of its parents'; 1 for roots
  [[nodiscard]] std::optional<local_index> index_of(const op_id& id) const;  ///< O(log runs)
  [[nodiscard]] std::optional<local_index> index_of(replica_index r, std::uint32_t counter) const;
  /// Parents of one operation.
  void parents_of(local_index i, local_frontier& out) const;
  /// One entry, cut to a range. `replica`, `counter` belong to `range.first`.
  struct entry_view {
    index_range range;
    replica_index replica = 0;
    std::uint32_t counter = 0;
    std::span<const local_index> parents;  ///< of range.first; valid until the graph grows
  };
  /// Calls f for the entries that overlap `range`, cut to it, ascending. A cut entry's parent is
  /// the operation before the cut.
  void for_each_entry(index_range range, const std::function<void(const entry_view&)>& f) const;

  /// Is `i` in the set of operations that `version` names (an ancestor or one of it)?
  [[nodiscard]] bool contains(std::span<const local_index> version, local_index i) const;
  /// Ranges only in a, and only in b; each list descending by index. O(entries touched).
  void diff(std::span<const local_index> a, std::span<const local_index> b,
            std::vector<index_range>& only_a, std::vector<index_range>& only_b) const;
  /// Those of `set` that no other of it follows; sorted.
  [[nodiscard]] local_frontier dominators(std::span<const local_index> set) const;
  /// Version after the operation range [.., last] with `parents` was added to `version`.
  static void advance(local_frontier& version, std::span<const local_index> parents,
                      local_index last);
  /// Greatest critical index that is an ancestor of (or in) every one of `versions`' members and of
  /// all operations after it; no_index: nothing (start of the document).
  [[nodiscard]] local_index last_critical_below(std::span<const local_index> version) const;

  [[nodiscard]] version_vector to_version_vector(std::span<const local_index> version) const;
  [[nodiscard]] const version_vector& tip_version() const noexcept;
  /// Local index ranges of all operations not in `known`; ascending, coalesced.
  void missing_in(const version_vector& known, std::vector<index_range>& out) const;

  // All-or-nothing growth: everything appended since the mark goes again.
  struct mark;
  class saved {  // opaque; cheap (copies frontier, spine tail, sizes)
  public:
    saved();
    ~saved();
    saved(saved&&) noexcept;
    saved& operator=(saved&&) noexcept;
    struct data;
    data* state = nullptr;
  };
  [[nodiscard]] saved save() const;
  void roll_back(const saved& to);

  void check_invariants() const;
};

}  // namespace weft::crdt
