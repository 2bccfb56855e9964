// SPDX-License-Identifier: MIT
// raw_spans: the spans of a batch to be, in terms of the document that they are collected from.
//
// Flat tables, since there can be very many spans. Lamports and the places of parents follow from
// the spans themselves; the graph is asked about operations outside of them only. Not thread-safe.
#pragma once

#include "history/causal_graph.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weft::crdt {

// A span of the batch to be, in terms of this document. Its operations may stand in several places
// of the local order.
struct raw_span {
  static constexpr std::uint32_t none = 0xffff'ffffU;

  replica_index replica = 0;
  std::uint32_t counter = 0;
  std::uint32_t length = 0;
  std::uint64_t lamport = 0;  // of the first operation
  index_range first;          // its operations; those that stand elsewhere follow in a chain
  std::uint32_t more = none;
  std::uint32_t last = none;
  local_index end = 0;  // of the last part
  std::uint32_t first_parent = 0;
  std::uint32_t parent_end = 0;
};

struct raw_parent {
  local_index at = 0;
  replica_index replica = 0;
  std::uint32_t counter = 0;
  std::uint32_t span = raw_span::none;  // the one that holds it, if it is in the list
};

// Spans with what belongs to them; flat, since there can be very many.
class raw_spans {
public:
  static constexpr std::uint32_t none = raw_span::none;

  explicit raw_spans(const causal_graph& graph) : graph_(graph) {}

  /// Makes room for so many entries.
  void reserve(std::size_t entries) {
    spans.reserve(entries);
    held_.reserve(entries);
    parents.reserve(entries);
  }
  /// Adds the operations of an entry that comes after all others: to the newest span of its
  /// replica, if it goes on there, or as a new one. Returns the span.
  std::uint32_t add(const causal_graph::entry_view& e, std::uint32_t newest) {
    if (newest != none && continues(spans[newest], e)) {
      extend(spans[newest], e.range);
    } else {
      newest = start(e);
    }
    held_.push_back({e.range, newest, e.counter});
    return newest;
  }
  /// Adds a span of one part with the given parents. For pieces of others.
  raw_span& add_piece(const raw_span& whole) {
    raw_span& span = spans.emplace_back();
    span.replica = whole.replica;
    span.first_parent = span.parent_end = static_cast<std::uint32_t>(parents.size());
    return span;
  }
  void add_part(raw_span& span, index_range range) {
    if (span.length == 0) {
      span.first = range;
      span.length = range.length();
      span.end = range.end;
    } else {
      extend(span, range);
    }
  }
  template <class F>
  void for_each_part(const raw_span& span, F&& f) const {
    f(span.first);
    for (std::uint32_t i = span.more; i != none; i = chain_[i].next) {
      f(chain_[i].range);
    }
  }
  [[nodiscard]] std::span<const raw_parent> parents_of(const raw_span& span) const {
    return {parents.data() + span.first_parent, span.parent_end - span.first_parent};
  }

  std::vector<raw_span> spans;
  std::vector<raw_parent> parents;

private:
  struct held {
    index_range range;
    std::uint32_t span;
    std::uint32_t counter;
  };
  struct link {
    index_range range;
    std::uint32_t next = none;
  };

  [[nodiscard]] static bool continues(const raw_span& span, const causal_graph::entry_view& e) {
    return e.replica == span.replica && e.counter == span.counter + span.length &&
           e.parents().size() == 1 && e.parents()[0] == span.end - 1;
  }

  void extend(raw_span& span, index_range range) {
    span.length += range.length();
    if (span.end == range.first) {
      (span.last == none ? span.first : chain_[span.last].range).end = range.end;
    } else {
      const auto at = static_cast<std::uint32_t>(chain_.size());
      (span.last == none ? span.more : chain_[span.last].next) = at;
      chain_.push_back({range, none});
      span.last = at;
    }
    span.end = range.end;
  }

  // The lamport follows from the parents in the list; the graph knows those outside.
  std::uint32_t start(const causal_graph::entry_view& e) {
    raw_span span;
    span.replica = e.replica;
    span.counter = e.counter;
    span.length = e.range.length();
    span.first = e.range;
    span.end = e.range.end;
    span.first_parent = static_cast<std::uint32_t>(parents.size());
    for (const local_index p : e.parents()) {
      const raw_parent parent = find(p);
      parents.push_back(parent);
      const std::uint64_t lamport =
          parent.span == none
              ? graph_.lamport(p)
              : spans[parent.span].lamport + (parent.counter - spans[parent.span].counter);
      span.lamport = std::max(span.lamport, lamport);
    }
    ++span.lamport;
    span.parent_end = static_cast<std::uint32_t>(parents.size());
    spans.push_back(span);
    return static_cast<std::uint32_t>(spans.size() - 1);
  }

  // Parents are mostly what came shortly before.
  [[nodiscard]] raw_parent find(local_index p) const {
    constexpr std::size_t near = 4;
    std::size_t i = held_.size();
    while (i > 0 && held_[i - 1].range.first > p) {
      --i;
      if (held_.size() - i == near) {
        i = static_cast<std::size_t>(
            std::upper_bound(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(i), p,
                             [](local_index key, const held& h) { return key < h.range.first; }) -
            held_.begin());
        break;
      }
    }
    if (i > 0 && p < held_[i - 1].range.end) {
      const held& h = held_[i - 1];
      return {p, spans[h.span].replica, h.counter + (p - h.range.first), h.span};
    }
    return {p, graph_.replica_of(p), graph_.counter_of(p), none};
  }

  const causal_graph& graph_;
  std::vector<held> held_;  // ascending, as the entries are
  std::vector<link> chain_;
};

}  // namespace weft::crdt
