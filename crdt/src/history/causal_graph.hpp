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

#include "history/entry_list.hpp"
#include "history/heads.hpp"
#include "history/local_index.hpp"
#include "history/replica_table.hpp"
#include "weft/crdt/causality/version.hpp"
#include "weft/crdt/error.hpp"
#include "weft/crdt/ids.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace weft::crdt {

/// Sorted, distinct, pairwise concurrent local indexes. Empty: before the first operation.
using local_frontier = std::vector<local_index>;

/// Per row column: how many operations of the column's replica are known.
inline constexpr std::uint32_t row_columns = 8;
using version_row = std::array<std::uint32_t, row_columns>;

class causal_graph {
public:
  causal_graph() = default;
  causal_graph(causal_graph&&) = default;
  causal_graph& operator=(causal_graph&&) = default;
  causal_graph(const causal_graph&) = delete;
  causal_graph& operator=(const causal_graph&) = delete;
  ~causal_graph() = default;

  /// An operation and the entry that holds it, so that it is looked for once.
  struct place {
    local_index at = 0;
    entry_index entry = 0;
    friend auto operator<=>(const place&, const place&) = default;
  };

  // Replicas.
  replica_index intern(const replica_id& id);
  [[nodiscard]] std::optional<replica_index> find(const replica_id& id) const;
  [[nodiscard]] const replica_id& id_of(replica_index r) const;
  [[nodiscard]] std::uint32_t replica_count() const noexcept;
  /// Number of operations known of `r`.
  [[nodiscard]] std::uint32_t count(replica_index r) const { return replicas_[r].count; }

  // Growth.
  /// Appends `length` operations of `r`, the first with `parents` (sorted), the others each after
  /// the one before. Pre: `first_counter == count(r)`, R1..R4 hold (see check_parents). Extends the
  /// last entry when it continues it. Returns the first local index. Amortised O(log entries).
  local_index append_after(replica_index r, std::uint32_t first_counter, std::uint32_t length,
                           std::span<const place> parents);
  local_index append(replica_index r, std::uint32_t first_counter, std::uint32_t length,
                     std::span<const local_index> parents);
  /// Makes room for about so many more entries. `listed`: parents of those with more than two.
  void expect(std::size_t entries, std::size_t listed);
  /// The commonest append, in short: `r` goes on after its last operation, which follows all that
  /// is known. False: it is not so, and nothing has changed.
  [[nodiscard]] bool extend_tip(replica_index r, std::uint32_t length);
  /// The commonest append where people write at the same time, with its checks: `r` goes on after
  /// its last operation and after `other`, which is another replica's, and neither follows the
  /// other. False: it is not so or not known at once, and nothing has changed. Pre: `length` > 0.
  [[nodiscard]] bool append_beside(replica_index r, std::uint32_t length, place other);
  /// R2..R4 for foreign input: sorted, distinct, pairwise concurrent, includes r's own past.
  [[nodiscard]] result<void> check_parents(replica_index r, std::span<const place> parents) const;
  [[nodiscard]] result<void> check_parents(replica_index r,
                                           std::span<const local_index> parents) const;

  // Asking.
  /// Whether who had seen these (sorted) had seen everything. O(parents).
  [[nodiscard]] bool are_tip(std::span<const place> parents) const;
  [[nodiscard]] local_index size() const noexcept { return size_; }  ///< number of operations
  [[nodiscard]] const heads& tip() const noexcept { return tip_; }
  [[nodiscard]] op_id id_of_op(local_index i) const;  ///< O(log entries)
  [[nodiscard]] replica_index replica_of(local_index i) const;
  [[nodiscard]] std::uint32_t counter_of(local_index i) const;
  /// Both of the above.
  [[nodiscard]] std::pair<replica_index, std::uint32_t> writer_of(local_index i) const;
  [[nodiscard]] std::uint64_t lamport(
      local_index i) const;  ///< 1 + greatest of its parents'; 1 for roots
  [[nodiscard]] std::optional<local_index> index_of(const op_id& id) const;  ///< O(log runs)
  [[nodiscard]] std::optional<local_index> index_of(replica_index r, std::uint32_t counter) const;
  [[nodiscard]] std::optional<place> place_of(replica_index r, std::uint32_t counter) const {
    return counter < count(r) ? std::optional(place_in(r, counter)) : std::nullopt;
  }
  /// The same. Pre: counter < count(r).
  [[nodiscard]] place place_in(replica_index r, std::uint32_t counter) const;
  /// Does `later` descend from `earlier`? Pre: they differ. O(1) where there are version rows.
  [[nodiscard]] bool follows(place later, place earlier) const;
  /// Parents of one operation.
  void parents_of(local_index i, local_frontier& out) const;
  /// The whole entry that holds `i`. O(log entries).
  [[nodiscard]] index_range entry_range(local_index i) const;
  /// The same, with the parents of its first operation.
  index_range entry_range(local_index i, local_frontier& parents) const;
  /// One entry, cut to a range. What is not the range belongs to `range.first`.
  struct entry_view {
    index_range range;
    replica_index replica = 0;
    std::uint32_t counter = 0;
    std::uint32_t lamport = 0;
    /// Of range.first. Valid while the view and the graph are as they are.
    [[nodiscard]] std::span<const local_index> parents() const;

  private:
    friend causal_graph;
    const causal_graph* graph = nullptr;
    entry_index entry = 0;
    local_index before = 0;
    bool cut = false;
  };
  /// Calls f for the entries that overlap `range`, cut to it, ascending. A cut entry's parent is
  /// the operation before the cut.
  template <class F>
  void for_each_entry(index_range range, F&& f) const;
  /// How many those are. O(log entries).
  [[nodiscard]] std::size_t entries_in(index_range range) const {
    return range.empty() ? 0 : entry_of(range.end - 1) - entry_of(range.first) + 1;
  }

  // Version rows. While at most eight replicas write, each entry has a row: what its author knew of
  // the operations since `rows_from`, counters per column, when the entry was made. They answer in
  // O(1) what else takes a walk. A ninth writer, a roll-back or a long calm history starts them
  // anew.
  /// First local index whose entry has a row; no_index: none has.
  [[nodiscard]] local_index rows_from() const noexcept { return rows_from_; }
  /// Changes when columns are given out anew.
  [[nodiscard]] std::uint32_t rows_epoch() const noexcept { return rows_epoch_; }

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
  /// Greatest critical index smaller than `i`; no_index: none. O(log ranges).
  [[nodiscard]] local_index last_critical_before(local_index i) const;

  /// One past the first critical index that is not smaller than `i`; size() if there is none.
  [[nodiscard]] local_index critical_end_from(local_index i) const;

  [[nodiscard]] version_vector to_version_vector(std::span<const local_index> version) const;
  /// Brought up to date on demand: not to be called by two threads at once.
  [[nodiscard]] const version_vector& tip_version() const;
  /// Local index ranges of all operations not in `known`; ascending, coalesced.
  void missing_in(const version_vector& known, std::vector<index_range>& out) const;

  // All-or-nothing growth: everything appended or interned since `save` goes again. Only the newest
  // saved point can be rolled back to, and only once.
  struct saved {
    std::size_t entries = 0;
    local_index size = 0;
    std::size_t pool = 0;
    std::size_t replicas = 0;
  };
  [[nodiscard]] saved save();  ///< O(1)
  void roll_back(const saved& to);

  void check_invariants() const;

private:
  friend class row_walk;
  static constexpr unsigned block_bits = 6;
  static constexpr std::uint32_t many_parents = 0x8000'0000U;  // flag; the rest is a place in pool_

  struct replica_state {
    std::uint32_t count = 0;
    std::uint32_t rows_epoch = 0;  // in which its row column holds
    std::uint32_t row_column = 0;
    mutable bool listed = true;  // its count in tip_version_ is right
    entry_list entries;          // ascending by counter and by index
  };

  // Operations of one replica, each after the one before.
  struct entry {
    local_index start = 0;
    replica_index replica = 0;
    std::uint32_t counter = 0;  // of the first operation, as is its lamport
    std::uint32_t lamport = 0;
    local_index shadow = 0;  // every operation of it follows all of [shadow, start)
    // None, one or two, no_index for those that are not there; of more: many_parents | place in
    // pool_, then how many.
    std::array<std::uint32_t, 2> parents{};
  };

  struct diff_lists;
  bool diff_by_entries(std::span<const local_index> a, std::span<const local_index> b,
                       diff_lists& out) const;
  void diff_by_replicas(std::span<const local_index> a, std::span<const local_index> b,
                        diff_lists& out) const;
  [[nodiscard]] entry_index entry_of(local_index i) const;
  /// As above, for walks that go down: `above` is an entry at or above the one wanted.
  [[nodiscard]] entry_index entry_below(local_index i, entry_index above) const;
  [[nodiscard]] local_index entry_end(entry_index e) const {
    return e + 1 < entries_.size() ? entries_[e + 1].start : size_;
  }
  [[nodiscard]] std::span<const local_index> entry_parents(entry_index e) const;
  [[nodiscard]] bool are_concurrent(std::span<const place> set) const;
  // Pre: it is in one of the first `end` entries of the replica.
  [[nodiscard]] place place_below(replica_index r, std::uint32_t counter, std::size_t end) const;
  void fill_blocks();
  inline void push_entry(replica_index r, std::uint32_t counter, std::span<const place> parents);
  inline std::array<std::uint32_t, 2> list_parents(std::span<const place> parents);
  inline void prepare_row(replica_index r);
  void start_rows();
  inline void extend_spine(local_index first, std::uint32_t length);
  inline void cut_spine(local_index limit);
  void touch_spine(std::size_t keep);
  void note_leaving(local_index i) {
    if (i < saved_size_) {
      tip_undo_.push_back(i);
    }
  }
  inline void leave_tip();
  inline void leave_tip(std::span<const place> parents);
  inline void count_in(replica_state& writer, replica_index r, std::uint32_t length);

  std::vector<entry> entries_;
  std::vector<local_index> pool_;  // parents of entries with more than two
  // For every block of local indexes the entry that holds the first of them: lookups begin there.
  std::vector<entry_index> block_;
  local_index size_ = 0;
  heads tip_;
  local_index saved_size_ = 0;
  local_frontier tip_undo_;  // members of the tip at save() that have left it

  std::vector<version_row> rows_;  // of the entries from rowless_ on
  std::size_t rowless_ = 0;
  local_index rows_from_ = no_index;  // start of the first of them; no_index: none
  std::uint32_t rows_epoch_ = 1;
  std::uint32_t rows_columns_ = 0;                        // given out
  std::array<replica_index, row_columns> row_writers_{};  // of those

  std::vector<index_range> spine_;       // critical indexes, ascending
  std::size_t spine_kept_ = 0;           // ranges below this are as they were at save()
  std::vector<index_range> spine_undo_;  // those above, as they were, last one first

  std::vector<replica_state> replicas_;
  replica_table ids_;

  mutable version_vector tip_version_;
  mutable std::vector<replica_index> unlisted_;
};

inline bool causal_graph::extend_tip(replica_index r, std::uint32_t length) {
  if (entries_.empty() || entries_.back().replica != r || spine_.empty() ||
      spine_.back().end != size_ || spine_kept_ == spine_.size() ||
      length >= max_op_count - size_) {
    return false;
  }
  replica_state& writer = replicas_[r];
  const local_index end = size_ + length;
  if (writer.listed) {
    return false;
  }
  // The last operation is critical and nothing came after it: it is the tip.
  spine_.back().end = end;
  tip_.set_back(end - 1);
  size_ = end;
  writer.count += length;
  if ((std::size_t{end} - 1) >> block_bits >= block_.size()) {
    fill_blocks();
  }
  return true;
}

template <class F>
void causal_graph::for_each_entry(index_range range, F&& f) const {
  if (range.empty()) {
    return;
  }
  entry_index e = entry_of(range.first);
  for (local_index at = range.first; at < range.end; ++e) {
    entry_view view;
    view.range = {at, std::min(entry_end(e), range.end)};
    view.replica = entries_[e].replica;
    view.counter = entries_[e].counter + (at - entries_[e].start);
    view.lamport = entries_[e].lamport + (at - entries_[e].start);
    view.graph = this;
    view.entry = e;
    view.before = at - 1;
    view.cut = at != entries_[e].start;
    f(static_cast<const entry_view&>(view));
    at = view.range.end;
  }
}

inline bool causal_graph::follows(place later, place earlier) const {
  if (later.at < earlier.at) {
    return false;
  }
  if (later.entry == earlier.entry || entries_[later.entry].shadow <= earlier.at) {
    return true;
  }
  if (earlier.at < rows_from_) {
    return contains({&later.at, 1}, earlier.at);
  }
  const std::uint32_t column = replicas_[entries_[earlier.entry].replica].row_column;
  return rows_[later.entry - rowless_][column] >
         entries_[earlier.entry].counter + (earlier.at - entries_[earlier.entry].start);
}

inline causal_graph::place causal_graph::place_in(replica_index r, std::uint32_t counter) const {
  const std::span<const entry_index> own = replicas_[r].entries.all();
  // Questions are mostly about what came last, or shortly before.
  constexpr std::size_t near = 8;
  std::size_t above = own.size();
  const std::size_t stop = above > near ? above - near : 0;
  while (above > stop) {
    const entry_index e = own[--above];
    const entry& holder = entries_[e];
    if (counter >= holder.counter) {
      return {holder.start + (counter - holder.counter), e};
    }
  }
  return place_below(r, counter, above);
}

inline std::span<const local_index> causal_graph::entry_parents(entry_index e) const {
  const std::array<std::uint32_t, 2>& listed = entries_[e].parents;
  if (listed[0] < many_parents) {
    return {listed.data(), listed[1] == no_index ? 1U : 2U};
  }
  if (listed[0] == no_index) {
    return {};
  }
  return {&pool_[listed[0] & ~many_parents], listed[1]};
}

inline std::span<const local_index> causal_graph::entry_view::parents() const {
  return cut ? std::span<const local_index>{&before, 1} : graph->entry_parents(entry);
}

}  // namespace weft::crdt
