// SPDX-License-Identifier: MIT
// Counters: known pitfalls, hand-computed vectors, bad input.
#include "weft/crdt/types/bounded_counter.hpp"
#include "weft/crdt/types/causal_counter.hpp"
#include "weft/crdt/types/g_counter.hpp"
#include "weft/crdt/types/pn_counter.hpp"
#include "weft/crdt/types/resettable_counter.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <utility>
#include <vector>

namespace weft::crdt {
namespace {

const replica_id a = replica_id::from_number(1);
const replica_id b = replica_id::from_number(2);
const replica_id c = replica_id::from_number(3);
constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t most_signed = most >> 1U;

template <class T>
T joined(T x, const T& y) {
  x.merge(y);
  return x;
}

// What one replica of a counter shows after: 5 at a, known to both; b resets while a adds 1.
template <class Counter>
std::int64_t after_concurrent_reset() {
  Counter at_a;
  REQUIRE(on(at_a, a).increment(5));
  Counter at_b = at_a;
  on(at_b, b).reset();
  REQUIRE(on(at_a, a).increment(1));
  REQUIRE(joined(at_a, at_b) == joined(at_b, at_a));
  return joined(at_a, at_b).value();
}

}  // namespace

TEST_CASE("g_counter: two writers under one id lose the smaller total") {
  g_counter x;
  g_counter y;
  REQUIRE(on(x, a).increment(3));
  REQUIRE(on(y, a).increment(5));
  REQUIRE(joined(x, y).value() == 5);
}

TEST_CASE("g_counter: a thousand replicas join in one form, whoever merges whom") {
  g_counter even;
  g_counter odd;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    REQUIRE(on(i % 2 == 0 ? even : odd, replica_id::from_number(i)).increment(i + 1));
    REQUIRE(on(odd, replica_id::from_number(i % 10)).increment(1));
  }
  g_counter one = even;
  REQUIRE(one.merge(odd));
  g_counter other = odd;
  REQUIRE(other.merge(even));
  REQUIRE(to_bytes(one) == to_bytes(other));
  REQUIRE_FALSE(one.merge(odd));
  REQUIRE(one.of(replica_id::from_number(999)) == 1'000);
  REQUIRE(to_bytes(one).size() <= 2 + 1'000 * (16 + 2));
}

TEST_CASE("g_counter: the amount of one replica alone stands in the head of the bytes") {
  g_counter x;
  REQUIRE(to_bytes(x) == bytes{0});
  const g_counter delta = on(x, a).increment(62).value();
  REQUIRE(to_bytes(delta).size() == 17);
  REQUIRE(from_bytes<g_counter>(to_bytes(delta)).value() == delta);
  // An amount that has no room there comes after a count.
  g_counter large;
  REQUIRE(on(large, a).increment(list_head::max_alone - 1));
  REQUIRE(to_bytes(large).size() == 16 + 10);
  REQUIRE(from_bytes<g_counter>(to_bytes(large)).value() == large);
  REQUIRE(on(large, a).increment(1));
  REQUIRE(to_bytes(large).size() == 1 + 16 + 9);
  REQUIRE(from_bytes<g_counter>(to_bytes(large)).value() == large);
  REQUIRE(on(large, a).increment(most - large.value()));
  REQUIRE(from_bytes<g_counter>(to_bytes(large)).value() == large);
}

TEST_CASE("g_counter: bytes with a zero, a wrong order or a replica twice are refused") {
  const auto entries = [](std::vector<std::pair<replica_id, std::uint64_t>> all) {
    byte_writer out;
    out.varint(all.size() << 1U | 1U);
    for (const auto& [replica, amount] : all) {
      out.raw(byte_view{replica.bytes});
      out.varint(amount);
    }
    return from_bytes<g_counter>(out.view());
  };
  REQUIRE(entries({{a, 1}, {b, 2}})->value() == 3);
  REQUIRE(entries({}).error().code == errc::not_canonical);
  REQUIRE(entries({{a, 1}}).error().code == errc::not_canonical);
  REQUIRE(entries({{a, 0}, {b, 2}}).error().code == errc::not_canonical);
  bytes alone(17);
  alone[0] = 2;  // an amount of 0
  REQUIRE(from_bytes<g_counter>(alone).error().code == errc::not_canonical);
  REQUIRE(entries({{b, 1}, {a, 2}}).error().code == errc::not_canonical);
  REQUIRE(entries({{a, 1}, {a, 2}}).error().code == errc::not_canonical);
  REQUIRE(from_bytes<g_counter>(bytes{0xff, 0xff, 0xff, 0x7f}).error().code == errc::truncated);
}

TEST_CASE("pn_counter: writing minus the value is no reset") {
  pn_counter x;
  REQUIRE(on(x, a).increment(10));
  pn_counter y = x;
  REQUIRE(on(x, a).decrement(10));
  REQUIRE(on(y, b).decrement(10));
  REQUIRE(joined(x, y).value() == -10);
}

TEST_CASE("pn_counter: goes below zero though each replica looked first") {
  pn_counter x;
  REQUIRE(on(x, a).increment(1));
  pn_counter y = x;
  REQUIRE(x.value() >= 1);
  REQUIRE(on(x, a).decrement(1));
  REQUIRE(y.value() >= 1);
  REQUIRE(on(y, b).decrement(1));
  REQUIRE(joined(x, y).value() == -1);
}

TEST_CASE("pn_counter: who only added, or only took away, costs one amount in the bytes") {
  pn_counter x;
  REQUIRE(to_bytes(x) == bytes{0});
  REQUIRE(on(x, b).decrement(7));
  REQUIRE(to_bytes(x).size() == 18);
  REQUIRE(on(x, a).increment(3));
  REQUIRE(to_bytes(x).size() == 36);
  REQUIRE(on(x, c).increment(most));
  REQUIRE(on(x, c).decrement(1));
  REQUIRE(to_bytes(x).size() == 37 + 16 + 10 + 1);
  const bytes data = to_bytes(x);
  REQUIRE(from_bytes<pn_counter>(data).value() == x);
  for (std::size_t cut = 0; cut < data.size(); ++cut) {
    REQUIRE_FALSE(from_bytes<pn_counter>(byte_view(data).first(cut)));
  }
}

TEST_CASE("pn_counter: bytes of any other form are refused") {
  using numbers = std::vector<std::uint64_t>;
  // Counts of the lists; then replica and amounts each.
  const auto code = [](const numbers& counts,
                       const std::vector<std::pair<replica_id, numbers>>& entries) {
    byte_writer out;
    for (const std::uint64_t n : counts) out.varint(n);
    for (const auto& [replica, amounts] : entries) {
      out.raw(byte_view{replica.bytes});
      for (const std::uint64_t n : amounts) out.varint(n);
    }
    limits few;
    few.max_replicas = 3;
    const auto read = from_bytes<pn_counter>(out.view(), few);
    return read ? errc{} : read.error().code;
  };
  CHECK(code({1U << 3U | 1}, {{a, {5}}}) == errc{});
  CHECK(code({1U << 3U | 7, 1, 1}, {{c, {5}}, {b, {5}}, {a, {1, 1}}}) == errc{});

  CHECK(code({1U << 3U | 1}, {{a, {0}}}) == errc::not_canonical);
  CHECK(code({1U << 3U | 4}, {{a, {5, 0}}}) == errc::not_canonical);
  CHECK(code({2U << 3U | 2}, {{b, {5}}, {a, {5}}}) == errc::not_canonical);
  CHECK(code({2U << 3U | 2}, {{a, {5}}, {a, {5}}}) == errc::not_canonical);
  CHECK(code({1U << 3U | 3, 1}, {{a, {5}}, {a, {5}}}) == errc::not_canonical);
  CHECK(code({1}, {}) == errc::not_canonical);
  CHECK(code({1U << 3U}, {}) == errc::not_canonical);
  CHECK(code({1U << 3U | 3, 0}, {{a, {5}}}) == errc::not_canonical);
  CHECK(code({9U << 3U | 1}, {{a, {5}}}) == errc::truncated);
  CHECK(code({2U << 3U | 3, 2}, {{a, {1}}, {b, {1}}, {a, {1}}, {b, {1}}}) == errc::limit_exceeded);
}

TEST_CASE("pn_counter: an overflowing step is refused and changes nothing") {
  pn_counter x;
  REQUIRE(on(x, a).decrement(most));
  const pn_counter before = x;
  REQUIRE(on(x, a).decrement(1).error().code == errc::overflow);
  REQUIRE(x == before);
  REQUIRE(on(x, a).increment(most));
  REQUIRE(x.value() == 0);
  REQUIRE(x.of(a).second.value() == most);
}

TEST_CASE("causal_counter: a reset misses what a concurrent step brings back") {
  REQUIRE(after_concurrent_reset<causal_counter>() == 6);
}

TEST_CASE("causal_counter: holds one dot per replica however often it counts") {
  causal_counter x;
  for (int i = 0; i < 1'000; ++i) {
    REQUIRE(on(x, i % 2 == 0 ? a : b).increment(2));
  }
  REQUIRE(x.value() == 2'000);
  REQUIRE(x.store().values().size() == 2);
  REQUIRE(to_bytes(x).size() < 100);
  on(x, c).reset();
  REQUIRE(x.value() == 0);
  REQUIRE(x.store().empty());
}

TEST_CASE("causal_counter: a reset of nothing and a step of nothing say nothing") {
  causal_counter x;
  REQUIRE(on(x, a).reset() == causal_counter());
  REQUIRE(on(x, a).increment(0).value() == causal_counter());
  REQUIRE(x == causal_counter());
}

TEST_CASE("causal_counter: overflow is refused and changes nothing") {
  causal_counter x;
  REQUIRE(on(x, a).increment(most_signed));
  const causal_counter before = x;
  REQUIRE(on(x, a).increment(1).error().code == errc::overflow);
  REQUIRE(on(x, a).increment(most_signed + 1).error().code == errc::overflow);
  REQUIRE(x == before);
  REQUIRE(on(x, b).increment(most_signed));
  REQUIRE(x.value() == std::numeric_limits<std::int64_t>::max());
  REQUIRE(on(x, a).decrement(5));
  REQUIRE(on(x, b).decrement(most_signed));
  REQUIRE(x.value() == std::numeric_limits<std::int64_t>::max() - 5);
}

TEST_CASE("causal_counter: the last dot of a replica is the end") {
  causal_context full;
  full.insert(dot{a, max_op_count - 1});
  causal_counter x{causal_counter::state_type({}, full)};
  const causal_counter before = x;
  REQUIRE(on(x, a).increment().error().code == errc::overflow);
  REQUIRE(x == before);
  resettable_counter y{resettable_counter::state_type({}, full)};
  REQUIRE(on(y, a).increment().error().code == errc::overflow);
  REQUIRE(on(y, b).increment());
}

TEST_CASE("causal_counter: nested, it is made of a parent's store and context for one operation") {
  // The parent's context holds dots of its other parts, which must not be used again.
  causal_context of_parent;
  of_parent.insert(a, {0, 7});
  causal_counter nested{causal_counter::state_type({}, of_parent)};
  const causal_counter delta = on(nested, a).increment(3).value();
  REQUIRE(delta.store().has(dot{a, 7}));
  causal_context expected;
  expected.insert(dot{a, 7});
  REQUIRE(delta.context() == expected);
}

TEST_CASE("resettable_counter: a reset removes exactly what it saw") {
  REQUIRE(after_concurrent_reset<resettable_counter>() == 1);
}

TEST_CASE("reset_wins_counter: a reset takes concurrent steps of those it saw counting") {
  REQUIRE(after_concurrent_reset<reset_wins_counter>() == 0);
  reset_wins_counter x;
  REQUIRE(on(x, a).increment(5));
  reset_wins_counter y = x;
  on(y, b).reset();
  REQUIRE(on(x, c).increment(2));  // of whom the reset knew nothing
  REQUIRE(joined(x, y).value() == 2);
  // After the reset is known counting goes on.
  REQUIRE(on(y, a).increment(4));
  REQUIRE(joined(x, y).value() == 6);
}

TEST_CASE("reset_wins_counter: holds one dot per replica however often it counts") {
  reset_wins_counter x;
  for (int i = 0; i < 1'000; ++i) {
    REQUIRE(on(x, a).increment(2));
    REQUIRE(on(x, b).decrement(1));
  }
  REQUIRE(x.value() == 1'000);
  REQUIRE(x.store().values().size() == 2);
  REQUIRE(on(x, a).increment(most).error().code == errc::overflow);
  REQUIRE(x.value() == 1'000);
}

TEST_CASE("resettable_counter: own dots must not be folded while a reset of them is under way") {
  resettable_counter x;
  REQUIRE(on(x, a).increment(2));
  REQUIRE(on(x, a).increment(3));
  resettable_counter y = x;
  const resettable_counter reset = on(y, b).reset();
  // By hand: both dots replaced by one that is worth their sum.
  dot_fun<std::int64_t> folded;
  folded.insert(dot{a, 2}, 5);
  causal_context covered;
  covered.insert(a, {0, 3});
  resettable_counter wrong = x;
  wrong.merge(resettable_counter({folded, covered}));
  REQUIRE(joined(wrong, reset).value() == 5);  // the reset is lost
  REQUIRE(joined(x, reset).value() == 0);
  // What is shipped keeps every step under its own dot.
  REQUIRE(x.store().values().size() == 2);
}

TEST_CASE("resettable_counter: a step does not delete what it is not about") {
  resettable_counter x;
  REQUIRE(on(x, a).increment(1));
  REQUIRE(on(x, b).increment(2));
  resettable_counter y = x;
  y.merge(on(x, a).increment(4).value());
  REQUIRE(y.value() == 7);
}

TEST_CASE("resettable_counter: after a reset only the context is left") {
  resettable_counter x;
  for (int i = 0; i < 1'000; ++i) {
    REQUIRE(on(x, a).increment());
  }
  on(x, b).reset();
  REQUIRE(x.value() == 0);
  REQUIRE(to_bytes(x).size() < 30);
  const resettable_counter before = x;
  REQUIRE(on(x, a).increment(most_signed + 1).error().code == errc::overflow);
  REQUIRE(x == before);
}

TEST_CASE("bounded_counter: quota is what one made and was given, less what it gave and spent") {
  bounded_counter<> x;
  REQUIRE(on(x, a).increment(10));
  REQUIRE(on(x, a).transfer(4, b));
  REQUIRE(x.quota(a) == 6);
  REQUIRE(x.quota(b) == 4);
  REQUIRE(on(x, b).decrement(3));
  REQUIRE(x.quota(b) == 1);
  REQUIRE(x.value() == 7);
  REQUIRE(x.quota(c) == 0);
}

TEST_CASE("bounded_counter: too little quota is an error that says how much there is") {
  bounded_counter<> x;
  REQUIRE(on(x, a).increment(10));
  REQUIRE(on(x, a).transfer(2, b));
  const bounded_counter<> before = x;
  const auto refused = on(x, b).decrement(3);
  REQUIRE(refused.error().code == errc::insufficient_quota);
  REQUIRE(refused.error().offset == 2);
  REQUIRE(on(x, b).transfer(3, c).error().offset == 2);
  REQUIRE(on(x, c).decrement(1).error().offset == 0);
  REQUIRE(x == before);
  // The value is large all the while; one asks who has some, and is given.
  REQUIRE(x.value() == 10);
  REQUIRE(x.richest() == a);
  REQUIRE(on(x, a).transfer(5, b));
  REQUIRE(on(x, b).decrement(3));
}

TEST_CASE("bounded_counter: concurrent decrements within quotas never pass the bound") {
  bounded_counter<-2> x;
  REQUIRE(x.value() == -2);
  REQUIRE(on(x, a).increment(3));
  REQUIRE(on(x, a).transfer(1, b));
  bounded_counter<-2> y = x;
  REQUIRE(on(x, a).decrement(2));
  REQUIRE_FALSE(on(x, a).decrement(1));
  REQUIRE(on(y, b).decrement(1));
  REQUIRE_FALSE(on(y, b).decrement(1));
  REQUIRE(joined(x, y).value() == -2);
}

TEST_CASE("bounded_counter: what is spent may be known before what it was spent from") {
  bounded_counter<> x;
  const auto made = on(x, a).increment(3).value();
  const auto spent = on(x, a).decrement(2).value();
  bounded_counter<> y;
  y.merge(spent);
  REQUIRE(y.value() == 0);
  REQUIRE(y.quota(a) == 0);
  y.merge(made);
  REQUIRE(y.value() == 1);
}

TEST_CASE("bounded_counter: the upper bound is the mirror image") {
  bounded_counter<10, bound_side::upper> seats;
  REQUIRE(seats.value() == 10);
  REQUIRE(on(seats, a).increment().error().code == errc::insufficient_quota);
  REQUIRE(on(seats, a).decrement(4));
  REQUIRE(on(seats, a).transfer(1, b));
  REQUIRE(on(seats, b).increment());
  REQUIRE(on(seats, a).increment(4).error().offset == 3);
  REQUIRE(seats.value() == 7);
}

TEST_CASE("bounded_counter: a lost device takes its quota with it") {
  bounded_counter<> x;
  REQUIRE(on(x, a).increment(5));
  REQUIRE(on(x, a).transfer(5, b));  // b is never seen again
  REQUIRE(x.value() == 5);
  REQUIRE(x.richest() == b);
  REQUIRE(on(x, a).decrement(1).error().code == errc::insufficient_quota);
}

TEST_CASE(
    "bounded_counter: a transfer that is delivered twice counts once, done twice it does not") {
  bounded_counter<> x;
  REQUIRE(on(x, a).increment(10));
  bounded_counter<> y = x;
  const auto gift = on(x, a).transfer(4, b).value();
  y.merge(gift);
  REQUIRE_FALSE(y.merge(gift));
  REQUIRE(y.quota(b) == 4);
  // After a crash: the state that was stored already holds the transfer, so it is not done again.
  auto restored = from_bytes<bounded_counter<>>(to_bytes(x)).value();
  REQUIRE(restored.quota(b) == 4);
  REQUIRE(on(restored, a).transfer(4, b));
  REQUIRE(restored.quota(b) == 8);
}

TEST_CASE("bounded_counter: bytes of one who spends what it has not are held at the bound") {
  // A row by hand: made 1, spent 5.
  byte_writer out;
  out.varint(1);
  out.raw(byte_view{a.bytes});
  out.varint(1);
  out.varint(5);
  out.varint(0);
  auto x = from_bytes<bounded_counter<>>(out.view()).value();
  REQUIRE(x.value() == 0);
  REQUIRE(x.quota(a) == 0);
  REQUIRE(on(x, a).decrement().error().code == errc::insufficient_quota);
}

TEST_CASE("bounded_counter: gifts to oneself are refused, from the caller and from bytes") {
  bounded_counter<> x;
  REQUIRE(on(x, a).increment(3));
  const bounded_counter<> before = x;
  REQUIRE(on(x, a).transfer(1, a).error().code == errc::bad_value);
  REQUIRE(x == before);
  byte_writer out;
  out.varint(1);
  out.raw(byte_view{a.bytes});
  out.varint(1);
  out.varint(0);
  out.varint(1);
  out.raw(byte_view{a.bytes});
  out.varint(1);
  REQUIRE(from_bytes<bounded_counter<>>(out.view()).error().code == errc::malformed);
}

TEST_CASE("bounded_counter: arithmetic is checked and the value is held to its type") {
  bounded_counter<> x;
  REQUIRE(on(x, a).increment(most));
  REQUIRE(on(x, a).increment(1).error().code == errc::overflow);
  REQUIRE(on(x, b).increment(most));
  REQUIRE(x.value() == std::numeric_limits<std::int64_t>::max());
  REQUIRE(on(x, a).transfer(most, b));
  REQUIRE(x.quota(a) == 0);
  REQUIRE(x.quota(b) == most);
  REQUIRE(on(x, a).decrement(0).value() == bounded_counter<>());
  bounded_counter<std::numeric_limits<std::int64_t>::min() + 5, bound_side::upper> y;
  REQUIRE(on(y, a).decrement(100));
  REQUIRE(y.value() == std::numeric_limits<std::int64_t>::min());
}

}  // namespace weft::crdt
