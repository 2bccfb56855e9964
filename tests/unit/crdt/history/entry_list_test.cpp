// SPDX-License-Identifier: MIT
#include "history/entry_list.hpp"

#include "support/seeds.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

namespace weft::crdt {

TEST_CASE("entry_list: holds what a vector would hold") {
  test::for_seeds(60, [](std::uint64_t seed) {
    test::rng random(seed);
    entry_list list;
    std::vector<entry_index> model;
    for (int step = 0; step < 100; ++step) {
      if (model.empty() || random.chance(50)) {
        model.push_back(static_cast<entry_index>(step));
        list.push_back(static_cast<entry_index>(step));
      } else {
        model.pop_back();
        list.pop_back();
      }
      REQUIRE(std::ranges::equal(list.all(), model));
      if (!model.empty()) {
        REQUIRE(list.back() == model.back());
      }
      const entry_list moved = std::move(list);
      list = moved;
    }
  });
}

}  // namespace weft::crdt
