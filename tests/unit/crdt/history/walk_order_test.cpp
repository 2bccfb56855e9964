// SPDX-License-Identifier: MIT
#include "history/walk_order.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <vector>

namespace weft::crdt {
namespace {

struct plan {
  std::vector<walk_node> nodes;
  std::vector<std::uint32_t> parents;

  void add(std::uint32_t weight, const std::vector<std::uint32_t>& after) {
    parents.insert(parents.end(), after.begin(), after.end());
    nodes.push_back({static_cast<std::uint32_t>(parents.size()), weight});
  }
  [[nodiscard]] std::vector<std::uint32_t> order() const { return walk_order(nodes, parents); }
};

}  // namespace

TEST_CASE("walk order: the lighter branch is walked to its end, then the heavier one") {
  plan p;
  p.add(1, {});
  p.add(50, {0});  // heavy branch: 1, 3, 5
  p.add(5, {0});   // light branch: 2, 4
  p.add(50, {1});
  p.add(5, {2});
  p.add(50, {3});
  p.add(1, {4, 5});
  CHECK(p.order() == std::vector<std::uint32_t>{0, 2, 4, 1, 3, 5, 6});
}

TEST_CASE("walk order: roots are weighed as well") {
  plan p;
  p.add(90, {});
  p.add(2, {});
  p.add(3, {1});
  p.add(1, {0, 2});
  CHECK(p.order() == std::vector<std::uint32_t>{1, 2, 0, 3});
}

TEST_CASE("walk order: every node comes once and after its parents, on random graphs") {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    plan p;
    const auto count = static_cast<std::uint32_t>(1 + random() % 150);
    for (std::uint32_t n = 0; n < count; ++n) {
      std::vector<std::uint32_t> after;
      for (auto k = random() % 4; n > 0 && k > 0; --k) {
        after.push_back(static_cast<std::uint32_t>(random() % n));  // may name one twice
      }
      p.add(static_cast<std::uint32_t>(random() % 10), after);
    }
    const auto order = p.order();
    REQUIRE(order.size() == count);
    std::vector<std::uint32_t> place(count, count);
    for (std::uint32_t i = 0; i < count; ++i) {
      REQUIRE(place[order[i]] == count);
      place[order[i]] = i;
    }
    for (std::uint32_t n = 0; n < count; ++n) {
      for (std::uint32_t k = n == 0 ? 0 : p.nodes[n - 1].parent_end; k < p.nodes[n].parent_end;
           ++k) {
        REQUIRE(place[p.parents[k]] < place[n]);
      }
    }
  }
}

TEST_CASE("walk order: live typing and long lists are left as they are") {
  CHECK_FALSE(worth_planning(1000, 1500));
  CHECK_FALSE(worth_planning(100'000, 10'000'000));
  CHECK_FALSE(worth_planning(1, 100));
  CHECK(worth_planning(1000, 50'000));
}

}  // namespace weft::crdt
