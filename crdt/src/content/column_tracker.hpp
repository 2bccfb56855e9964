// SPDX-License-Identifier: MIT
// column_tracker: replays what a few people wrote at the same time, without ever going back.
//
// It does the work of `tracker` where at most eight replicas write in a window: each has a column
// of its own in a column_list, which stands at the version that the replica's next operation was
// made at. By R2 (causal_graph.hpp) a replica's version only grows, so a column only learns. What
// lies ahead in the same import is looked at first: an operation that all columns know by then is
// not concurrent with anything that is still to come, and leaves no trace in the list.
//
// A replica that writes no more is *parked*: its column is taken to know everything. When it
// writes again without knowing everything, the window must be opened anew (`outcome::stale`).
//
// A window with many records (`outcome::crowded`) is opened anew *tall*: over a column_tree instead
// of a column_list. There nobody is parked and nothing is forgotten. Where the graph has no rows
// for the whole window, what the authors knew is worked out here.
//
// Not thread-safe. Method: docs/internals/text-merging.md.
#pragma once

#include "content/column_list.hpp"
#include "content/column_tree.hpp"
#include "content/effect_log.hpp"
#include "history/causal_graph.hpp"
#include "history/row_walk.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace weft::crdt {

class column_tracker {
public:
  enum class outcome : std::uint8_t {
    done,
    bad_position,  ///< outside of its author's text; the tracker must be opened anew
    stale,         ///< a replica came back that had not seen what was forgotten; nothing is fed
    crowded,       ///< too much for a list; `fed` tells how far it came
    unfit,         ///< too many replicas or elements; `fed` tells how far it came
  };

  /// Stands at version {base} (no_index: before everything) with a text of `length` scalars.
  void open(const causal_graph& graph, local_index base, std::uint32_t length, bool tall);
  void close() noexcept {
    open_ = false;
    tree_.reset();
  }
  [[nodiscard]] bool is_open() const noexcept { return open_; }
  [[nodiscard]] bool is_tall() const noexcept { return tree_ != nullptr; }
  [[nodiscard]] local_index base() const noexcept { return base_; }
  /// First local index not fed yet.
  [[nodiscard]] local_index fed() const noexcept { return fed_; }

  /// Feeds the operations [fed, end) of `log`, which all follow the base. Effects of those from
  /// `told_from` on go to `out`. `whole`: no more of this window is expected soon, so replicas that
  /// do not write in this range again are parked.
  [[nodiscard]] outcome feed(const causal_graph& graph, const run_list& log, local_index end,
                             local_index told_from, bool whole, effect_log& out);

  /// The operations fed of this text that no other of it fed follows; ascending. Empty: none fed.
  void last_of_text(const causal_graph& graph, local_frontier& out) const;
  /// Whether all that was fed is known to every column; if tall: to one that may be the next.
  [[nodiscard]] bool settled() const noexcept;
  /// Records.
  [[nodiscard]] std::size_t size() const noexcept {
    return is_tall() ? tree_->size() : list_.size();
  }
  [[nodiscard]] std::size_t size_bytes() const noexcept;
  void check_invariants() const;

private:
  static constexpr std::uint32_t none = 0xffff'ffffU;
  // So many steps of a column are looked through for some to drop.
  static constexpr std::size_t steps_worth_looking = 64;

  // What the author of operations from `first` on knew.
  struct known_row {
    local_index first = 0;
    std::uint32_t counter = 0;
    std::uint32_t column = 0;
    version_row known{};
  };
  struct listed_entry {
    walked_entry entry;
    std::uint32_t next = none;           // the same column's next one
    const version_row* known = nullptr;  // when it was made
  };
  // Operations that some column does not know yet.
  struct step {
    std::uint32_t counter = 0;
    std::uint32_t length = 0;
    element_id element = 0;  // of the first operation
    run_kind kind = run_kind::insert;
  };
  struct column {
    std::uint32_t fed = 0;  // operations fed of it, as a counter
    local_index last_in_text = no_index;
    std::uint64_t wrote_at = 0;  // entries fed when it wrote last
    version_row known{};         // of the others
    version_row next_step{};     // first step of each that it lacks
    std::vector<step> steps;     // its own operations
  };

  class own_walk;
  outcome feed_range(const causal_graph& graph, const run_list& log, index_range range,
                     local_index told_from, bool parks, effect_log& out);
  bool list_entries(const causal_graph& graph, index_range range,
                    std::vector<listed_entry>& entries);
  [[nodiscard]] std::uint32_t column_of(replica_index r) const;
  void give(std::uint32_t c, const replica_id& author);
  void note_known(std::uint32_t c, const causal_graph::entry_view& view);
  // `List` is a column_list or a column_tree, `Walk` a row_walk or an own_walk.
  template <class List>
  bool wake_columns(List& list);
  template <class List, class Walk>
  outcome feed_entries(List& list, Walk& walk, const run_list& log, local_index told_from,
                       bool parks, effect_log& out);
  template <class List>
  outcome feed_entry(List& list, const walked_entry& now, const run_list& log,
                     local_index told_from, effect_log& out);
  void park(std::uint32_t c);
  void park_silent(std::uint32_t author);
  template <class List>
  void learn(List& list, std::uint32_t c, const version_row& version);
  template <class List>
  void learn_of(List& list, std::uint32_t c, std::uint32_t author, std::uint32_t to);
  // Who is born knowing operations: the same columns for all below that counter.
  struct knowers {
    std::uint32_t same_below = 0;
    column_mask known = 0;
  };
  [[nodiscard]] knowers find_knowers(std::uint32_t author, std::uint32_t counter) const;
  // The author of operations that are being fed.
  struct writer {
    std::uint32_t column = 0;
    std::uint32_t counter = 0;  // of the first
    column_mask known = 0;
  };
  template <class List>
  bool erase(List& list, const writer& by, const sequence_run& part, effect_log* out);
  [[nodiscard]] outcome fits(std::uint32_t author);
  void remember(std::vector<step>& steps, const step& s) {
    if (!steps.empty() && s.kind == run_kind::insert) {
      step& last = steps.back();
      if (last.kind == s.kind && last.counter + last.length == s.counter &&
          last.element + last.length == s.element) {
        last.length += s.length;
        return;
      }
    }
    steps.push_back(s);
  }
  void forget_steps();

  bool open_ = false;
  local_index base_ = no_index;
  local_index fed_ = 0;
  std::uint32_t epoch_ = 0;  // of the graph's rows
  bool own_rows_ = false;    // they are not used
  column_list list_;
  std::unique_ptr<column_tree> tree_;  // in place of the list, if tall
  std::vector<known_row> rows_;        // ascending, of all that was fed; if own_rows_
  std::array<replica_index, max_columns> replica_{};  // of each column; if own_rows_
  // What each column knew at the first of the entries being fed that it wrote; null: it wrote none.
  std::array<const version_row*, max_columns> writes_{};
  std::uint64_t entries_fed_ = 0;
  std::size_t next_run_ = 0;  // of the log being fed
  std::array<column, max_columns> columns_;
  column_mask given_ = 0;           // columns that are in use
  std::uint32_t used_ = 0;          // all of them lie below
  column_mask idle_ = all_columns;  // not in use, or parked
};

}  // namespace weft::crdt
