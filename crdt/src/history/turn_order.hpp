// SPDX-License-Identifier: MIT
// turn_order: each replica in turn, as far as its changes have their parents.
//
// A replica sees more and more, so within its turn nothing is taken back when changes are replayed,
// and each change but the first follows the one before it. Turns are as long as they can be: two
// long branches take two turns, however they were interleaved. When a turn ends, the first of those
// begins that became ready last. Method: docs/internals/causal-graph.md.
//
// What is ordered is described by a type that has
//   size()                  the number of changes;
//   for_each_parent(n, f)   calls f for the places of the parents of change n, all smaller than n;
//   replica(n)              who made it; the changes of one replica form a chain;
//   comes_first(a, b)       a strict order: which of two begins when turns could begin with either.
#pragma once

#include "weft/crdt/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

namespace weft::crdt {

/// Which changes follow which. Those that follow one come in no particular order.
class children_of {
public:
  template <class Changes>
  explicit children_of(const Changes& changes)
      : first_(changes.size(), none), waiting_(changes.size()) {
    links_.reserve(2 * changes.size());
    for (std::uint32_t n = 0; n < changes.size(); ++n) {
      const std::size_t before = links_.size();
      changes.for_each_parent(n, [&](std::uint32_t p) {
        const auto own = static_cast<std::uint32_t>(links_.size());
        links_.push_back({n, std::exchange(first_[p], own)});
      });
      waiting_[n] = static_cast<std::uint32_t>(links_.size() - before);
    }
  }

  template <class F>
  void for_each(std::uint32_t n, F&& f) const {
    for (std::uint32_t l = first_[n]; l != none; l = links_[l].next) {
      f(links_[l].child);
    }
  }
  /// How many of its parents have not been taken.
  [[nodiscard]] std::uint32_t waiting(std::uint32_t n) const { return waiting_[n]; }
  /// Takes `n`; calls f for each child that waits for nothing more.
  template <class F>
  void take(std::uint32_t n, F&& f) {
    for_each(n, [&](std::uint32_t c) {
      if (--waiting_[c] == 0) {
        f(c);
      }
    });
  }

private:
  static constexpr std::uint32_t none = 0xffff'ffffU;
  struct link {
    std::uint32_t child = 0;
    std::uint32_t next = none;
  };

  std::vector<std::uint32_t> first_;  // link of each change
  std::vector<link> links_;
  std::vector<std::uint32_t> waiting_;
};

/// The places of all changes in the order to take. O(changes + parents), and sorting those that
/// become ready together.
template <class Changes>
[[nodiscard]] std::vector<std::uint32_t> turn_order(const Changes& changes) {
  children_of children(changes);
  std::vector<std::uint32_t> out;
  out.reserve(changes.size());
  const auto before = [&](std::uint32_t a, std::uint32_t b) { return changes.comes_first(a, b); };
  std::vector<std::uint32_t> ready;  // what became ready last is nearest
  for (std::uint32_t n = 0; n < changes.size(); ++n) {
    if (children.waiting(n) == 0) {
      ready.push_back(n);
    }
  }
  std::sort(ready.rbegin(), ready.rend(), before);
  while (!ready.empty()) {
    const std::uint32_t n = ready.back();
    ready.pop_back();
    out.push_back(n);
    const auto first = static_cast<std::ptrdiff_t>(ready.size());
    children.take(n, [&](std::uint32_t c) { ready.push_back(c); });
    if (std::ssize(ready) - first > 1) {
      std::sort(ready.begin() + first, ready.end(), [&](std::uint32_t a, std::uint32_t b) {
        const bool own_a = changes.replica(a) == changes.replica(n);
        const bool own_b = changes.replica(b) == changes.replica(n);
        return own_a != own_b ? own_b : before(b, a);
      });
    }
  }
  WEFT_ASSERT(out.size() == changes.size(), "parents come before their children");
  return out;
}

}  // namespace weft::crdt
