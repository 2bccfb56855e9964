// SPDX-License-Identifier: MIT
#include "document/span_order.hpp"

#include "history/turn_order.hpp"

#include <algorithm>
#include <numeric>

namespace weft::crdt {
namespace {

// Of one replica no two spans begin with one lamport.
std::uint64_t key_of(const raw_span& span, const replica_ranks& ranks) {
  return std::uint64_t{span.lamport} << 32U | ranks[span.replica];
}

// A replica's own last operation precedes its next (R2), so a span that waits for its parents waits
// for the one before it too.
struct listed_spans {
  const raw_spans& list;
  const replica_ranks& ranks;

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(list.spans.size()); }
  template <class F>
  void for_each_parent(std::uint32_t n, F&& f) const {
    for (const raw_parent& parent : list.parents_of(list.spans[n])) {
      if (parent.span != raw_spans::none) {
        f(parent.span);
      }
    }
  }
  [[nodiscard]] replica_index replica(std::uint32_t n) const { return list.spans[n].replica; }
  [[nodiscard]] bool comes_first(std::uint32_t a, std::uint32_t b) const {
    return key_of(list.spans[a], ranks) < key_of(list.spans[b], ranks);
  }
};

std::vector<std::uint32_t> as_they_stand(const raw_spans& list) {
  std::vector<std::uint32_t> order(list.spans.size());
  std::iota(order.begin(), order.end(), 0U);
  return order;
}

}  // namespace

replica_ranks::replica_ranks(const causal_graph& graph, const raw_spans& list)
    : sorted_(list.replicas) {
  std::sort(sorted_.begin(), sorted_.end(),
            [&](replica_index a, replica_index b) { return graph.id_of(a) < graph.id_of(b); });
  if (!sorted_.empty()) {
    rank_.resize(*std::ranges::max_element(sorted_) + 1);
  }
  for (std::uint32_t rank = 0; rank < sorted_.size(); ++rank) {
    rank_[sorted_[rank]] = rank;
  }
}

std::vector<std::uint32_t> canonical_order(const raw_spans& list, const replica_ranks& ranks) {
  std::vector<std::uint32_t> order = as_they_stand(list);
  std::ranges::sort(order, {}, [&](std::uint32_t i) { return key_of(list.spans[i], ranks); });
  return order;
}

std::vector<std::uint32_t> branch_order(const raw_spans& list, const replica_ranks& ranks) {
  return list.spans.size() < 2 ? as_they_stand(list) : turn_order(listed_spans{list, ranks});
}

}  // namespace weft::crdt
