// SPDX-License-Identifier: MIT
// Registers: known pitfalls, hand-computed vectors, bad input.
#include "weft/crdt/types/lww_register.hpp"
#include "weft/crdt/types/max_register.hpp"
#include "weft/crdt/types/min_register.hpp"
#include "weft/crdt/types/mv_register.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <compare>
#include <string>
#include <vector>

namespace weft::crdt {

// Two values that belong together.
struct place {
  std::int32_t x = 0;
  std::int32_t y = 0;
  friend auto operator<=>(const place&, const place&) = default;
};
template <>
struct codec<place> {
  static void encode(byte_writer& out, const place& v) {
    out.zigzag(v.x);
    out.zigzag(v.y);
  }
  static place decode(byte_reader& in, const limits& bounds) {
    const std::int32_t x = codec<std::int32_t>::decode(in, bounds);
    return {x, codec<std::int32_t>::decode(in, bounds)};
  }
};

namespace {

const replica_id a = replica_id::from_number(1);
const replica_id b = replica_id::from_number(2);
const replica_id c = replica_id::from_number(3);
using strings = std::vector<std::string>;
using hybrid_register = lww_register<std::string, hybrid_stamp>;

template <class T>
T joined(T x, const T& y) {
  x.merge(y);
  return x;
}

}  // namespace

TEST_CASE("max_register: holds the greatest, not the last") {
  max_register<std::uint32_t> x;
  REQUIRE_FALSE(x.value());
  REQUIRE(on(x, a).write(0));
  REQUIRE(x.value() == 0U);
  REQUIRE(on(x, a).write(5));
  REQUIRE(on(x, b).write(3).value() == max_register<std::uint32_t>());
  REQUIRE(x.value() == 5U);
  min_register<std::string> y;
  REQUIRE(on(y, a).write("b"));
  REQUIRE(on(y, a).write("a"));
  REQUIRE(on(y, a).write("c"));
  REQUIRE(y.value() == "a");
}

TEST_CASE("max_register: NaN is refused and changes nothing") {
  max_register<double> x;
  REQUIRE(on(x, a).write(-2.5));
  const max_register<double> before = x;
  REQUIRE(on(x, a).write(std::nan("")).error().code == errc::bad_value);
  REQUIRE(x == before);
  REQUIRE(on(x, a).write(INFINITY));
  REQUIRE(from_bytes<max_register<double>>(to_bytes(x)).value() == x);
}

TEST_CASE("max_register: minus zero and zero are one value with one form") {
  max_register<double> x;
  max_register<double> y;
  REQUIRE(on(x, a).write(-0.0));
  REQUIRE(on(y, b).write(0.0));
  REQUIRE_FALSE(std::signbit(*x.value()));
  REQUIRE(to_bytes(x) == to_bytes(y));
  min_register<double> z;
  REQUIRE(on(z, a).write(-0.0));
  REQUIRE_FALSE(std::signbit(*z.value()));
}

TEST_CASE("lww_register: one stamp with two values can be reported") {
  lww_register<std::string> x;
  lww_register<std::string> y;
  REQUIRE_FALSE(x.clashes(y));
  REQUIRE(on(x, a).write("one"));
  REQUIRE_FALSE(x.clashes(y));
  REQUIRE_FALSE(x.clashes(x));
  REQUIRE(on(y, a).write("two"));
  REQUIRE(x.clashes(y));
  REQUIRE(joined(x, y) == joined(y, x));
  REQUIRE(joined(x, y).value() == "two");
}

TEST_CASE("lww_register: equal times are decided by the replica, whatever the values") {
  lww_register<std::string> x;
  lww_register<std::string> y;
  REQUIRE(on(x, a).write("z"));
  REQUIRE(on(y, b).write("a"));
  REQUIRE(joined(x, y).value() == "a");
  REQUIRE(joined(y, x).value() == "a");
}

TEST_CASE("lww_register: undo writes the old value under a new stamp") {
  lww_register<std::string> x;
  REQUIRE(on(x, a).write("old"));
  const lww_register<std::string> before = x;
  REQUIRE(on(x, a).write("new"));
  lww_register<std::string> elsewhere = x;
  REQUIRE(on(x, a).write(*before.value()));
  REQUIRE(joined(elsewhere, x).value() == "old");
  REQUIRE(joined(elsewhere, before).value() == "new");  // the old state alone undoes nothing
}

TEST_CASE("lww_register: the end of the clock is an error and changes nothing") {
  byte_writer out;
  out.varint(max_lamport);
  codec<replica_id>::encode(out, a);
  codec<std::string>::encode(out, "last");
  auto x = from_bytes<lww_register<std::string>>(out.view()).value();
  const auto before = x;
  REQUIRE(on(x, b).write("later").error().code == errc::overflow);
  REQUIRE(x == before);
  // Whoever asks its clock before the merge does not let such a stamp in.
  lww_register<std::string> mine;
  REQUIRE(on(mine, b).write("mine"));
  REQUIRE_FALSE(lamport_clock(mine.stamp().time).witness(x.stamp()));
}

TEST_CASE("lww_register: a struct in one register stays as somebody wrote it") {
  lww_register<place> whole;
  REQUIRE(on(whole, a).write({0, 0}));
  lww_register<place> other = whole;
  REQUIRE(on(whole, a).write({10, 0}));
  REQUIRE(on(other, b).write({0, 10}));
  REQUIRE(joined(whole, other).value() == place{0, 10});
  // A register per field mixes both moves into a place where nobody put it.
  lww_register<std::int32_t> x;
  lww_register<std::int32_t> y;
  REQUIRE(on(x, a).write(10));
  REQUIRE(on(y, b).write(10));
  REQUIRE(place{*x.value(), *y.value()} == place{10, 10});
}

TEST_CASE("lww_register, hybrid: a later write wins, also by a device whose clock is behind") {
  hybrid_clock of_a;
  hybrid_clock of_b;
  hybrid_register x;
  REQUIRE(on(x, b).write("first", of_b, 9'000));
  hybrid_register y = x;
  REQUIRE(on(y, a).write("second", of_a, 1'000));  // a saw "first", its clock is slow
  REQUIRE(joined(x, y).value() == "second");
  REQUIRE(y.stamp().ms() == 9'000);
  REQUIRE(of_a.time() == y.stamp().time);
}

TEST_CASE("lww_register, hybrid: among concurrent writes wall time decides") {
  hybrid_clock of_a;
  hybrid_clock of_b;
  hybrid_register x;
  hybrid_register y;
  REQUIRE(on(x, a).write("later", of_a, 2'000));
  REQUIRE(on(y, b).write("earlier", of_b, 1'000));
  REQUIRE(joined(x, y).value() == "later");
  REQUIRE(joined(y, x).value() == "later");
}

TEST_CASE("lww_register, hybrid: one clock serves many registers") {
  hybrid_clock clock;
  hybrid_register x;
  hybrid_register y;
  REQUIRE(on(x, a).write("x", clock, 5'000));
  REQUIRE(on(y, a).write("y", clock, 4'000));
  REQUIRE(x.stamp() < y.stamp());
}

TEST_CASE("lww_register, hybrid: a value from far ahead is not written over blindly") {
  hybrid_clock of_b;
  hybrid_register x;
  REQUIRE(on(x, b).write("from 2099", of_b, 4'000'000'000'000));
  hybrid_clock of_a;
  const hybrid_register before = x;
  REQUIRE(on(x, a).write("now", of_a, 1'700'000'000'000).error().code == errc::limit_exceeded);
  REQUIRE(x == before);
  REQUIRE(of_a == hybrid_clock());
  // It should not have been taken in the first place; the clock says so.
  REQUIRE_FALSE(of_a.witness(x.stamp(), 1'700'000'000'000));
}

TEST_CASE("lww_register, hybrid: a wall clock set back by years does not stop a writer") {
  hybrid_clock clock;
  hybrid_register x;
  REQUIRE(on(x, a).write("before", clock, 1'700'000'000'000));
  REQUIRE(on(x, a).write("after", clock, 0));
  REQUIRE(x.value() == "after");
}

TEST_CASE("fww_register: the first write stands, a later one does nothing") {
  fww_register<std::string> x;
  REQUIRE(on(x, b).write("first"));
  REQUIRE(on(x, a).write("second").value() == fww_register<std::string>());
  REQUIRE(x.value() == "first");
  fww_register<std::string> y;
  REQUIRE(on(y, a).write("concurrent"));
  REQUIRE(joined(x, y).value() == "concurrent");  // equal times: the lesser replica
  REQUIRE(joined(x, y) == joined(y, x));
  REQUIRE(leq(x, y));
  REQUIRE_FALSE(leq(y, x));
}

TEST_CASE("mv_register: a write replaces only what its writer had read") {
  mv_register<std::string> x;
  mv_register<std::string> y;
  REQUIRE(on(x, a).write("red"));
  REQUIRE(on(y, b).write("blue"));
  const causal_context read_red = x.context();
  x.merge(y);
  REQUIRE(x.values() == strings{"blue", "red"});
  // A client that had read "red" only puts its value through this replica.
  REQUIRE(on(x, c).write(read_red, "green"));
  REQUIRE(x.values() == strings{"blue", "green"});
  REQUIRE(on(x, c).write(causal_context(), "grey"));
  REQUIRE(x.values() == strings{"blue", "green", "grey"});
}

TEST_CASE("mv_register: a write replaces what its writer read elsewhere, before that arrives") {
  mv_register<std::string> x;
  REQUIRE(on(x, a).write("red"));
  mv_register<std::string> gateway;
  REQUIRE(on(gateway, a).write(x.context(), "green"));  // red is not known there, nor is its dot
  REQUIRE(gateway.values() == strings{"green"});
  REQUIRE(joined(gateway, x).values() == strings{"green"});
  REQUIRE(joined(x, gateway).values() == strings{"green"});
}

TEST_CASE("mv_register: values pile up while nobody reads, and one write settles them") {
  mv_register<std::string> x;
  for (std::uint64_t i = 0; i < 100; ++i) {
    mv_register<std::string> blind;
    REQUIRE(on(blind, replica_id::from_number(100 + i)).write(std::to_string(i)));
    x.merge(blind);
  }
  REQUIRE(x.values().size() == 100);
  const auto delta = on(x, a).resolve([](const strings& all) { return all.back(); }).value();
  REQUIRE(x.values() == strings{"99"});
  REQUIRE(delta.store().values().size() == 1);
}

TEST_CASE("mv_register: the winner is the same everywhere, and one of the values") {
  mv_register<std::string> x;
  mv_register<std::string> y;
  REQUIRE_FALSE(x.value());
  REQUIRE(on(x, b).write("of b"));
  REQUIRE(on(y, a).write("zebra"));
  REQUIRE(joined(x, y).value() == "of b");
  REQUIRE(joined(y, x).value() == "of b");
}

TEST_CASE("mv_register: equal values under two dots are both replaced by the next write") {
  mv_register<std::string> x;
  mv_register<std::string> y;
  REQUIRE(on(x, a).write("red"));
  REQUIRE(on(y, b).write("red"));
  x.merge(y);
  REQUIRE(x.store().values().size() == 2);
  REQUIRE(x.values() == strings{"red"});
  REQUIRE(on(x, a).write("blue"));
  REQUIRE(joined(y, x).values() == strings{"blue"});
}

TEST_CASE("mv_register: many writes leave one dot") {
  mv_register<std::uint32_t> x;
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    REQUIRE(on(x, i % 2 == 0 ? a : b).write(i));
  }
  REQUIRE(x.store().values().size() == 1);
  REQUIRE(to_bytes(x).size() < 70);
}

TEST_CASE("mv_register: the last dot of a replica is the end") {
  causal_context full;
  full.insert(dot{a, max_op_count - 1});
  mv_register<std::string> x{mv_register<std::string>::state_type({}, full)};
  const auto before = x;
  REQUIRE(on(x, a).write("v").error().code == errc::overflow);
  REQUIRE(on(x, a).write(causal_context(), "v").error().code == errc::overflow);
  REQUIRE(x == before);
}

}  // namespace weft::crdt
