// SPDX-License-Identifier: MIT
#include "weft/crdt/causality/causal_context.hpp"

#include "small_random.hpp"
#include "weft/crdt/lattice/laws.hpp"

#include <catch2/catch.hpp>

#include <set>

namespace weft::crdt {
namespace {

std::set<dot> dots_of(const causal_context& c) {
  std::set<dot> all;
  for (const auto& [replica, list] : c.intervals()) {
    for (const counter_interval& range : list) {
      for (std::uint32_t i = range.first; i < range.end; ++i) {
        all.insert({replica, i});
      }
    }
  }
  return all;
}

struct pair_of_forms {
  causal_context context;
  std::set<dot> plain;
};

pair_of_forms random_context(small_random& random) {
  pair_of_forms p;
  const unsigned steps = random() % 30;
  for (unsigned i = 0; i < steps; ++i) {
    const replica_id r = replica_id::from_number(random() % 3);
    const std::uint32_t first = random() % 20;
    const std::uint32_t length = 1 + random() % 4;
    p.context.insert(r, {first, first + length});
    for (std::uint32_t c = first; c < first + length; ++c) {
      p.plain.insert({r, c});
    }
  }
  return p;
}

}  // namespace

TEST_CASE("causal context: behaves as a plain set of dots") {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    INFO("seed " << seed);
    small_random random(seed);
    const pair_of_forms a = random_context(random);
    const pair_of_forms b = random_context(random);
    REQUIRE(dots_of(a.context) == a.plain);

    causal_context joined = a.context;
    const bool grew = joined.merge(b.context);
    std::set<dot> all = a.plain;
    all.insert(b.plain.begin(), b.plain.end());
    REQUIRE(dots_of(joined) == all);
    REQUIRE(grew == (all != a.plain));

    std::set<dot> rest;
    for (const dot& d : a.plain) {
      if (!b.plain.contains(d)) {
        rest.insert(d);
      }
    }
    REQUIRE(dots_of(minus(a.context, b.context)) == rest);
    REQUIRE(leq(a.context, b.context) == rest.empty());

    // One form per set: the same dots, inserted one by one in another order, are the same value.
    causal_context again;
    for (auto d = a.plain.rbegin(); d != a.plain.rend(); ++d) {
      again.insert(*d);
    }
    REQUIRE(again == a.context);
    REQUIRE(from_bytes<causal_context>(to_bytes(a.context)).value() == a.context);
  }
}

TEST_CASE("causal context: the next dot stands after the cloud as well") {
  const replica_id me = replica_id::from_number(1);
  causal_context c;
  REQUIRE(c.next(me).value() == dot{me, 0});
  c.insert(dot{me, 7});
  REQUIRE(c.next(me).value() == dot{me, 8});
  c.insert(dot{me, max_op_count - 1});
  REQUIRE(c.next(me).error().code == errc::overflow);
}

}  // namespace weft::crdt
