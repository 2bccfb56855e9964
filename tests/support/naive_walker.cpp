// SPDX-License-Identifier: MIT
#include "support/naive_walker.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <stdexcept>

namespace weft::test {
namespace {

struct record {
  std::size_t op = 0;
  std::optional<std::size_t> left;   // op that inserted the left neighbour; nullopt: start
  std::optional<std::size_t> right;  // nullopt: end
  int state = 0;                     // 0: not yet inserted; 1: visible; n: erased n - 1 times
  bool erased = false;               // by any operation walked so far
};

class walker {
public:
  walker(const naive_graph& graph, const std::vector<walk_op>& ops)
      : graph_(graph), ops_(ops), target_(ops.size()), active_(ops.size()) {}

  void step(std::size_t op) {
    for (const std::size_t other : walked_) {
      const bool wanted = graph_.before(ops_[other].at, ops_[op].at);
      if (wanted != active_[other]) {
        records_[find(target_[other])].state += wanted ? 1 : -1;
        active_[other] = wanted;
      }
    }
    if (ops_[op].inserts) {
      insert(op);
    } else {
      erase(op);
    }
    active_[op] = true;
    walked_.push_back(op);
  }

  [[nodiscard]] std::u32string text() const {
    std::u32string out;
    for (const record& r : records_) {
      if (!r.erased) {
        out.push_back(ops_[r.op].scalar);
      }
    }
    return out;
  }

private:
  [[nodiscard]] std::size_t find(std::size_t op) const {
    const auto at =
        std::find_if(records_.begin(), records_.end(), [&](const record& r) { return r.op == op; });
    return static_cast<std::size_t>(at - records_.begin());
  }

  // Index of the record that holds the visible item number `position`.
  [[nodiscard]] std::size_t visible(std::uint32_t position) const {
    std::uint32_t seen = 0;
    for (std::size_t i = 0; i < records_.size(); ++i) {
      if (records_[i].state == 1 && seen++ == position) {
        return i;
      }
    }
    throw std::runtime_error("an operation points outside the text that its author saw");
  }

  void erase(std::size_t op) {
    record& r = records_[visible(ops_[op].position)];
    r.state += 1;
    r.erased = true;
    target_[op] = r.op;
  }

  void insert(std::size_t op) {
    record fresh;
    fresh.op = op;
    fresh.state = 1;
    std::size_t from = 0;
    if (ops_[op].position > 0) {
      const std::size_t left = visible(ops_[op].position - 1);
      fresh.left = records_[left].op;
      from = left + 1;
    }
    std::size_t to = from;
    while (to < records_.size() && records_[to].state == 0) {
      ++to;
    }
    if (to < records_.size()) {
      fresh.right = records_[to].op;
    }
    const std::size_t at = scan(fresh, from, to);
    records_.insert(records_.begin() + static_cast<std::ptrdiff_t>(at), fresh);
    target_[op] = op;
  }

  // Places of neighbours: the start is lowest, the end highest.
  [[nodiscard]] std::ptrdiff_t place_left(const record& r) const {
    return r.left ? static_cast<std::ptrdiff_t>(find(*r.left)) : -1;
  }
  [[nodiscard]] std::size_t place_right(const record& r) const {
    return r.right ? find(*r.right) : records_.size();
  }

  // The rule for a new item among the concurrent ones in [from, to). `hold` keeps the leftmost
  // place while a scanned item may still belong to a later sibling that the new one precedes.
  [[nodiscard]] std::size_t scan(const record& fresh, std::size_t from, std::size_t to) const {
    std::size_t dest = from;
    bool hold = false;
    for (std::size_t i = from; i < to; ++i) {
      const record& other = records_[i];
      if (place_left(other) < place_left(fresh)) {
        break;
      }
      if (place_left(other) == place_left(fresh)) {
        if (other.right == fresh.right) {
          if (graph_.id(ops_[fresh.op].at) < graph_.id(ops_[other.op].at)) {
            break;
          }
          hold = false;
        } else {
          hold = place_right(other) < place_right(fresh);
        }
      }
      if (!hold) {
        dest = i + 1;
      }
    }
    return dest;
  }

  const naive_graph& graph_;
  const std::vector<walk_op>& ops_;
  std::vector<record> records_;
  std::vector<std::size_t> target_;  // op -> op that inserted the item it works on
  std::vector<bool> active_;         // op -> is it in the version being walked?
  std::vector<std::size_t> walked_;
};

}  // namespace

std::u32string naive_walk(const naive_graph& graph, const std::vector<walk_op>& ops,
                          const std::vector<std::size_t>& order) {
  walker w(graph, ops);
  for (const std::size_t op : order) {
    w.step(op);
  }
  return w.text();
}

}  // namespace weft::test
