// SPDX-License-Identifier: MIT
// Undo and redo: alone they are exact, among others they touch only one's own.
#include "support/seeds.hpp"
#include "support/utf8.hpp"
#include "weft/crdt/document/document.hpp"
#include "weft/crdt/document/undo.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace weft::test {
namespace {

using crdt::document;
using crdt::replica_id;

// One random edit; true if it changed the text.
bool edit(document& d, rng& random) {
  crdt::text t = d.get_text("t");
  const auto length = t.length();
  const auto at = static_cast<std::uint32_t>(random.below(length + 1));
  const auto count = static_cast<std::uint32_t>(random.below(std::min(4U, length - at) + 1));
  const std::u32string fresh(random.below(4), static_cast<char32_t>(0x1'f300 + random.below(99)));
  if (count == 0 && fresh.empty()) {
    return false;
  }
  const crdt::transaction group(d);
  t.replace({at}, count, to_utf8(fresh));
  if (random.chance(30)) {
    t.insert({0}, "s");
  }
  return true;
}

}  // namespace

TEST_CASE("undo: every step back and forth shows what was shown then") {
  for_seeds(200, [](std::uint64_t seed) {
    rng random(seed);
    document d(replica_id::from_number(seed));
    crdt::undo_manager undo(d);
    std::vector<std::string> texts{""};
    for (int i = 0; i < 15; ++i) {
      if (edit(d, random)) {
        texts.push_back(d.get_text("t").to_string());
      }
    }
    std::size_t at = texts.size() - 1;
    for (int i = 0; i < 60; ++i) {
      const bool back = random.chance(55);
      const bool done = back ? undo.undo().has_value() : undo.redo().has_value();
      const bool possible = back ? at > 0 : at + 1 < texts.size();
      REQUIRE(done == possible);
      at = !done ? at : back ? at - 1 : at + 1;
      REQUIRE(d.get_text("t").to_string() == texts[at]);
      REQUIRE(undo.can_undo() == (at > 0));
      REQUIRE(undo.can_redo() == (at + 1 < texts.size()));
    }
  });
}

TEST_CASE("undo: a new edit drops what could be redone") {
  document d(replica_id::from_number(1));
  crdt::undo_manager undo(d);
  d.get_text("t").insert({0}, "one");
  REQUIRE(undo.undo());
  d.get_text("t").insert({0}, "two");
  CHECK_FALSE(undo.can_redo());
  CHECK_FALSE(undo.redo());
  CHECK(d.get_text("t").to_string() == "two");
}

TEST_CASE("undo: taking everything back leaves exactly what others wrote") {
  for_seeds(200, [](std::uint64_t seed) {
    rng random(seed);
    document mine(replica_id::from_number(2 + seed % 2 * 4));
    document theirs(replica_id::from_number(4));
    crdt::undo_manager undo(mine);
    std::string expected;  // theirs, in the order that they show
    for (int i = 0; i < 12; ++i) {
      crdt::text m = mine.get_text("t");
      m.insert({static_cast<std::uint32_t>(random.below(m.length() + 1))}, "mmm");
      if (random.chance(40)) {
        crdt::text t = theirs.get_text("t");
        t.insert({static_cast<std::uint32_t>(random.below(t.length() + 1))},
                 std::string(1, static_cast<char>('A' + i)));
      }
      if (random.chance(50)) {
        REQUIRE(theirs.import(mine.export_updates(theirs.version())).has_value());
        REQUIRE(mine.import(theirs.export_updates(mine.version())).has_value());
      }
    }
    REQUIRE(mine.import(theirs.export_updates(mine.version())).has_value());
    for (const char c : mine.get_text("t").to_string()) {
      if (c != 'm') {
        expected.push_back(c);
      }
    }
    while (undo.undo()) {
    }
    REQUIRE(mine.get_text("t").to_string() == expected);
    while (undo.redo()) {
    }
    std::string others;
    std::size_t own = 0;
    for (const char c : mine.get_text("t").to_string()) {
      own += c == 'm' ? 1U : 0U;
      if (c != 'm') {
        others.push_back(c);
      }
    }
    REQUIRE(others == expected);
    REQUIRE(own == 36);
    REQUIRE(theirs.import(mine.export_updates(theirs.version())).has_value());
    REQUIRE(theirs.export_canonical() == mine.export_canonical());
  });
}

TEST_CASE("undo: the stacks survive a restart, and a new replica id undoes the old one's work") {
  document first(replica_id::from_number(1));
  crdt::bytes stacks;
  {
    crdt::undo_manager undo(first);
    first.get_text("t").insert({0}, "kept");
    first.get_text("t").insert({4}, " gone");
    stacks = undo.encode();
  }
  auto second = document::open(replica_id::from_number(9), first.export_snapshot());
  REQUIRE(second);
  crdt::undo_manager undo(*second);
  REQUIRE(undo.restore(stacks));
  REQUIRE(undo.undo());
  CHECK(second->get_text("t").to_string() == "kept");
  REQUIRE(undo.redo());
  CHECK(second->get_text("t").to_string() == "kept gone");
}

}  // namespace weft::test
