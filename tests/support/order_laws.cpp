// SPDX-License-Identifier: MIT
#include "support/order_laws.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>

namespace weft::test {
namespace {

using places = std::map<crdt::op_id, std::size_t>;

void claim(bool holds, const char* law) {
  if (!holds) {
    throw std::runtime_error(std::string("the list order breaks ") + law);
  }
}

// Does following left (or right) neighbours from `item` reach `goal`?
bool reaches(const std::vector<list_item>& order, const places& at, const list_item& item,
             const crdt::op_id& goal, std::optional<crdt::op_id> list_item::* side) {
  for (auto next = item.*side; next; next = order[at.at(*next)].*side) {
    if (*next == goal) {
      return true;
    }
  }
  return false;
}

void check_forward(const std::vector<list_item>& order, const places& at) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (!order[i].left) {
      continue;
    }
    const std::size_t left = at.at(*order[i].left);
    claim(left < i, "the place of a left neighbour");
    for (std::size_t k = left + 1; k < i; ++k) {
      claim(reaches(order, at, order[k], *order[i].left, &list_item::left),
            "forward non-interleaving (F)");
    }
  }
}

void check_backward(const std::vector<list_item>& order, const places& at) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (!order[i].right) {
      continue;
    }
    const std::size_t right = at.at(*order[i].right);
    claim(i < right, "the place of a right neighbour");
    if (order[right].left == order[i].left) {
      for (std::size_t k = i + 1; k < right; ++k) {
        claim(reaches(order, at, order[k], *order[i].right, &list_item::right),
              "backward non-interleaving (B)");
      }
    }
  }
}

// Items a before b in the list with the same left neighbour.
void check_siblings(const std::vector<list_item>& order, const places& at) {
  const auto right = [&](const list_item& x) { return x.right ? at.at(*x.right) : order.size(); };
  for (std::size_t a = 0; a < order.size(); ++a) {
    for (std::size_t b = a + 1; b < order.size(); ++b) {
      if (order[a].left != order[b].left) {
        continue;
      }
      const bool inside = reaches(order, at, order[a], order[b].id, &list_item::right) ||
                          reaches(order, at, order[b], order[a].id, &list_item::right);
      if (order[a].right == order[b].right) {
        claim(order[a].id < order[b].id, "the tie rule (T)");
      } else if (!inside) {
        // A left child stands with the item it was typed before; only right children compare.
        const auto left_child = [&](const list_item& x) {
          return x.right && order[at.at(*x.right)].left == x.left;
        };
        if (!left_child(order[a]) && !left_child(order[b])) {
          claim(right(order[a]) >= right(order[b]), "the nearer right neighbour rule (B)");
        }
      }
    }
  }
}

}  // namespace

void check_one_order(const std::vector<std::u32string>& texts) {
  std::map<char32_t, std::set<char32_t>> after;
  std::map<char32_t, std::size_t> waiting;  // how many must come first
  for (const std::u32string& text : texts) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      waiting.try_emplace(text[i], 0);
      if (i > 0 && after[text[i - 1]].insert(text[i]).second) {
        ++waiting[text[i]];
      }
    }
  }
  std::vector<char32_t> ready;
  for (const auto& [c, count] : waiting) {
    if (count == 0) {
      ready.push_back(c);
    }
  }
  std::size_t placed = 0;
  for (; !ready.empty(); ++placed) {
    const char32_t c = ready.back();
    ready.pop_back();
    for (const char32_t next : after[c]) {
      if (--waiting[next] == 0) {
        ready.push_back(next);
      }
    }
  }
  claim(placed == waiting.size(), "the strong list specification: no total order fits");
}

void check_no_interleaving(const std::vector<list_item>& order) {
  places at;
  for (std::size_t i = 0; i < order.size(); ++i) {
    at[order[i].id] = i;
  }
  check_forward(order, at);
  check_backward(order, at);
  check_siblings(order, at);
}

}  // namespace weft::test
