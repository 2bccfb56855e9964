// SPDX-License-Identifier: MIT
#include "history/walk_order.hpp"

#include "history/turn_order.hpp"
#include "weft/crdt/assert.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <numeric>

namespace weft::crdt {
namespace {

// Planning pays when a change is much work compared with a node of the plan.
constexpr std::size_t most_nodes = 4096;
constexpr std::uint64_t runs_per_node = 4;

struct listed_nodes {
  std::span<const walk_node> nodes;
  std::span<const std::uint32_t> parents;

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(nodes.size()); }
  template <class F>
  void for_each_parent(std::uint32_t n, F&& f) const {
    for (std::uint32_t p = n == 0 ? 0 : nodes[n - 1].parent_end; p < nodes[n].parent_end; ++p) {
      f(parents[p]);
    }
  }
  [[nodiscard]] std::uint32_t replica(std::uint32_t n) const { return nodes[n].replica; }
  [[nodiscard]] static bool comes_first(std::uint32_t a, std::uint32_t b) { return a < b; }
};

class planner {
public:
  planner(std::span<const walk_node> nodes, std::span<const std::uint32_t> parents)
      : nodes_(nodes), children_(listed_nodes{nodes, parents}), words_((nodes.size() + 63) / 64) {
    find_descendants();
  }

  std::vector<std::uint32_t> order() {
    std::vector<std::uint32_t> ready;
    for (std::uint32_t n = 0; n < nodes_.size(); ++n) {
      if (children_.waiting(n) == 0) {
        ready.push_back(n);
      }
    }
    sort_lightest_last(ready, 0);
    std::vector<std::uint32_t> out;
    out.reserve(nodes_.size());
    while (!ready.empty()) {
      const std::uint32_t n = ready.back();
      ready.pop_back();
      out.push_back(n);
      const std::size_t first = ready.size();
      children_.take(n, [&](std::uint32_t c) { ready.push_back(c); });
      sort_lightest_last(ready, first);
    }
    WEFT_ASSERT(out.size() == nodes_.size(), "parents come before their children");
    return out;
  }

private:
  void find_descendants() {
    below_.assign(nodes_.size() * words_, 0);
    for (std::size_t n = nodes_.size(); n-- > 0;) {
      std::uint64_t* const mine = &below_[n * words_];
      mine[n / 64] |= std::uint64_t{1} << (n % 64);
      children_.for_each(static_cast<std::uint32_t>(n), [&](std::uint32_t c) {
        const std::uint64_t* const theirs = &below_[c * words_];
        for (std::size_t w = n / 64; w < words_; ++w) {
          mine[w] |= theirs[w];
        }
      });
    }
  }

  // Runs in a node and in all that follow it.
  [[nodiscard]] std::uint64_t weight(std::uint32_t n) const {
    std::uint64_t sum = 0;
    for (std::size_t w = n / 64; w < words_; ++w) {
      for (std::uint64_t rest = below_[n * words_ + w]; rest != 0; rest &= rest - 1) {
        sum += nodes_[w * 64 + static_cast<std::size_t>(std::countr_zero(rest))].weight;
      }
    }
    return sum;
  }

  void sort_lightest_last(std::vector<std::uint32_t>& ready, std::size_t first) {
    if (ready.size() - first < 2) {
      return;
    }
    weighed_.clear();
    for (std::size_t i = first; i < ready.size(); ++i) {
      weighed_.push_back({weight(ready[i]), ready[i]});
    }
    std::sort(weighed_.begin(), weighed_.end(), [](const weighed& a, const weighed& b) {
      return a.weight != b.weight ? a.weight > b.weight : a.node > b.node;
    });
    std::transform(weighed_.begin(), weighed_.end(),
                   ready.begin() + static_cast<std::ptrdiff_t>(first),
                   [](const weighed& w) { return w.node; });
  }

  struct weighed {
    std::uint64_t weight = 0;
    std::uint32_t node = 0;
  };

  std::span<const walk_node> nodes_;
  children_of children_;
  std::size_t words_;
  std::vector<std::uint64_t> below_;  // per node: bits of itself and all that follow it
  std::vector<weighed> weighed_;
};

}  // namespace

bool worth_planning(std::uint64_t nodes, std::uint64_t runs) noexcept {
  return nodes > 2 && nodes <= most_nodes && runs >= runs_per_node * nodes;
}

std::vector<std::uint32_t> turn_order(std::span<const walk_node> nodes,
                                      std::span<const std::uint32_t> parents) {
  return turn_order(listed_nodes{nodes, parents});
}

std::vector<std::uint32_t> depth_order(std::span<const walk_node> nodes,
                                       std::span<const std::uint32_t> parents) {
  constexpr std::size_t many = 8;
  const std::size_t merged = nodes.empty() ? 0 : parents.size() / nodes.size();
  if (merged < many) {
    return {};
  }
  std::vector<std::uint32_t> depth(nodes.size(), 0);
  std::uint64_t late = 0;  // how many levels passed until a change was merged, in sum
  std::size_t first = 0;
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    const auto own = parents.subspan(first, nodes[n].parent_end - first);
    first = nodes[n].parent_end;
    for (const std::uint32_t p : own) {
      depth[n] = std::max(depth[n], depth[p] + 1);
    }
    for (const std::uint32_t p : own) {
      late += depth[n] - depth[p];
    }
  }
  // By depth each change takes back what is not seen yet of one, in turns what is new of all.
  if (late > std::uint64_t{parents.size()} * merged) {
    return {};
  }
  std::vector<std::uint32_t> order(nodes.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t x, std::uint32_t y) {
    return depth[x] != depth[y] ? depth[x] < depth[y] : x < y;
  });
  return order;
}

std::vector<std::uint32_t> walk_order(std::span<const walk_node> nodes,
                                      std::span<const std::uint32_t> parents) {
  return planner(nodes, parents).order();
}

}  // namespace weft::crdt
