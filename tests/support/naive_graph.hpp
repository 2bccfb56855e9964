// SPDX-License-Identifier: MIT
// Slow twin of the causal graph: for every operation the full set of those before it.
//
// Nodes are numbered in order of arrival, which is topological. Sets are plain vectors of bool.
// Not thread-safe.
#pragma once

#include "weft/crdt/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace weft::test {

using node = std::size_t;
using node_set = std::vector<bool>;  ///< indexed by node; nodes past its end are outside

[[nodiscard]] bool has(const node_set& set, node n);
void put(node_set& set, node n);

class naive_graph {
public:
  /// Pre: the parents exist.
  node add(const crdt::op_id& id, const std::vector<node>& parents);

  [[nodiscard]] std::size_t size() const { return parents_.size(); }
  [[nodiscard]] const std::vector<node>& parents(node n) const { return parents_[n]; }
  [[nodiscard]] const crdt::op_id& id(node n) const { return ids_[n]; }
  [[nodiscard]] std::uint64_t lamport(node n) const { return lamports_[n]; }

  /// Was `a` made before `b` (and seen by it)? Never for a == b.
  [[nodiscard]] bool before(node a, node b) const { return has(past_[b], a); }
  /// The strict past of one node.
  [[nodiscard]] const node_set& past(node n) const { return past_[n]; }
  /// All nodes of a version: its members and what is before them.
  [[nodiscard]] node_set closure(const std::vector<node>& version) const;
  [[nodiscard]] bool contains(const std::vector<node>& version, node n) const;
  /// Nodes only in a, and nodes only in b, ascending.
  [[nodiscard]] std::pair<std::vector<node>, std::vector<node>> diff(
      const std::vector<node>& a, const std::vector<node>& b) const;
  /// Members that no other member follows; sorted, distinct.
  [[nodiscard]] std::vector<node> dominators(const std::vector<node>& set) const;
  /// Members of a causally closed set that none of it follows.
  [[nodiscard]] std::vector<node> frontier(const node_set& closed) const;
  /// Nodes that every other node precedes or follows, ascending.
  [[nodiscard]] std::vector<node> critical() const;
  /// The greatest critical node inside a version.
  [[nodiscard]] std::optional<node> last_critical_below(const std::vector<node>& version) const;
  /// Operations per replica in a version.
  [[nodiscard]] std::map<crdt::replica_id, std::uint32_t> counts(
      const std::vector<node>& version) const;

private:
  std::vector<crdt::op_id> ids_;
  std::vector<std::vector<node>> parents_;
  std::vector<node_set> past_;
  std::vector<std::uint64_t> lamports_;
};

}  // namespace weft::test
