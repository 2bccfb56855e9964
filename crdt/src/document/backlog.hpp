// SPDX-License-Identifier: MIT
// backlog: operations whose parents are missing, kept outside of the document.
//
// Bounded by bytes; the oldest go first, since they can be asked for again. What waits is found by
// an operation that it lacks, so a chain that arrives in any order costs its length.
// Not thread-safe.
#pragma once

#include "history/causal_graph.hpp"
#include "weft/crdt/document/change.hpp"

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace weft::crdt {

class backlog {
public:
  /// Keeps `c` unless the very same operations are kept already. Drops the oldest above
  /// `max_bytes`.
  void add(change c, std::uint64_t max_bytes);
  /// Takes out what `graph` has the parents of, or knows already, and what that releases in turn,
  /// in an order that can be applied. O(replicas that are waited for + taken * log waiting).
  [[nodiscard]] std::vector<change> take_ready(const causal_graph& graph);
  [[nodiscard]] bool empty() const noexcept { return waiting_.empty(); }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_bytes_; }

private:
  using changes = std::list<change>;
  using counts = std::map<replica_id, std::uint32_t>;

  [[nodiscard]] static std::uint64_t cost(const change& c) noexcept;
  [[nodiscard]] static std::pair<op_id, std::uint32_t> key(const change& c) noexcept {
    return {c.first, c.length};
  }
  /// An operation that `c` lacks, in a document with `graph` and `taken`.
  [[nodiscard]] static std::optional<op_id> missing_of(const change& c, const causal_graph& graph,
                                                       const counts& taken);
  void drop_oldest();

  changes waiting_;  // the oldest first
  std::multimap<op_id, changes::iterator> by_missing_;
  std::set<std::pair<op_id, std::uint32_t>> keys_;
  std::uint64_t size_bytes_ = 0;
};

}  // namespace weft::crdt
