// SPDX-License-Identifier: MIT
// The cases that tell one order rule from another. Convergence alone cannot see a wrong rule.
#include "support/seeds.hpp"
#include "weft/crdt/document/document.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

namespace weft::test {
namespace {

using crdt::document;
using crdt::replica_id;

void pull(document& to, document& from) {
  REQUIRE(to.import(from.export_updates(to.version())).has_value());
}

void type(document& d, std::uint32_t at, std::string_view text) {
  d.get_text("t").insert({at}, text);
}

std::string shown(document& d) {
  return d.get_text("t").to_string();
}

document of_rank(std::uint64_t rank) {
  return document(replica_id::from_number(rank));
}

// All in all: both orders of merging must show the same.
std::string merged(std::vector<document*> documents) {
  document sink = of_rank(1'000'000);
  for (document* d : documents) {
    pull(sink, *d);
  }
  document other = of_rank(1'000'001);
  std::reverse(documents.begin(), documents.end());
  for (document* d : documents) {
    pull(other, *d);
  }
  CHECK(shown(sink) == shown(other));
  return shown(sink);
}

bool contains_whole(const std::string& text, const std::string& run) {
  return text.find(run) != std::string::npos;
}

}  // namespace

TEST_CASE("order rule T1: axb is never shown") {
  std::array<std::uint64_t, 3> ranks{1, 2, 3};
  do {
    document b = of_rank(ranks[0]);
    document a = of_rank(ranks[1]);
    document x = of_rank(ranks[2]);
    type(b, 0, "b");
    pull(a, b);
    type(a, 0, "a");
    type(x, 0, "x");
    CHECK(merged({&b, &a, &x}) == (ranks[2] < ranks[0] ? "xab" : "abx"));
  } while (std::next_permutation(ranks.begin(), ranks.end()));
}

TEST_CASE("order rule T2: an item stays with the one that it was typed against") {
  document r0 = of_rank(0);
  document r1 = of_rank(1);
  document r2 = of_rank(2);
  type(r0, 0, "0");
  pull(r2, r0);
  type(r1, 0, "1");
  pull(r1, r0);
  REQUIRE(shown(r1) == "01");
  type(r1, 1, "2");
  type(r2, 1, "3");
  CHECK(merged({&r0, &r1, &r2}) == "0321");
}

TEST_CASE("order rule T3: runs typed backwards at one place stay whole") {
  for (const std::string base : {"", "[]"}) {
    const auto gap = static_cast<std::uint32_t>(base.size() / 2);
    document origin = of_rank(50);
    if (!base.empty()) {
      type(origin, 0, base);
    }
    std::vector<std::unique_ptr<document>> writers;
    std::vector<document*> all{&origin};
    std::uint64_t rank = 60;
    for (const std::string run : {"abcdefgh", "ABCDEFGH", "12345678"}) {
      writers.push_back(std::make_unique<document>(replica_id::from_number(rank)));
      rank -= 20;
      pull(*writers.back(), origin);
      for (auto c = run.rbegin(); c != run.rend(); ++c) {
        type(*writers.back(), gap, std::string(1, *c));
      }
      all.push_back(writers.back().get());
    }
    const std::string text = merged(all);
    CHECK(contains_whole(text, "abcdefgh"));
    CHECK(contains_whole(text, "ABCDEFGH"));
    CHECK(contains_whole(text, "12345678"));
  }
}

TEST_CASE("order rule T4: runs typed with jumps to their start or inside stay whole") {
  for_seeds(200, [](std::uint64_t seed) {
    rng random(seed);
    document origin = of_rank(random.next());
    type(origin, 0, "[]");
    std::vector<std::unique_ptr<document>> writers;
    std::vector<document*> all;
    std::vector<std::string> runs;
    for (char letter : {'a', 'b', 'c'}) {
      writers.push_back(std::make_unique<document>(replica_id::from_number(random.next())));
      pull(*writers.back(), origin);
      std::uint32_t length = 0;
      for (int i = 0; i < 12; ++i) {
        const std::uint32_t at = seed % 2 == 0 && random.chance(50)
                                     ? 0
                                     : static_cast<std::uint32_t>(random.below(length + 1));
        const auto size = static_cast<std::uint32_t>(1 + random.below(3));
        type(*writers.back(), 1 + at, std::string(size, letter));
        length += size;
      }
      runs.emplace_back(length, letter);
      all.push_back(writers.back().get());
    }
    const std::string text = merged(all);
    for (const std::string& run : runs) {
      REQUIRE(contains_whole(text, run));
    }
  });
}

TEST_CASE("order rule: at one gap the lower replica id comes first") {
  document low = of_rank(3);
  document high = of_rank(7);
  type(high, 0, "high");
  type(low, 0, "low");
  CHECK(merged({&high, &low}) == "lowhigh");
}

TEST_CASE("order rule: the id is compared as big-endian bytes") {
  replica_id front;
  front.bytes[0] = 1;
  replica_id back;
  back.bytes[15] = 255;
  document a(front);
  document b(back);
  type(a, 0, "front");
  type(b, 0, "back");
  CHECK(merged({&a, &b}) == "backfront");
}

TEST_CASE("order rule: an insertion beside an erased range lands where its neighbours put it") {
  document a = of_rank(1);
  document b = of_rank(2);
  type(a, 0, "abcdef");
  pull(b, a);
  a.get_text("t").erase({1}, 4);
  type(a, 1, "X");
  type(b, 3, "Y");
  CHECK(merged({&a, &b}) == "aXYf");
}

}  // namespace weft::test
