// SPDX-License-Identifier: MIT
// Undo beyond the laws of tests/property: named cases with others' edits in between.
#include "weft/crdt/document/undo.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace weft::crdt {
namespace {

document make(std::uint64_t number) {
  return document(replica_id::from_number(number));
}

void sync(document& a, document& b) {
  REQUIRE(a.import(b.export_updates(a.version())));
  REQUIRE(b.import(a.export_updates(b.version())));
  REQUIRE(a.export_canonical() == b.export_canonical());
}

}  // namespace

TEST_CASE("undo: text that was erased in two steps comes back in its order") {
  document d = make(1);
  undo_manager undo(d);
  text t = d.get_text("t");
  t.insert({0}, "abc");
  t.erase({1}, 1);
  t.erase({0}, 2);
  REQUIRE(undo.undo());
  CHECK(t.to_string() == "ac");
  REQUIRE(undo.undo());
  CHECK(t.to_string() == "abc");
  REQUIRE(undo.undo());
  CHECK(t.to_string().empty());
  CHECK_FALSE(undo.undo());
  REQUIRE(undo.redo());
  REQUIRE(undo.redo());
  REQUIRE(undo.redo());
  CHECK(t.to_string().empty());
  CHECK_FALSE(undo.can_redo());
}

TEST_CASE("undo: what came back before is not written a second time") {
  document d = make(1);
  text t = d.get_text("t");
  t.insert({0}, "somebody's words");
  undo_manager undo(d);
  for (int i = 0; i < 10; ++i) {
    t.erase({0}, 1);
  }
  const std::uint64_t before = d.op_count();
  while (undo.undo()) {
  }
  CHECK(t.to_string() == "somebody's words");
  CHECK(d.op_count() == before + 10);
}

TEST_CASE("undo: others' text stays, and what others erased since stays away") {
  document a = make(1);
  document b = make(2);
  text ta = a.get_text("t");
  text tb = b.get_text("t");
  tb.insert({0}, "abc");
  sync(a, b);
  undo_manager undo(a);
  ta.insert({3}, "X");
  ta.erase({0}, 3);
  REQUIRE(undo.undo());
  CHECK(ta.to_string() == "abcX");
  sync(a, b);
  tb.erase({1}, 1);
  tb.insert({2}, "!");
  sync(a, b);
  CHECK(ta.to_string() == "ac!X");
  REQUIRE(undo.undo());
  CHECK(ta.to_string() == "ac!");
  REQUIRE(undo.redo());
  CHECK(ta.to_string() == "ac!X");
  sync(a, b);
}

TEST_CASE("undo: steps join, carry a selection and say where they come from") {
  document d = make(1);
  text t = d.get_text("t");
  undo_manager undo(d);
  std::vector<origin> origins;
  d.subscribe([&](const event& e) { origins.push_back(e.from); });
  t.insert({0}, "a");
  const undo_selection selection{t.cursor_at({0}, side::after), t.cursor_at({1}, side::after)};
  undo.set_selection_before(selection);
  undo.join_next();
  t.insert({1}, "b");
  undo.join_next();
  undo.begin_step();
  t.insert({2}, "c");
  const auto second = undo.undo();
  REQUIRE(second);
  CHECK_FALSE(second->selection);
  CHECK(t.to_string() == "ab");
  const auto first = undo.undo();
  REQUIRE(first);
  CHECK(first->selection == selection);
  CHECK(t.to_string().empty());
  CHECK(origins == std::vector<origin>{origin::local, origin::local, origin::local, origin::undo,
                                       origin::undo});
  undo.join_next();
  t.insert({0}, "new");
  CHECK_FALSE(undo.can_redo());
  REQUIRE(undo.undo());
  CHECK(t.to_string().empty());
}

TEST_CASE("undo: steps without effect are passed over, maps make no steps") {
  document a = make(1);
  document b = make(2);
  undo_manager undo(a);
  a.get_text("t").insert({0}, "first");
  a.get_text("t").insert({5}, "second");
  a.get_map("m").set("title", std::string("x"));
  sync(a, b);
  b.get_text("t").erase({5}, 6);
  sync(a, b);
  REQUIRE(undo.undo());
  CHECK(a.get_text("t").to_string().empty());
  CHECK_FALSE(undo.can_undo());
  CHECK(a.get_map("m").contains("title"));
}

TEST_CASE("undo: stacks go on in another incarnation, redo and returned text included") {
  document d = make(1);
  text t = d.get_text("t");
  bytes stacks;
  {
    undo_manager undo(d);
    t.insert({0}, "one ");
    undo.set_selection_before({t.cursor_at({0}, side::after), t.cursor_at({0}, side::after)});
    t.insert({4}, "two ");
    t.erase({0}, 4);
    REQUIRE(undo.undo());
    stacks = undo.encode();
  }
  auto opened = document::open(replica_id::from_number(8), d.export_snapshot());
  REQUIRE(opened);
  text o = opened->get_text("t");
  undo_manager undo(*opened);
  REQUIRE(undo.restore(stacks));
  CHECK(undo.encode() == stacks);
  REQUIRE(undo.redo());
  CHECK(o.to_string() == "two ");
  REQUIRE(undo.undo());
  REQUIRE(undo.undo());
  CHECK(o.to_string() == "one ");
  const auto last = undo.undo();
  REQUIRE(last);
  CHECK(last->selection.has_value());
  CHECK(o.to_string().empty());
}

TEST_CASE("undo: damaged stacks are refused, and those of another document") {
  document d = make(1);
  undo_manager undo(d);
  d.get_text("t").insert({0}, "abc");
  d.get_text("t").erase({0}, 2);
  REQUIRE(undo.undo());
  const bytes stacks = undo.encode();
  document other = make(1);
  undo_manager others(other);
  CHECK(others.restore(stacks).error().code == errc::not_found);
  for (std::size_t size = 0; size < stacks.size(); ++size) {
    CHECK_FALSE(undo.restore(byte_view{stacks}.first(size)));
  }
  for (std::size_t i = 0; i < stacks.size(); ++i) {
    for (const unsigned flip : {1U, 0x80U, 0xffU}) {
      bytes damaged = stacks;
      damaged[i] = static_cast<std::uint8_t>(damaged[i] ^ flip);
      static_cast<void>(others.restore(damaged));
      document copy = make(1);
      REQUIRE(copy.import(d.export_updates()));
      undo_manager third(copy);
      if (third.restore(damaged)) {
        while (third.undo()) {
        }
        copy.check_invariants();
      }
    }
  }
  REQUIRE(undo.restore(undo.encode(0)));
  CHECK_FALSE(undo.can_undo());
}

}  // namespace weft::crdt
