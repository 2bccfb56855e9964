// SPDX-License-Identifier: MIT
#include "weft/crdt/causality/causal_context.hpp"

#include "small_random.hpp"
#include "weft/crdt/lattice/laws.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <set>
#include <vector>

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

TEST_CASE("causal context: one replica has no count, and one dot or two no list") {
  const replica_id me = replica_id::from_number(1);
  const auto size_of = [&](std::vector<counter_interval> ranges) {
    causal_context c;
    for (const counter_interval& range : ranges) {
      c.insert(me, range);
    }
    const bytes data = to_bytes(c);
    REQUIRE(from_bytes<causal_context>(data).value() == c);
    for (std::size_t cut = 0; cut < data.size(); ++cut) {
      REQUIRE_FALSE(from_bytes<causal_context>(byte_view(data).first(cut)));
    }
    return data.size();
  };
  REQUIRE(size_of({}) == 1);
  REQUIRE(size_of({{0, 31}}) == 17);
  REQUIRE(size_of({{7, 8}}) == 17);
  REQUIRE(size_of({{7, 9}}) == 17);
  REQUIRE(size_of({{1023, 1024}}) == 18);
  REQUIRE(size_of({{1, 4}}) == 19);
  REQUIRE(size_of({{0, 1}, {2, 3}}) == 21);
  REQUIRE(size_of({{max_op_count - 1, max_op_count}}) == 16 + 5);
}

TEST_CASE("causal context: bytes of any other form are refused") {
  const auto code = [](std::uint64_t first, const std::vector<std::vector<std::uint64_t>>& each) {
    byte_writer out;
    out.varint(first);
    std::uint64_t number = 0;
    for (const auto& numbers : each) {
      out.raw(byte_view{replica_id::from_number(++number).bytes});
      for (const std::uint64_t n : numbers) out.varint(n);
    }
    const auto read = from_bytes<causal_context>(out.view());
    return read ? std::optional<errc>() : read.error().code;
  };
  using heads = std::vector<std::vector<std::uint64_t>>;
  const std::uint64_t two = 2 << 1U | 1U;
  CHECK_FALSE(code(two, heads{{2 << 1U}, {1 << 3U | 5U}}));
  CHECK(code(1, {}) == errc::not_canonical);                           // no replica, but counted
  CHECK(code(1 << 1U | 1U, heads{{2 << 1U}}) == errc::not_canonical);  // one, but counted
  CHECK(code(two, heads{{0}, {2}}) == errc::not_canonical);            // no dots
  CHECK(code(two, heads{{1}, {2}}) == errc::not_canonical);            // the first dot alone
  CHECK(code(two, heads{{3}, {2}}) == errc::not_canonical);            // no intervals
  CHECK(code(two, heads{{1 << 2U | 3U, 0, 4}, {2}}) == errc::not_canonical);
  CHECK(code(two, heads{{1 << 2U | 3U, 5, 1}, {2}}) == errc::not_canonical);
  CHECK(code(two, heads{{1 << 2U | 3U, 5, 2}, {2}}) == errc::not_canonical);
  CHECK(code(two, heads{{1 << 2U | 3U, 5, 0}, {2}}) == errc::not_canonical);
  CHECK_FALSE(code(two, heads{{1 << 2U | 3U, 5, 3}, {2}}));
  CHECK(code(two, heads{{2 << 2U | 3U, 5, 2, 0, 1}, {2}}) == errc::not_canonical);  // they touch
  const std::uint64_t most = max_op_count;
  CHECK_FALSE(code(two, heads{{most << 1U}, {(most - 1) << 3U | 1U}}));
  CHECK(code(two, heads{{(most + 1) << 1U}, {2}}) == errc::limit_exceeded);
  CHECK(code(two, heads{{most << 3U | 1U}, {2}}) == errc::limit_exceeded);
  CHECK(code(two, heads{{(most - 1) << 3U | 5U}, {2}}) == errc::limit_exceeded);
  CHECK(code(two, heads{{1 << 2U | 3U, most, most}, {2}}) == errc::limit_exceeded);
  CHECK(code(two, heads{{1'000'000'003}, {2}}) == errc::truncated);
  CHECK(code(~std::uint64_t{0}, {}) == errc::truncated);
}

}  // namespace weft::crdt
