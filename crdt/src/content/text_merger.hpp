// SPDX-License-Identifier: MIT
// text_merger: finds what imported operations do to one text: its effects.
//
// Three ways, cheapest first. A run is *direct* when its author had seen all operations of this
// text: it applies as it is. Concurrent operations of few replicas go through a column_tracker,
// all others through a tracker. Both are caches of history since a critical version: they can be
// thrown away at any time and made anew from the log.
//
// Invariant: `last_` holds the operations of this text that no other of it follows, of those before
// `next_`. Not thread-safe. Method: docs/internals/text-merging.md.
#pragma once

#include "content/column_tracker.hpp"
#include "content/effect_log.hpp"
#include "content/tracker.hpp"
#include "history/causal_graph.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace weft::crdt {

class text_merger {
public:
  /// A local operation, made at the tip: it follows all others.
  void note_local(local_index last) {
    last_behind_ = false;
    if (last_.size() != 1) {
      last_.clear();
      last_.push_back(last);
    }
    last_.set_back(last);
  }

  // An import: `begin`, `advance` until it says so, then `finish` or `roll_back`. The operations of
  // `log` from `from` on are new; all are in the graph.
  void begin(local_index from);
  enum class progress : std::uint8_t { more, done, bad_position };
  /// Appends effects to `out` for about `work` operations.
  [[nodiscard]] progress advance(const causal_graph& graph, const run_list& log, effect_log& out,
                                 std::uint64_t work);
  void finish();
  /// Pre: the log is as it was before; the graph has the operations still.
  void roll_back(const run_list& log);

  [[nodiscard]] std::size_t size_bytes() const noexcept;
  void check_invariants() const;

private:
  // The graph entry at hand, and what the author of an operation in it had seen.
  struct entry_cache {
    index_range range;
    local_frontier parents;
    local_index before = 0;

    std::span<const local_index> seen_by(const causal_graph& graph, local_index first) {
      if (first < range.first || first >= range.end) {
        range = graph.entry_range(first, parents);
      }
      before = first - 1;
      return first == range.first ? std::span<const local_index>{parents}
                                  : std::span<const local_index>{&before, 1};
    }
  };

  bool is_direct(const causal_graph& graph);
  bool take_direct(local_index end, effect_log& out);
  enum class way : std::uint8_t { direct, columns, tree };
  way choose_way(const causal_graph& graph, const effect_log& out);
  void find_last(const run_list& log);
  void keep_last();
  [[nodiscard]] heads last_at_start() const;
  void leave_seen(const causal_graph& graph, std::span<const local_index> version);
  void catch_up(const causal_graph& graph);
  [[nodiscard]] bool serve(local_index base) const;
  void open_columns(const causal_graph& graph, local_index base, const effect_log& out);
  [[nodiscard]] bool may_reopen(const causal_graph& graph) const;
  bool advance_columns(const causal_graph& graph, const run_list& log, effect_log& out,
                       std::uint64_t work);
  bool advance_tree(const causal_graph& graph, const run_list& log, effect_log& out);
  void open_tree(const causal_graph& graph, local_index first, const effect_log& out);
  void feed_tree(const causal_graph& graph, const run_list& log, local_index end);
  bool merge(const causal_graph& graph, const run_list& log, const sequence_run& run,
             std::span<const local_index> seen, effect_log& out);

  const causal_graph* graph_ = nullptr;  // while an import goes on
  heads last_;
  bool last_behind_ = false;  // the columns know better
  local_index next_ = 0;      // first operation without effects
  std::size_t next_run_ = 0;  // of the log: the run that holds it or comes after it
  local_index from_ = 0;      // first operation of this import
  local_frontier left_;       // of last_, what left it that was there before this import
  local_frontier last_before_;
  bool last_kept_ = false;  // last_before_ holds what was; else last_ and left_ do
  bool behind_before_ = false;
  local_index base_before_ = no_index;  // of the columns, if so
  local_frontier scratch_;
  entry_cache entry_;
  entry_cache fed_entry_;
  std::unique_ptr<column_tracker> columns_;
  std::unique_ptr<tracker> tree_;
  local_index unfit_base_ = no_index - 1;    // columns did not serve from there
  local_index crowded_base_ = no_index - 1;  // nor did a list of columns
  std::uint64_t reopened_ = 0;               // operations fed again and again
};

}  // namespace weft::crdt
