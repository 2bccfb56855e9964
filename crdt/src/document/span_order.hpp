// SPDX-License-Identifier: MIT
// span_order: in which order the spans of a batch are written.
//
// Both orders depend on the operations alone and not on how they arrived, and put a span after its
// parents: a parent's lamport, hence that of the first operation of its span, is smaller.
#pragma once

#include "document/raw_spans.hpp"
#include "history/causal_graph.hpp"

#include <cstdint>
#include <vector>

namespace weft::crdt {

/// The replicas that a list names, ascending by id, so that equal operations give equal numbers.
class replica_ranks {
public:
  replica_ranks(const causal_graph& graph, const raw_spans& list);
  [[nodiscard]] std::uint32_t operator[](replica_index r) const { return rank_[r]; }
  [[nodiscard]] const std::vector<replica_index>& sorted() const noexcept { return sorted_; }

private:
  std::vector<replica_index> sorted_;
  std::vector<std::uint32_t> rank_;  // of those that are named
};

/// By lamport and replica of their first operations. O(n log n).
[[nodiscard]] std::vector<std::uint32_t> canonical_order(const raw_spans& list,
                                                         const replica_ranks& ranks);
/// Branches stand together: that is short to write and cheap to take in. See turn_order.
[[nodiscard]] std::vector<std::uint32_t> branch_order(const raw_spans& list,
                                                      const replica_ranks& ranks);

}  // namespace weft::crdt
