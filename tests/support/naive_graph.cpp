// SPDX-License-Identifier: MIT
#include "support/naive_graph.hpp"

#include <algorithm>

namespace weft::test {

bool has(const node_set& set, node n) {
  return n < set.size() && set[n];
}

void put(node_set& set, node n) {
  if (set.size() <= n) {
    set.resize(n + 1);
  }
  set[n] = true;
}

node naive_graph::add(const crdt::op_id& id, const std::vector<node>& parents) {
  std::uint64_t lamport = 0;
  for (const node p : parents) {
    lamport = std::max(lamport, lamports_.at(p));
  }
  ids_.push_back(id);
  parents_.push_back(parents);
  past_.push_back(closure(parents));
  lamports_.push_back(lamport + 1);
  return parents_.size() - 1;
}

node_set naive_graph::closure(const std::vector<node>& version) const {
  node_set all;
  for (const node v : version) {
    put(all, v);
    for (node n = 0; n < v; ++n) {
      if (before(n, v)) {
        all[n] = true;
      }
    }
  }
  return all;
}

bool naive_graph::contains(const std::vector<node>& version, node n) const {
  return has(closure(version), n);
}

std::pair<std::vector<node>, std::vector<node>> naive_graph::diff(
    const std::vector<node>& a, const std::vector<node>& b) const {
  const node_set in_a = closure(a);
  const node_set in_b = closure(b);
  std::pair<std::vector<node>, std::vector<node>> out;
  for (node n = 0; n < size(); ++n) {
    if (has(in_a, n) && !has(in_b, n)) {
      out.first.push_back(n);
    }
    if (has(in_b, n) && !has(in_a, n)) {
      out.second.push_back(n);
    }
  }
  return out;
}

std::vector<node> naive_graph::dominators(const std::vector<node>& set) const {
  std::vector<node> out;
  for (const node n : set) {
    const bool followed =
        std::any_of(set.begin(), set.end(), [&](node other) { return before(n, other); });
    if (!followed) {
      out.push_back(n);
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<node> naive_graph::frontier(const node_set& closed) const {
  std::vector<node> all;
  for (node n = 0; n < closed.size(); ++n) {
    if (closed[n]) {
      all.push_back(n);
    }
  }
  return dominators(all);
}

std::vector<node> naive_graph::critical() const {
  std::vector<node> out;
  for (node n = 0; n < size(); ++n) {
    bool meets_all = true;
    for (node other = 0; other < size(); ++other) {
      meets_all = meets_all && (other == n || before(other, n) || before(n, other));
    }
    if (meets_all) {
      out.push_back(n);
    }
  }
  return out;
}

std::optional<node> naive_graph::last_critical_below(const std::vector<node>& version) const {
  std::optional<node> best;
  for (const node n : critical()) {
    if (contains(version, n)) {
      best = n;
    }
  }
  return best;
}

std::map<crdt::replica_id, std::uint32_t> naive_graph::counts(
    const std::vector<node>& version) const {
  const node_set inside = closure(version);
  std::map<crdt::replica_id, std::uint32_t> out;
  for (node n = 0; n < inside.size(); ++n) {
    if (inside[n]) {
      ++out[ids_[n].replica];
    }
  }
  return out;
}

}  // namespace weft::test
