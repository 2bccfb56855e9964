// SPDX-License-Identifier: MIT
#include "history/heads.hpp"

#include "support/seeds.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <vector>

namespace weft::crdt {

TEST_CASE("heads: what is left is what a set would hold, wherever it is taken from") {
  test::for_seeds(60, [](std::uint64_t seed) {
    test::rng random(seed);
    heads h;
    std::set<local_index> model;
    local_index next = 0;
    const bool old_ones = random.chance(50);  // taken out near the front
    for (int step = 0; step < 600; ++step) {
      const std::size_t what = random.below(11);
      if (model.empty() || what < 5) {
        next += 1 + static_cast<local_index>(random.below(3));
        h.push_back(next);
        model.insert(next);
      } else if (what < 8) {
        const std::size_t reach = old_ones ? std::min<std::size_t>(model.size(), 4) : model.size();
        const auto i = *std::next(model.begin(), static_cast<std::ptrdiff_t>(random.below(reach)));
        REQUIRE(h.erase(i));
        REQUIRE_FALSE(h.erase(i));
        model.erase(i);
      } else if (what == 8) {
        const auto end = static_cast<local_index>(random.below(next + 2));
        const auto goes = [&](local_index i) { return i % 3 == seed % 3; };
        h.erase_below(end, goes);
        std::erase_if(model, [&](local_index i) { return i < end && goes(i); });
      } else if (what == 9) {
        const auto any = [&] {
          return *std::next(model.begin(), static_cast<std::ptrdiff_t>(random.below(model.size())));
        };
        const local_index a = any();
        const local_index b = random.chance(70) ? any() : a + 1;
        std::set<local_index> gone;
        next += 1;
        const bool alone = h.replace_two(a, b, next, [&](local_index i) { gone.insert(i); });
        std::set<local_index> wanted;
        for (const local_index i : {a, b}) {
          if (model.erase(i) != 0) {
            wanted.insert(i);
          }
        }
        REQUIRE(gone == wanted);
        REQUIRE(alone == model.empty());
        model.insert(next);
      } else {
        next += 1;
        h.set_back(next);
        model.erase(std::prev(model.end()));
        model.insert(next);
      }
      REQUIRE(h.to_vector() == std::vector<local_index>(model.begin(), model.end()));
      REQUIRE(h.size() == model.size());
      REQUIRE(h.empty() == model.empty());
      if (!model.empty()) {
        REQUIRE(h.front() == *model.begin());
        REQUIRE(h.back() == *model.rbegin());
      }
    }
  });
}

TEST_CASE("heads: what went comes back, once, and what came goes") {
  heads h;
  h.assign(std::vector<local_index>{2, 5, 9, 12});
  REQUIRE(h.erase(2));
  REQUIRE(h.erase(9));
  h.push_back(20);
  h.restore(13, std::vector<local_index>{9, 2, 5});
  CHECK(h.to_vector() == std::vector<local_index>{2, 5, 9, 12});
  h.clear();
  h.restore(13, {});
  CHECK(h.empty());
}

}  // namespace weft::crdt
