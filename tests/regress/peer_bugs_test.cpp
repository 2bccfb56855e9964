// SPDX-License-Identifier: MIT
// Bugs that other libraries had and ours must not get: each test names what went wrong there.
// docs/testing.md says how a new one gets here.
#include "weft/crdt/document/document.hpp"
#include "weft/crdt/document/undo.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace weft::test {
namespace {

using crdt::change;
using crdt::document;
using crdt::replica_id;

document writer(std::uint64_t id) {
  return document(replica_id::from_number(id));
}

void type(document& d, std::uint32_t at, std::string_view text) {
  d.get_text("t").insert({at}, text);
}
void erase(document& d, std::uint32_t at, std::uint32_t count) {
  d.get_text("t").erase({at}, count);
}
std::string shown(document& d) {
  return d.get_text("t").to_string();
}

void pull(document& to, document& from) {
  REQUIRE(to.import(from.export_updates(to.version())).has_value());
}
void meet(document& a, document& b) {
  pull(a, b);
  pull(b, a);
  REQUIRE(shown(a) == shown(b));
  REQUIRE(a.export_canonical() == b.export_canonical());
}

}  // namespace

TEST_CASE("regress: insertions at index 0 follow one rule on both sides of a merge") {
  document a = writer(1);
  document b = writer(2);
  for (int i = 0; i < 5; ++i) {
    type(a, 0, "a");
    type(b, 0, "b");
  }
  meet(a, b);
  CHECK(shown(a) == "aaaaabbbbb");
  type(b, 0, "c");
  meet(a, b);
  CHECK(shown(a) == "caaaaabbbbb");
}

TEST_CASE("regress: a backspace run that crosses a merge erases what its author saw") {
  document a = writer(1);
  document b = writer(2);
  type(a, 0, "abcdef");
  meet(a, b);
  for (std::uint32_t at = 6; at-- > 2;) {
    erase(a, at, 1);
    if (at == 4) {
      type(b, 3, "XY");
      pull(a, b);
      CHECK(shown(a) == "abcXYd");
      erase(a, 5, 1);
      break;
    }
  }
  meet(a, b);
  CHECK(shown(a) == "abcXY");
}

TEST_CASE("regress: an erasure that covers exactly what another inserted leaves nothing behind") {
  document a = writer(1);
  document b = writer(2);
  type(a, 0, std::string(500, 'x'));
  meet(a, b);
  type(b, 250, std::string(500, 'y'));
  pull(a, b);
  erase(a, 250, 500);
  erase(b, 0, 1000);
  meet(a, b);
  CHECK(shown(a).empty());
  a.check_invariants();
}

TEST_CASE("regress: both erase the same range, and one of them types inside") {
  document a = writer(1);
  document b = writer(2);
  type(a, 0, "0123456789");
  meet(a, b);
  erase(a, 2, 6);
  type(b, 5, "in");
  erase(b, 2, 3);
  erase(b, 4, 3);
  meet(a, b);
  CHECK(shown(a) == "01in89");
}

TEST_CASE("regress: diamonds of dependencies apply once and in any order") {
  document a = writer(1);
  document b = writer(2);
  document c = writer(3);
  document d = writer(4);
  type(a, 0, "base ");
  pull(b, a);
  pull(c, a);
  type(b, 5, "b");
  type(c, 5, "c");
  pull(d, c);
  pull(d, b);
  type(d, 7, "!");
  std::vector<change> changes;
  for (std::uint64_t id = 1; id <= 4; ++id) {
    for (change& ch : d.export_changes(replica_id::from_number(id), 0)) {
      changes.push_back(std::move(ch));
    }
  }
  REQUIRE(changes.size() == 4);
  std::sort(changes.begin(), changes.end(),
            [](const change& x, const change& y) { return x.first < y.first; });
  do {
    document fresh = writer(9);
    for (const change& ch : changes) {
      REQUIRE(fresh.import_changes({&ch, 1}).has_value());
    }
    REQUIRE(shown(fresh) == shown(d));
  } while (
      std::next_permutation(changes.begin(), changes.end(),
                            [](const change& x, const change& y) { return x.first < y.first; }));
}

TEST_CASE("regress: the same change many times in one batch counts once") {
  document a = writer(1);
  type(a, 0, "once");
  const std::vector<change> one = a.export_changes(a.replica(), 0);
  std::vector<change> many;
  for (int i = 0; i < 5; ++i) {
    many.insert(many.end(), one.begin(), one.end());
  }
  document b = writer(2);
  const auto report = b.import_changes(many);
  REQUIRE(report);
  CHECK(report->applied == 4);
  CHECK(shown(b) == "once");
  const auto again = b.import_changes(many);
  REQUIRE(again);
  CHECK(again->applied == 0);
}

TEST_CASE("regress: changes in a container wait for the change that made it") {
  document a = writer(1);
  document b = writer(2);
  a.get_map("m").ensure_text("body").insert({0}, "from a");
  pull(b, a);
  b.get_map("m").ensure_text("body").insert({6}, " and b");
  document c = writer(3);
  const auto late = b.export_changes(b.replica(), 0);
  const auto waiting = c.import_changes(late);
  REQUIRE(waiting);
  CHECK(waiting->applied == 0);
  CHECK(waiting->pending == 6);
  CHECK(c.op_count() == 0);
  const auto rest = c.import_changes(a.export_changes(a.replica(), 0));
  REQUIRE(rest);
  CHECK(c.get_map("m").ensure_text("body").to_string() == "from a and b");
  CHECK(c.export_canonical() == b.export_canonical());
}

TEST_CASE("regress: a surrogate pair is one character for everybody") {
  document a = writer(1);
  document b = writer(2);
  type(a, 0, "\xf0\x9f\x98\x80");
  meet(a, b);
  type(a, 1, "x");
  erase(b, 0, 1);
  meet(a, b);
  CHECK(shown(a) == "x");
  CHECK(a.get_text("t").length_utf16() == 1);
}

TEST_CASE("regress: an undo that has nothing left to do is no step and no crash") {
  document a = writer(1);
  document b = writer(2);
  crdt::undo_manager undo(a);
  type(a, 0, "gone");
  pull(b, a);
  erase(b, 0, 4);
  pull(a, b);
  CHECK_FALSE(undo.undo());
  CHECK(shown(a).empty());
  CHECK(a.op_count() == 8);
}

TEST_CASE("regress: who is away for long and comes back merges like anybody") {
  document a = writer(1);
  document b = writer(2);
  document away = writer(3);
  type(a, 0, "start");
  pull(away, a);
  type(away, 5, " away");
  for (int i = 0; i < 200; ++i) {
    document& d = i % 2 == 0 ? a : b;
    pull(d, i % 2 == 0 ? b : a);
    type(d, d.get_text("t").length(), "x");
  }
  meet(a, b);
  meet(a, away);
  pull(b, a);
  CHECK(shown(b) == shown(away));
  CHECK(shown(b).find(" away") != std::string::npos);
}

TEST_CASE("regress: concurrent creators of a child get one child, also below a reset one") {
  document a = writer(1);
  document b = writer(2);
  a.get_map("m").ensure_map("k").ensure_text("t").insert({0}, "old");
  meet(a, b);
  a.get_map("m").erase("k");
  b.get_map("m").ensure_map("k").ensure_text("t").insert({3}, "new");
  meet(a, b);
  CHECK_FALSE(a.get_map("m").contains("k"));
  a.get_map("m").ensure_map("k").ensure_text("t");
  b.get_map("m").ensure_map("k").ensure_text("t");
  meet(a, b);
  CHECK(a.get_map("m").ensure_map("k").ensure_text("t").to_string() == "new");
  CHECK(b.get_map("m").ensure_map("k").ensure_text("t").to_string() == "new");
}

}  // namespace weft::test
