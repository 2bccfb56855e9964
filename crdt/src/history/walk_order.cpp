// SPDX-License-Identifier: MIT
#include "history/walk_order.hpp"

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

class planner {
public:
  planner(std::span<const walk_node> nodes, std::span<const std::uint32_t> parents)
      : nodes_(nodes), parents_(parents), words_((nodes.size() + 63) / 64) {
    list_children();
    find_descendants();
  }

  std::vector<std::uint32_t> order() {
    std::vector<std::uint32_t> waiting(nodes_.size());
    std::vector<std::uint32_t> ready;
    for (std::uint32_t n = 0; n < nodes_.size(); ++n) {
      waiting[n] = nodes_[n].parent_end - first_parent(n);
      if (waiting[n] == 0) {
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
      for (std::uint32_t c = child_first_[n]; c < child_first_[n + 1]; ++c) {
        if (--waiting[children_[c]] == 0) {
          ready.push_back(children_[c]);
        }
      }
      sort_lightest_last(ready, first);
    }
    WEFT_ASSERT(out.size() == nodes_.size(), "parents come before their children");
    return out;
  }

private:
  [[nodiscard]] std::uint32_t first_parent(std::size_t n) const {
    return n == 0 ? 0 : nodes_[n - 1].parent_end;
  }

  void list_children() {
    child_first_.assign(nodes_.size() + 1, 0);
    for (const std::uint32_t p : parents_) {
      ++child_first_[p + 1];
    }
    std::partial_sum(child_first_.begin(), child_first_.end(), child_first_.begin());
    children_.resize(parents_.size());
    std::vector<std::uint32_t> next(child_first_.begin(), child_first_.end() - 1);
    for (std::uint32_t n = 0; n < nodes_.size(); ++n) {
      for (std::uint32_t p = first_parent(n); p < nodes_[n].parent_end; ++p) {
        children_[next[parents_[p]]++] = n;
      }
    }
  }

  void find_descendants() {
    below_.assign(nodes_.size() * words_, 0);
    for (std::size_t n = nodes_.size(); n-- > 0;) {
      std::uint64_t* const mine = &below_[n * words_];
      mine[n / 64] |= std::uint64_t{1} << (n % 64);
      for (std::uint32_t c = child_first_[n]; c < child_first_[n + 1]; ++c) {
        const std::uint64_t* const theirs = &below_[children_[c] * words_];
        for (std::size_t w = n / 64; w < words_; ++w) {
          mine[w] |= theirs[w];
        }
      }
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
  std::span<const std::uint32_t> parents_;
  std::size_t words_;
  std::vector<std::uint32_t> child_first_;
  std::vector<std::uint32_t> children_;
  std::vector<std::uint64_t> below_;  // per node: bits of itself and all that follow it
  std::vector<weighed> weighed_;
};

}  // namespace

bool worth_planning(std::uint64_t nodes, std::uint64_t runs) noexcept {
  return nodes > 2 && nodes <= most_nodes && runs >= runs_per_node * nodes;
}

std::vector<std::uint32_t> walk_order(std::span<const walk_node> nodes,
                                      std::span<const std::uint32_t> parents) {
  return planner(nodes, parents).order();
}

}  // namespace weft::crdt
