// SPDX-License-Identifier: MIT
// row_walk: entries of a causal graph one after the other, each with what its author knew next.
//
// For replay in columns, where all of them have version rows. The graph must stay as it is. Not
// thread-safe.
#pragma once

#include "history/causal_graph.hpp"
#include "weft/crdt/assert.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace weft::crdt {

/// Operations of one graph entry that are fed to columns.
struct walked_entry {
  index_range range;
  std::uint32_t counter = 0;  // of the first operation
  std::uint32_t column = 0;
};

class row_walk {
public:
  /// Pre: `range` is not empty; all entries in it have rows.
  row_walk(const causal_graph& graph, index_range range)
      : graph_(graph),
        range_(range),
        at_(graph.entry_of(range.first)),
        end_(graph.entry_of(range.end - 1) + 1) {
    WEFT_ASSERT(range.first >= graph.rows_from(), "entries from rows_from on have rows");
    for (std::uint32_t c = 0; c < graph.rows_columns_; ++c) {
      const std::span<const entry_index> own = graph.replicas_[graph.row_writers_[c]].entries.all();
      const entry_index* const end = own.data() + own.size();
      ahead_[c] = {first_from(own.data(), end), end};
    }
  }

  [[nodiscard]] std::uint32_t columns() const noexcept { return graph_.rows_columns_; }
  [[nodiscard]] const replica_id& author(std::uint32_t c) const {
    return graph_.id_of(graph_.row_writers_[c]);
  }
  /// What the author of column `c` knew at the first of its entries that were not taken; null:
  /// there is none.
  [[nodiscard]] const version_row* known_ahead(std::uint32_t c) const {
    const own_entries& own = ahead_[c];
    return own.next != own.end && *own.next < end_ ? &graph_.rows_[*own.next - graph_.rowless_]
                                                   : nullptr;
  }
  /// Takes the next entry. False: there is none.
  bool take(walked_entry& now) {
    if (at_ == end_) {
      return false;
    }
    const causal_graph::entry& e = graph_.entries_[at_];
    const local_index first = std::max(e.start, range_.first);
    now.column = graph_.replicas_[e.replica].row_column;
    now.counter = e.counter + (first - e.start);
    ++at_;
    now.range = {first, at_ == end_ ? range_.end : graph_.entries_[at_].start};
    ++ahead_[now.column].next;
    return true;
  }

private:
  struct own_entries {
    const entry_index* next = nullptr;
    const entry_index* end = nullptr;
  };

  // Mostly one of the last.
  [[nodiscard]] const entry_index* first_from(const entry_index* begin,
                                              const entry_index* end) const {
    constexpr std::ptrdiff_t near = 4;
    const entry_index* const stop = end - begin > near ? end - near : begin;
    while (end != stop && end[-1] >= at_) {
      --end;
    }
    return end == stop ? std::lower_bound(begin, end, at_) : end;
  }

  const causal_graph& graph_;
  index_range range_;
  entry_index at_;
  entry_index end_;
  std::array<own_entries, row_columns> ahead_{};
};

}  // namespace weft::crdt
