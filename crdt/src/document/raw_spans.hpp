// SPDX-License-Identifier: MIT
// raw_spans: the spans of a batch to be, in terms of the document that they are collected from.
//
// Flat tables, since there can be very many spans. The places of parents follow from the spans
// themselves; the graph is asked about operations outside of them only. Not thread-safe.
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
  std::uint32_t lamport = 0;  // of the first operation
  index_range first;          // its operations; those that stand elsewhere follow in a chain
  std::uint32_t more = none;
  std::uint32_t last = none;
  std::uint32_t first_parent = 0;
  std::uint32_t parent_end = 0;
};

struct raw_parent {
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
    parents.reserve(2 * entries);
  }
  /// Adds the operations of an entry that comes after all others: to the newest span of its
  /// replica, if it goes on there, or as a new one.
  void add(const causal_graph::entry_view& e) {
    use(e.replica);
    const std::span<const local_index> after = e.parents();
    std::uint32_t span = newest_[e.replica];
    if (span < spans.size() && continues(spans[span], e, after)) {
      extend(spans[span], e.range);
    } else {
      span = start(e, after);
      newest_[e.replica] = span;
    }
    held_.push_back({e.range, span, e.counter});
  }
  /// All entries are added: lets go of what only adding needs.
  void finish() { std::vector<held>().swap(held_); }
  /// Names a replica that may have no span here.
  void use(replica_index r) {
    if (r >= newest_.size()) [[unlikely]] {
      newest_.resize(r + 1, none);
    }
    if (newest_[r] == none) [[unlikely]] {
      newest_[r] = named;
      replicas.push_back(r);
    }
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
  std::vector<replica_index> replicas;  // all that are named

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

  static constexpr std::uint32_t named = none - 1;  // a replica without a span

  [[nodiscard]] bool continues(const raw_span& span, const causal_graph::entry_view& e,
                               std::span<const local_index> after) const {
    return after.size() == 1 && after[0] == last_part(span).end - 1 &&
           e.counter == span.counter + span.length;
  }
  [[nodiscard]] const index_range& last_part(const raw_span& span) const {
    return span.last == none ? span.first : chain_[span.last].range;
  }

  void extend(raw_span& span, index_range range) {
    span.length += range.length();
    if (last_part(span).end == range.first) {
      (span.last == none ? span.first : chain_[span.last].range).end = range.end;
    } else {
      const auto at = static_cast<std::uint32_t>(chain_.size());
      (span.last == none ? span.more : chain_[span.last].next) = at;
      chain_.push_back({range, none});
      span.last = at;
    }
  }

  std::uint32_t start(const causal_graph::entry_view& e, std::span<const local_index> after) {
    const auto at = static_cast<std::uint32_t>(spans.size());
    raw_span& span = spans.emplace_back();
    span.replica = e.replica;
    span.counter = e.counter;
    span.length = e.range.length();
    span.lamport = e.lamport;
    span.first = e.range;
    span.first_parent = static_cast<std::uint32_t>(parents.size());
    for (const local_index p : after) {
      add_parent(p);
    }
    span.parent_end = static_cast<std::uint32_t>(parents.size());
    return at;
  }

  // Parents are mostly what came shortly before.
  void add_parent(local_index p) {
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
      parents.push_back({spans[h.span].replica, h.counter + (p - h.range.first), h.span});
      return;
    }
    const auto [replica, counter] = graph_.writer_of(p);
    use(replica);
    parents.push_back({replica, counter, none});
  }

  const causal_graph& graph_;
  std::vector<std::uint32_t> newest_;  // span of each replica; named; none: nor that
  std::vector<held> held_;             // ascending, as the entries are
  std::vector<link> chain_;
};

}  // namespace weft::crdt
