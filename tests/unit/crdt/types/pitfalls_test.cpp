// SPDX-License-Identifier: MIT
// Known pitfalls of each type, and hand-computed vectors.
#include "weft/crdt/types/g_counter.hpp"
#include "weft/crdt/types/lww_register.hpp"
#include "weft/crdt/types/mv_register.hpp"
#include "weft/crdt/types/or_set.hpp"
#include "weft/crdt/types/pn_counter.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <string>

namespace weft::crdt {
namespace {

const replica_id a = replica_id::from_number(1);
const replica_id b = replica_id::from_number(2);
using strings = std::vector<std::string>;

}  // namespace

TEST_CASE("g_counter: an overflowing addition is refused and changes nothing") {
  g_counter c;
  REQUIRE(on(c, a).increment(std::numeric_limits<std::uint64_t>::max()));
  const g_counter before = c;
  REQUIRE(on(c, a).increment(1).error().code == errc::overflow);
  REQUIRE(c == before);
  REQUIRE(on(c, b).increment(5));
  REQUIRE(c.value() == std::numeric_limits<std::uint64_t>::max());
  REQUIRE(c.of(b) == 5);
}

TEST_CASE("g_counter: adding nothing makes an empty delta and stores no zero") {
  g_counter c;
  REQUIRE(on(c, a).increment(0).value() == g_counter{});
  REQUIRE(to_bytes(c) == bytes{0});
}

TEST_CASE("pn_counter: concurrent additions and subtractions all count") {
  pn_counter x;
  pn_counter y;
  REQUIRE(on(x, a).increment(3));
  REQUIRE(on(y, b).decrement(5));
  x.merge(y);
  y.merge(x);
  REQUIRE(x.value() == -2);
  REQUIRE(y.value() == -2);
}

TEST_CASE("pn_counter: the value is held to the range of its type") {
  pn_counter x;
  REQUIRE(on(x, a).decrement(std::numeric_limits<std::uint64_t>::max()));
  REQUIRE(x.value() == std::numeric_limits<std::int64_t>::min());
  pn_counter y;
  REQUIRE(on(y, a).increment(std::numeric_limits<std::uint64_t>::max()));
  REQUIRE(y.value() == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("lww_register: a write wins over what its writer had seen") {
  lww_register<std::string> x;
  REQUIRE(on(x, b).write("first"));
  lww_register<std::string> y;
  y.merge(x);
  REQUIRE(on(y, a).write("second"));  // a < b, but a had seen b's write
  x.merge(y);
  REQUIRE(x.value() == "second");
}

TEST_CASE("lww_register: one stamp with two values still converges") {
  lww_register<std::string> x;
  lww_register<std::string> y;
  REQUIRE(on(x, a).write("one"));
  REQUIRE(on(y, a).write("two"));
  lww_register<std::string> xy = x;
  xy.merge(y);
  y.merge(x);
  REQUIRE(xy == y);
  REQUIRE(y.value() == "two");
}

TEST_CASE("lww_register: a time near the end of the clock is refused") {
  byte_writer out;
  out.varint(max_lamport + 1);
  codec<replica_id>::encode(out, a);
  codec<std::string>::encode(out, "for ever");
  REQUIRE(from_bytes<lww_register<std::string>>(out.view()).error().code == errc::limit_exceeded);
}

TEST_CASE("mv_register: concurrent writes both stand until somebody saw both") {
  mv_register<std::string> x;
  mv_register<std::string> y;
  REQUIRE(on(x, a).write("red"));
  REQUIRE(on(y, b).write("blue"));
  x.merge(y);
  REQUIRE(x.values() == strings{"blue", "red"});
  REQUIRE(x.conflicted());
  y.merge(x);
  REQUIRE(on(y, b).write("green"));
  x.merge(y);
  REQUIRE(x.values() == strings{"green"});
}

TEST_CASE("mv_register: equal concurrent values are one value") {
  mv_register<std::string> x;
  mv_register<std::string> y;
  REQUIRE(on(x, a).write("red"));
  REQUIRE(on(y, b).write("red"));
  x.merge(y);
  REQUIRE(x.values() == strings{"red"});
  REQUIRE_FALSE(x.conflicted());
}

TEST_CASE("mv_register: clear leaves a concurrent write alone") {
  mv_register<std::string> x;
  REQUIRE(on(x, a).write("red"));
  mv_register<std::string> y = x;
  on(x, a).clear();
  REQUIRE(on(y, b).write("blue"));
  x.merge(y);
  REQUIRE(x.values() == strings{"blue"});
}

TEST_CASE("or_set: add wins over a concurrent remove") {
  or_set<std::string> x;
  REQUIRE(on(x, a).add("x"));
  or_set<std::string> y = x;
  const auto gone = on(x, a).remove("x");
  REQUIRE(on(y, b).add("x"));
  y.merge(gone);
  REQUIRE(y.values() == strings{"x"});
  x.merge(y);
  REQUIRE(x == y);
}

TEST_CASE("or_set: a remove delivered before its add still holds") {
  or_set<std::string> x;
  const auto added = on(x, a).add("x").value();
  const auto gone = on(x, a).remove("x");
  or_set<std::string> y;
  y.merge(gone);
  y.merge(added);
  REQUIRE(y.empty());
}

TEST_CASE("or_set: a delta does not delete what it is not about") {
  or_set<std::string> x;
  REQUIRE(on(x, a).add("p"));
  REQUIRE(on(x, a).add("q"));
  or_set<std::string> y = x;
  y.merge(on(x, a).add("z").value());
  REQUIRE(y.values() == strings{"p", "q", "z"});
}

TEST_CASE("or_set: removing an absent element is remembered by nobody") {
  or_set<std::string> x;
  REQUIRE(on(x, a).remove("x") == or_set<std::string>{});
  or_set<std::string> y;
  REQUIRE(on(y, b).add("x"));
  x.merge(y);
  REQUIRE(x.contains("x"));
}

TEST_CASE("or_set: size after many add and remove cycles is that of the live elements") {
  or_set<std::string> x;
  REQUIRE(on(x, a).add("keep"));
  const std::size_t before = to_bytes(x).size();
  for (int i = 0; i < 10'000; ++i) {
    REQUIRE(on(x, a).add("come and go"));
    on(x, a).remove("come and go");
  }
  REQUIRE(to_bytes(x).size() <= before + 4);  // the context's count needs a longer integer
}

}  // namespace weft::crdt
