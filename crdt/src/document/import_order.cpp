// SPDX-License-Identifier: MIT
#include "document/import_order.hpp"

#include "history/causal_graph.hpp"
#include "history/walk_order.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace weft::crdt {
namespace {

constexpr std::uint32_t no_span = 0xffff'ffffU;

// Finds spans by operation. A broken batch may have them out of order: then some are not found.
class span_index {
public:
  explicit span_index(const op_batch& batch)
      : batch_(batch), own_(batch.replicas.size()), spans_(batch.spans.size()) {
    for (const batch_span& span : batch.spans) {
      ++own_[span.replica].end;
    }
    std::uint32_t place = 0;
    for (stretch& own : own_) {
      const std::uint32_t length = own.end;
      own = {place, place};
      place += length;
    }
  }

  void add(std::uint32_t span) { spans_[own_[batch_.spans[span].replica].end++] = span; }

  /// The span that holds the operation, among those added; `no_span` if there is no such.
  [[nodiscard]] std::uint32_t find(const batch_parent& operation) const {
    const auto first = spans_.begin() + own_[operation.replica].first;
    const auto end = spans_.begin() + own_[operation.replica].end;
    auto after = end;
    if (after != first && batch_.spans[*(end - 1)].counter > operation.counter) {
      after = std::upper_bound(first, end, operation.counter,
                               [this](std::uint32_t counter, std::uint32_t span) {
                                 return counter < batch_.spans[span].counter;
                               });
    }
    if (after == first) {
      return no_span;
    }
    const batch_span& span = batch_.spans[*(after - 1)];
    return operation.counter - span.counter < span.length ? *(after - 1) : no_span;
  }
  [[nodiscard]] std::uint32_t last_of(std::uint32_t replica) const {
    const stretch own = own_[replica];
    return own.first == own.end ? no_span : spans_[own.end - 1];
  }

private:
  // The spans of one replica that were added; its others will follow.
  struct stretch {
    std::uint32_t first = 0;
    std::uint32_t end = 0;
  };

  const op_batch& batch_;
  std::vector<stretch> own_;
  std::vector<std::uint32_t> spans_;  // by replica
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
      if (const std::uint32_t parent = index.find(batch.parents[p]); parent != no_span) {
        parents.push_back(parent);
      }
    }
    if (const std::uint32_t before = index.last_of(span.replica); before != no_span) {
      parents.push_back(before);
    }
    nodes.push_back({static_cast<std::uint32_t>(parents.size()),
                     span.item_end - batch.first_item(i), span.replica});
    index.add(i);
  }
  if (worth_planning(count, batch.items.size())) {
    return walk_order(nodes, parents);
  }
  std::vector<std::uint32_t> order = depth_order(nodes, parents);
  return order.empty() ? turn_order(nodes, parents) : order;
}

}  // namespace weft::crdt
