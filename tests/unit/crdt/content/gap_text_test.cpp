// SPDX-License-Identifier: MIT
// Texts that are made from nothing: the gap by itself, and a text that publishes through it.
#include "content/gap_text.hpp"

#include "support/seeds.hpp"
#include "weft/crdt/document/document.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace weft::crdt {
namespace {

std::string letters(test::rng& random, std::size_t length) {
  std::string out;
  for (std::size_t i = 0; i < length; ++i) {
    out.push_back(static_cast<char>('a' + random.below(26)));
  }
  return out;
}

// What listeners are told, applied to a plain string.
void apply(std::string& text, const std::vector<text_patch>& patches) {
  for (const text_patch& patch : patches) {
    text.replace(patch.position, patch.erased, patch.inserted);
  }
}

// A long session; `apart`: at both ends of a long text by turns, so that a gap goes far.
document session(test::rng& random, bool apart, bool with_umlauts) {
  document d(replica_id::from_number(1));
  auto text = d.get_text("body");
  text.insert({0}, letters(random, 3'000));
  for (std::uint32_t i = 0; i < 1'500; ++i) {
    const std::uint32_t length = text.length();
    const auto near = static_cast<std::uint32_t>(random.below(40));
    const std::uint32_t at = apart && i % 2 == 0 ? length - near : near;
    if (random.chance(70)) {
      text.insert({at}, letters(random, 1 + random.below(apart ? 40 : 20)));
    } else {
      text.erase({std::min(at, length - 5)}, 1 + static_cast<std::uint32_t>(random.below(5)));
    }
  }
  if (with_umlauts) {
    text.insert({7}, "\u00e4\U0001f30d");
  }
  return d;
}

}  // namespace

TEST_CASE("gap text: holds what a string would hold, and says when it goes far") {
  test::for_seeds(40, [](std::uint64_t seed) {
    test::rng random(seed);
    gap_text made;
    std::string model;
    std::size_t last = 0;
    for (int step = 0; step < 400; ++step) {
      // Mostly near the edit before, where moving the gap has a way of its own.
      const std::size_t from = random.chance(70) ? last - std::min<std::size_t>(last, 35) : 0;
      const std::size_t most = from == 0 ? model.size() : std::min(model.size(), from + 70);
      const std::size_t at = from + random.below(most - from + 1);
      if (random.chance(65)) {
        // The text may end where its memory does.
        const std::string text = letters(random, random.below(random.chance(90) ? 20 : 300));
        made.insert(at, text, text.size() + (random.chance(50) ? 1 : 0));
        model.insert(at, text);
      } else {
        const std::size_t length = random.below(std::min<std::size_t>(model.size() - at, 30) + 1);
        made.erase(at, length);
        model.erase(at, length);
      }
      last = std::min(at, model.size());
      REQUIRE(made.size() == model.size());
      if (random.chance(5)) {
        REQUIRE(made.text() == model);
      }
    }
    REQUIRE(made.text() == model);
  });
  gap_text ends;
  const std::string piece(5'000, 'x');
  ends.insert(0, piece, piece.size());
  int edits = 0;
  for (; !ends.far(); ++edits) {
    REQUIRE(edits < 1'000);
    ends.insert(edits % 2 == 0 ? 0 : ends.size(), "y", 1);
  }
  gap_text typed;
  for (std::size_t i = 0; i < 100'000; ++i) {
    typed.insert(i, "y", 1);
  }
  REQUIRE_FALSE(typed.far());
}

TEST_CASE("gap text: a whole history is published alike, near or far, with or without listeners") {
  test::for_seeds(4, [](std::uint64_t seed) {
    test::rng random(seed);
    for (const bool apart : {false, true}) {
      for (const bool with_umlauts : {false, true}) {
        document d = session(random, apart, with_umlauts);
        const std::string wanted = d.get_text("body").to_string();
        const bytes all = d.export_updates();
        document silent(replica_id::from_number(2));
        REQUIRE(silent.import(all).has_value());
        REQUIRE(silent.get_text("body").to_string() == wanted);
        document told(replica_id::from_number(3));
        std::string followed;
        told.subscribe([&](const event& e) {
          for (const container_change& change : e.changes) {
            apply(followed, change.patches);
          }
        });
        REQUIRE(told.import(all).has_value());
        REQUIRE(told.get_text("body").to_string() == wanted);
        if (!with_umlauts) {  // there positions are bytes
          REQUIRE(followed == wanted);
        }
        told.get_text("body").insert({3}, "more");
        REQUIRE(silent.import(told.export_updates(silent.version())).has_value());
        REQUIRE(silent.get_text("body").to_string() == told.get_text("body").to_string());
        REQUIRE(silent.export_canonical() == told.export_canonical());
      }
    }
  });
}

}  // namespace weft::crdt
