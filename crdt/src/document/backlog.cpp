// SPDX-License-Identifier: MIT
#include "document/backlog.hpp"

#include "weft/crdt/assert.hpp"

#include <algorithm>

namespace weft::crdt {
namespace {

// What waits before anything was asked: its own previous operation or a parent.
op_id first_needed(const change& c) {
  if (c.first.counter != 0) {
    return {c.first.replica, c.first.counter - 1};
  }
  WEFT_ASSERT(!c.parents.empty(), "what needs nothing does not wait");
  return c.parents.front();
}

std::uint32_t known_of(const replica_id& id, const causal_graph& graph,
                       const std::map<replica_id, std::uint32_t>& taken) {
  const auto replica = graph.find(id);
  const auto more = taken.find(id);
  return std::max(replica ? graph.count(*replica) : 0, more == taken.end() ? 0 : more->second);
}

}  // namespace

std::uint64_t backlog::cost(const change& c) noexcept {
  constexpr std::uint64_t nodes = 192;  // of the list, the map and the set
  return nodes + sizeof(change) + c.body.size() + c.parents.size() * sizeof(op_id);
}

void backlog::add(change c, std::uint64_t max_bytes) {
  if (!keys_.insert(key(c)).second) {
    return;
  }
  size_bytes_ += cost(c);
  const op_id needed = first_needed(c);
  waiting_.push_back(std::move(c));
  by_missing_.emplace(needed, std::prev(waiting_.end()));
  while (size_bytes_ > max_bytes) {
    drop_oldest();
  }
}

void backlog::drop_oldest() {
  const auto oldest = waiting_.begin();
  const auto indexed = std::find_if(by_missing_.begin(), by_missing_.end(),
                                    [&](const auto& entry) { return entry.second == oldest; });
  WEFT_ASSERT(indexed != by_missing_.end(), "all that waits is found by what it lacks");
  by_missing_.erase(indexed);
  size_bytes_ -= cost(*oldest);
  keys_.erase(key(*oldest));
  waiting_.erase(oldest);
}

std::optional<op_id> backlog::missing_of(const change& c, const causal_graph& graph,
                                         const counts& taken) {
  if (c.first.counter > known_of(c.first.replica, graph, taken)) {
    return op_id{c.first.replica, c.first.counter - 1};
  }
  for (const op_id& parent : c.parents) {
    if (parent.counter >= known_of(parent.replica, graph, taken)) {
      return parent;
    }
  }
  return std::nullopt;
}

std::vector<change> backlog::take_ready(const causal_graph& graph) {
  std::vector<change> ready;
  counts taken;
  std::vector<replica_id> grown;  // replicas that may have what something waits for
  for (auto at = by_missing_.begin(); at != by_missing_.end();
       at = by_missing_.upper_bound({at->first.replica, UINT32_MAX})) {
    grown.push_back(at->first.replica);
  }
  while (!grown.empty()) {
    const replica_id replica = grown.back();
    grown.pop_back();
    for (;;) {
      const auto at = by_missing_.lower_bound({replica, 0});
      if (at == by_missing_.end() || at->first.replica != replica ||
          at->first.counter >= known_of(replica, graph, taken)) {
        break;
      }
      const changes::iterator held = at->second;
      by_missing_.erase(at);
      if (const auto missing = missing_of(*held, graph, taken)) {
        by_missing_.emplace(*missing, held);
        continue;
      }
      const op_id first = held->first;
      std::uint32_t& count = taken[first.replica];
      count = std::max(count, first.counter + held->length);
      grown.push_back(first.replica);
      size_bytes_ -= cost(*held);
      keys_.erase(key(*held));
      ready.push_back(std::move(*held));
      waiting_.erase(held);
    }
  }
  return ready;
}

}  // namespace weft::crdt
