// SPDX-License-Identifier: MIT
// Flags: known pitfalls, hand-computed vectors, bad input.
#include "weft/crdt/types/dw_flag.hpp"
#include "weft/crdt/types/ew_flag.hpp"
#include "weft/crdt/types/lww_register.hpp"

#include <catch2/catch.hpp>

namespace weft::crdt {
namespace {

const replica_id a = replica_id::from_number(1);
const replica_id b = replica_id::from_number(2);

template <class T>
T joined(T x, const T& y) {
  x.merge(y);
  return x;
}

}  // namespace

TEST_CASE("ew_flag: enabling wins over a concurrent disabling") {
  ew_flag x;
  REQUIRE_FALSE(x.value());
  REQUIRE(on(x, a).enable());
  ew_flag y = x;
  on(x, a).disable();
  REQUIRE(on(y, b).enable());  // enabled already: the new dot is what wins
  REQUIRE(joined(x, y).value());
  REQUIRE(joined(x, y) == joined(y, x));
}

TEST_CASE("ew_flag: disabling where nothing is enabled says nothing") {
  ew_flag x;
  REQUIRE(on(x, a).disable() == ew_flag());
  REQUIRE(x == ew_flag());
}

TEST_CASE("ew_flag: a disabling delivered before its enabling still holds") {
  ew_flag x;
  const auto on_delta = on(x, a).enable().value();
  const auto off_delta = on(x, a).disable();
  ew_flag y;
  y.merge(off_delta);
  y.merge(on_delta);
  REQUIRE_FALSE(y.value());
  REQUIRE(y == x);
}

TEST_CASE("dw_flag: disabling wins over a concurrent enabling") {
  dw_flag x;
  REQUIRE(on(x, a).disable());
  dw_flag y = x;
  on(x, a).enable();
  REQUIRE(x.value());
  REQUIRE(on(y, b).disable());
  REQUIRE_FALSE(joined(x, y).value());
  REQUIRE(joined(x, y) == joined(y, x));
}

TEST_CASE("dw_flag: the empty state reads enabled, so a flag is made with its value") {
  REQUIRE(dw_flag().value());
  dw_flag x = dw_flag::starting(false, a);
  REQUIRE_FALSE(x.value());
  REQUIRE(dw_flag::starting(true, a) == dw_flag());
  // The others begin with the empty state.
  dw_flag y;
  y.merge(x);
  REQUIRE_FALSE(y.value());
  on(y, b).enable();
  REQUIRE(joined(x, y).value());
}

TEST_CASE("dw_flag: two replicas that both start it disabled agree and can enable it") {
  dw_flag x = dw_flag::starting(false, a);
  x.merge(dw_flag::starting(false, b));
  REQUIRE_FALSE(x.value());
  on(x, a).enable();
  REQUIRE(x.value());
}

TEST_CASE("flags: many operations leave at most one dot per concurrent writer") {
  ew_flag x;
  dw_flag y;
  for (int i = 0; i < 1'000; ++i) {
    REQUIRE(on(x, i % 2 == 0 ? a : b).enable());
    REQUIRE(on(y, i % 2 == 0 ? a : b).disable());
    if (i % 7 == 0) {
      on(x, a).disable();
      on(y, a).enable();
    }
  }
  REQUIRE(x.store().size() == 1);
  REQUIRE(y.store().size() == 1);
  REQUIRE(to_bytes(x).size() < 70);
  REQUIRE(to_bytes(y).size() < 70);
}

TEST_CASE("flags: the last dot of a replica is the end") {
  causal_context full;
  full.insert(dot{a, max_op_count - 1});
  ew_flag x{ew_flag::state_type({}, full)};
  REQUIRE(on(x, a).enable().error().code == errc::overflow);
  REQUIRE(x.context() == full);
  REQUIRE_FALSE(x.value());
  dw_flag y{dw_flag::state_type({}, full)};
  REQUIRE(on(y, a).disable().error().code == errc::overflow);
  REQUIRE(y.value());
}

TEST_CASE("flags: a register of a boolean lets the later one win") {
  lww_register<bool> x;
  REQUIRE(on(x, a).write(true));
  REQUIRE(on(x, b).write(false));
  REQUIRE(x.value() == false);
  REQUIRE(from_bytes<lww_register<bool>>(to_bytes(x)).value() == x);
}

}  // namespace weft::crdt
