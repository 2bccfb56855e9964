// SPDX-License-Identifier: MIT
// backlog: operations whose parents are missing, kept outside of the document.
//
// Bounded by bytes; the oldest go first, since they can be asked for again. Not thread-safe.
#pragma once

#include "history/causal_graph.hpp"
#include "weft/crdt/document/change.hpp"

#include <cstdint>
#include <deque>
#include <set>
#include <utility>
#include <vector>

namespace weft::crdt {

class backlog {
public:
  /// Keeps `c` unless the very same operations are kept already. Drops the oldest above
  /// `max_bytes`.
  void add(change c, std::uint64_t max_bytes);
  /// Takes out what `graph` has the parents of, or knows already, in an order that can be applied.
  [[nodiscard]] std::vector<change> take_ready(const causal_graph& graph);
  [[nodiscard]] bool empty() const noexcept { return waiting_.empty(); }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_bytes_; }

private:
  [[nodiscard]] static std::uint64_t cost(const change& c) noexcept;
  [[nodiscard]] static std::pair<op_id, std::uint32_t> key(const change& c) noexcept {
    return {c.first, c.length};
  }
  std::deque<change> waiting_;
  std::set<std::pair<op_id, std::uint32_t>> keys_;
  std::uint64_t size_bytes_ = 0;
};

}  // namespace weft::crdt
