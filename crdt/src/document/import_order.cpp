// SPDX-License-Identifier: MIT
#include "document/import_order.hpp"

#include "history/causal_graph.hpp"
#include "history/walk_order.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace weft::crdt {
namespace {

constexpr std::uint32_t none = 0xffff'ffffU;

// Finds spans by operation. A broken batch may have them out of order: then some are not found.
class span_index {
public:
  explicit span_index(const op_batch& batch) : batch_(batch), spans_(batch.replicas.size()) {}

  void add(std::uint32_t span) { spans_[batch_.spans[span].replica].push_back(span); }

  /// The span that holds the operation, among those added; `none` if there is no such.
  [[nodiscard]] std::uint32_t find(const batch_parent& operation) const {
    const auto& own = spans_[operation.replica];
    auto after = own.end();
    if (after != own.begin() && batch_.spans[own.back()].counter > operation.counter) {
      after = std::upper_bound(own.begin(), own.end(), operation.counter,
                               [this](std::uint32_t counter, std::uint32_t span) {
                                 return counter < batch_.spans[span].counter;
                               });
    }
    if (after == own.begin()) {
      return none;
    }
    const batch_span& span = batch_.spans[*(after - 1)];
    return operation.counter - span.counter < span.length ? *(after - 1) : none;
  }
  [[nodiscard]] std::uint32_t last_of(std::uint32_t replica) const {
    return spans_[replica].empty() ? none : spans_[replica].back();
  }

private:
  const op_batch& batch_;
  std::vector<std::vector<std::uint32_t>> spans_;  // per replica
};

}  // namespace

std::vector<std::uint32_t> import_order(const op_batch& batch) {
  const std::size_t count = batch.spans.size();
  if (count <= 2) {
    std::vector<std::uint32_t> same(count);
    std::iota(same.begin(), same.end(), 0U);
    return same;
  }
  // What few replicas wrote is replayed in columns, which any order suits, unless it is long
  // branches.
  if (batch.replicas.size() <= row_columns && !worth_planning(count, batch.items.size())) {
    return {};
  }
  span_index index(batch);
  std::vector<walk_node> nodes;
  std::vector<std::uint32_t> parents;
  nodes.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const batch_span& span = batch.spans[i];
    for (std::uint32_t p = batch.first_parent(i); p < span.parent_end; ++p) {
      if (const std::uint32_t parent = index.find(batch.parents[p]); parent != none) {
        parents.push_back(parent);
      }
    }
    if (const std::uint32_t before = index.last_of(span.replica); before != none) {
      parents.push_back(before);
    }
    nodes.push_back({static_cast<std::uint32_t>(parents.size()),
                     span.item_end - batch.first_item(i), span.replica});
    index.add(i);
  }
  return worth_planning(count, batch.items.size()) ? walk_order(nodes, parents)
                                                   : turn_order(nodes, parents);
}

}  // namespace weft::crdt
