// SPDX-License-Identifier: MIT
#include "document/backlog.hpp"

#include <algorithm>
#include <utility>

namespace weft::crdt {
namespace {

bool is_ready(const causal_graph& graph, const change& c) {
  const auto replica = graph.find(c.first.replica);
  const std::uint32_t known = replica ? graph.count(*replica) : 0;
  return c.first.counter <= known && std::ranges::all_of(c.parents, [&](const op_id& p) {
           return graph.index_of(p).has_value();
         });
}

}  // namespace

std::uint64_t backlog::cost(const change& c) noexcept {
  return sizeof(change) + c.body.size() + c.parents.size() * sizeof(op_id);
}

void backlog::add(change c, std::uint64_t max_bytes) {
  if (!keys_.insert(key(c)).second) {
    return;
  }
  size_bytes_ += cost(c);
  waiting_.push_back(std::move(c));
  while (size_bytes_ > max_bytes) {
    size_bytes_ -= cost(waiting_.front());
    keys_.erase(key(waiting_.front()));
    waiting_.pop_front();
  }
}

std::vector<change> backlog::take_ready(const causal_graph& graph) {
  std::vector<change> ready;
  std::deque<change> left;
  for (change& c : waiting_) {
    if (is_ready(graph, c)) {
      size_bytes_ -= cost(c);
      keys_.erase(key(c));
      ready.push_back(std::move(c));
    } else {
      left.push_back(std::move(c));
    }
  }
  waiting_ = std::move(left);
  return ready;
}

}  // namespace weft::crdt
