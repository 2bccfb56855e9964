// SPDX-License-Identifier: MIT
#include "support/seeds.hpp"
#include "support/utf8.hpp"
#include "weft/crdt/document/document.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace weft::crdt {
namespace {

document make(std::uint64_t number) {
  return document(replica_id::from_number(number));
}

// A text kept by events alone, in scalars.
struct mirror {
  std::u32string content;
  void apply(const event& e, container_index c) {
    for (const container_change& change : e.changes) {
      if (change.container != c) {
        continue;
      }
      for (const text_patch& patch : change.patches) {
        const std::u32string inserted = test::to_scalars(patch.inserted);
        REQUIRE(inserted.size() == patch.inserted_length);
        REQUIRE(patch.position + patch.erased <= content.size());
        content.replace(patch.position, patch.erased, inserted);
      }
    }
  }
};

}  // namespace

TEST_CASE("events: one per transaction, with origin, containers in order, each once") {
  document d = make(1);
  std::vector<event> seen;
  d.subscribe([&](const event& e) { seen.push_back(e); });
  counter c = d.get_counter("c");
  text t = d.get_text("t");
  map m = d.get_map("m");
  {
    const transaction all(d);
    m.set("b", true);
    t.insert({0}, "ab");
    t.insert({2}, "c");
    m.set("a", true);
    m.set("b", false);
    c.add(2);
    c.add(-5);
  }
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].from == origin::local);
  REQUIRE(seen[0].changes.size() == 3);
  CHECK(seen[0].changes[0].container == c.index());
  CHECK(seen[0].changes[0].counter_delta == -3);
  CHECK(seen[0].changes[1].patches == std::vector<text_patch>{{0, 0, 3, "abc"}});
  CHECK(seen[0].changes[2].keys == std::vector<std::string>{"a", "b"});
  t.replace({1}, 1, "XY");
  REQUIRE(seen.size() == 2);
  CHECK(seen[1].changes[0].patches == std::vector<text_patch>{{1, 1, 2, "XY"}});
  {
    const transaction none(d);
  }
  CHECK(seen.size() == 2);

  document other = make(2);
  other.get_counter("c").add(9);
  REQUIRE(d.import(other.export_updates()));
  REQUIRE(seen.size() == 3);
  CHECK(seen[2].from == origin::import);
  CHECK(seen[2].changes[0].counter_delta == 9);
  REQUIRE(d.import(other.export_updates()));
  CHECK(seen.size() == 3);
}

TEST_CASE("events: a listener that was taken away hears nothing") {
  document d = make(1);
  int calls = 0;
  std::uint64_t token = 0;
  token = d.subscribe([&](const event&) {
    ++calls;
    d.unsubscribe(token);
  });
  d.get_text("t").insert({0}, "a");
  d.get_text("t").insert({0}, "b");
  CHECK(calls == 1);
}

TEST_CASE("events: a mirror that follows them shows the text, through edits and merges") {
  test::for_seeds(60, [](std::uint64_t seed) {
    test::rng random(seed);
    document a = make(1);
    document b = make(2);
    mirror mine;
    text t = a.get_text("t");
    a.subscribe([&](const event& e) { mine.apply(e, t.index()); });
    for (int i = 0; i < 40; ++i) {
      document& d = random.chance(50) ? a : b;
      text edited = d.get_text("t");
      const transaction group(d);
      for (std::size_t n = 0; n <= random.below(3); ++n) {
        const std::uint32_t length = edited.length();
        const auto at = static_cast<std::uint32_t>(random.below(length + 1));
        const auto erased = static_cast<std::uint32_t>(random.below(std::min(3U, length - at) + 1));
        edited.replace({at}, erased, random.chance(50) ? "\U0001f600x" : "");
      }
    }
    REQUIRE(a.import(b.export_updates(a.version())));
    REQUIRE(b.import(a.export_updates(b.version())));
    REQUIRE(test::to_utf8(mine.content) == t.to_string());
    REQUIRE(b.get_text("t").to_string() == t.to_string());
  });
}

}  // namespace weft::crdt
