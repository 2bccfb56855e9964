// SPDX-License-Identifier: MIT
#include "weft/crdt/document/document.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

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

std::vector<std::string> keys_of(const map& m) {
  std::vector<std::string> keys;
  m.for_each([&](std::string_view key, const value&) { keys.emplace_back(key); });
  return keys;
}

}  // namespace

TEST_CASE("map: every kind of value comes back as it was, here and elsewhere") {
  document a = make(1);
  map m = a.get_map("m");
  const std::vector<value> values{
      value{std::monostate{}},
      value{true},
      value{false},
      value{std::numeric_limits<std::int64_t>::min()},
      value{-0.0},
      value{1.5},
      value{std::string("h\u00e9")},
      value{std::string()},
      value{bytes{0, 255, 1}},
  };
  for (std::size_t i = 0; i < values.size(); ++i) {
    m.set("k" + std::to_string(i), values[i]);
  }
  document b = make(2);
  REQUIRE(b.import(a.export_updates()));
  auto c = document::open(replica_id::from_number(3), a.export_snapshot());
  REQUIRE(c);
  for (document* d : {&a, &b, &*c}) {
    CHECK(d->get_map("m").size() == values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      CHECK(d->get_map("m").get("k" + std::to_string(i)) == values[i]);
    }
  }
  m.set("nan", -std::nan("7"));
  document n = make(4);
  n.get_map("m").set("nan", std::nan(""));
  REQUIRE(std::isnan(std::get<double>(*m.get("nan"))));
  REQUIRE(b.import(a.export_updates()));
  CHECK(b.export_canonical() == a.export_canonical());
}

TEST_CASE("map: the greater lamport wins, then the greater replica; erasures compete alike") {
  document a = make(1);
  document b = make(2);
  a.get_map("m").set("x", std::int64_t{1});
  b.get_map("m").set("x", std::int64_t{2});
  sync(a, b);
  CHECK(a.get_map("m").get("x") == value{std::int64_t{2}});
  a.get_map("m").set("pad", true);
  a.get_map("m").set("x", std::int64_t{3});
  b.get_map("m").erase("x");
  sync(a, b);
  CHECK(b.get_map("m").get("x") == value{std::int64_t{3}});
  CHECK(a.get_map("m").size() == 2);
  const std::uint64_t before = a.op_count();
  a.get_map("m").erase("nothing");
  CHECK(a.op_count() == before);
  a.get_map("m").erase("x");
  sync(a, b);
  CHECK_FALSE(b.get_map("m").contains("x"));
  CHECK(keys_of(b.get_map("m")) == std::vector<std::string>{"pad"});
}

TEST_CASE("counter: sums add up over replicas and wrap alike") {
  document a = make(1);
  document b = make(2);
  a.get_counter("c").add(std::numeric_limits<std::int64_t>::max());
  b.get_counter("c").add(2);
  sync(a, b);
  CHECK(a.get_counter("c").value() == std::numeric_limits<std::int64_t>::min() + 1);
  CHECK(b.get_counter("c").value() == a.get_counter("c").value());
}

TEST_CASE("ensure: concurrent creators get the same child and lose nothing") {
  document a = make(1);
  document b = make(2);
  a.get_map("m").ensure_text("body").insert({0}, "from a ");
  b.get_map("m").ensure_text("body").insert({0}, "from b ");
  a.get_map("m").ensure_map("sub").ensure_counter("n").add(1);
  b.get_map("m").ensure_map("sub").ensure_counter("n").add(2);
  sync(a, b);
  const std::string merged = a.get_map("m").ensure_text("body").to_string();
  CHECK(merged.size() == 14);
  CHECK(b.get_map("m").ensure_map("sub").ensure_counter("n").value() == 3);
  CHECK(a.get_map("m").get("body") == value{child_ref{container_type::text}});
  const std::uint64_t before = a.op_count();
  a.get_map("m").ensure_text("body");
  CHECK(a.op_count() == before);
}

TEST_CASE("ensure: after a delete a child shows only what the delete had not seen") {
  document a = make(1);
  document b = make(2);
  map ma = a.get_map("m");
  map mb = b.get_map("m");
  ma.ensure_text("t").insert({0}, "old");
  ma.ensure_counter("c").add(10);
  ma.ensure_map("s").set("k", std::int64_t{1});
  ma.ensure_map("s").ensure_counter("deep").add(5);
  sync(a, b);
  // a deletes all three while b goes on writing in them.
  ma.erase("t");
  ma.erase("c");
  ma.erase("s");
  mb.ensure_text("t").insert({3}, " new");
  mb.ensure_counter("c").add(7);
  mb.ensure_map("s").set("other", true);
  mb.ensure_map("s").ensure_counter("deep").add(2);
  CHECK(ma.size() == 0);
  sync(a, b);
  for (map& m : std::vector<map>{ma, mb}) {
    CHECK(m.ensure_text("t").to_string() == " new");
    CHECK(m.ensure_counter("c").value() == 7);
    CHECK_FALSE(m.ensure_map("s").contains("k"));
    CHECK(m.ensure_map("s").get("other") == value{true});
    CHECK(m.ensure_map("s").ensure_counter("deep").value() == 2);
  }
  sync(a, b);
  a.check_invariants();
}

TEST_CASE("ensure: deleting twice at once is deleting once") {
  document a = make(1);
  document b = make(2);
  a.get_map("m").ensure_counter("c").add(10);
  a.get_map("m").ensure_text("t").insert({0}, "text");
  sync(a, b);
  for (document* d : {&a, &b}) {
    d->get_map("m").erase("c");
    d->get_map("m").erase("t");
  }
  sync(a, b);
  CHECK(a.get_map("m").ensure_counter("c").value() == 0);
  CHECK(a.get_map("m").ensure_text("t").to_string().empty());
  a.get_map("m").ensure_counter("c").add(1);
  sync(a, b);
  CHECK(b.get_map("m").ensure_counter("c").value() == 1);
}

TEST_CASE("ensure: a value or a child of another type that takes the key empties the child") {
  document d = make(1);
  map m = d.get_map("m");
  m.ensure_counter("k").add(3);
  m.set("k", std::string("plain"));
  CHECK(m.ensure_counter("k").value() == 0);
  m.ensure_counter("k").add(3);
  m.ensure_text("k").insert({0}, "x");
  CHECK(m.get("k") == value{child_ref{container_type::text}});
  CHECK(m.ensure_counter("k").value() == 0);
  CHECK(m.ensure_text("k").to_string().empty());
}

TEST_CASE("map: a reset uncovers a concurrent write that had lost") {
  document a = make(1);
  document b = make(2);
  document c = make(3);
  a.get_map("m").ensure_map("s");
  sync(a, b);
  sync(a, c);
  b.get_map("m").ensure_map("s").set("k", std::string("loses"));
  a.get_text("pad").insert({0}, "later lamport");
  a.get_map("m").ensure_map("s").set("k", std::string("wins"));
  sync(a, c);
  c.get_map("m").erase("s");  // has seen "wins" only
  sync(b, a);
  CHECK(b.get_map("m").ensure_map("s").get("k") == value{std::string("wins")});
  sync(b, c);
  sync(a, b);
  for (document* d : {&a, &b, &c}) {
    CHECK(d->get_map("m").ensure_map("s").get("k") == value{std::string("loses")});
  }
}

}  // namespace weft::crdt
