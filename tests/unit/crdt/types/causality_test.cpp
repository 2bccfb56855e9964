// SPDX-License-Identifier: MIT
// Clocks, versions and stability: known pitfalls, hand-computed vectors, bad input.
#include "weft/crdt/causality/hybrid_clock.hpp"
#include "weft/crdt/causality/lamport.hpp"
#include "weft/crdt/causality/own_dots.hpp"
#include "weft/crdt/causality/stability.hpp"
#include "weft/crdt/causality/version.hpp"
#include "weft/crdt/lattice/laws.hpp"
#include "weft/testing/law_checks.hpp"

#include <catch2/catch.hpp>

#include <utility>
#include <vector>

namespace weft::crdt {
namespace {

const replica_id a = replica_id::from_number(1);
const replica_id b = replica_id::from_number(2);
const replica_id c = replica_id::from_number(3);

constexpr std::uint64_t at(std::uint64_t ms, std::uint16_t counter) {
  return hybrid_stamp::time_of(ms, counter);
}
// A clock that stands at this time.
hybrid_clock standing_at(std::uint64_t time) {
  byte_writer out;
  out.u64_le(time);
  return from_bytes<hybrid_clock>(out.view()).value();
}
version_vector seen(std::vector<std::pair<replica_id, std::uint32_t>> counts) {
  version_vector v;
  for (const auto& [replica, count] : counts) {
    v.include(replica, count);
  }
  return v;
}

}  // namespace

TEST_CASE("lamport clock: a tick is above everything witnessed") {
  lamport_clock clock;
  REQUIRE(clock.tick(a).value() == lamport_stamp{1, a});
  REQUIRE(clock.witness({7, b}));
  REQUIRE(clock.witness({3, b}));
  REQUIRE(clock.tick(a).value() == lamport_stamp{8, a});
  REQUIRE(lamport_stamp{8, a} < lamport_stamp{8, b});
}

TEST_CASE("lamport clock: one peer cannot push it far ahead") {
  lamport_clock clock(10, 100);
  REQUIRE(clock.witness({110, b}));
  REQUIRE(clock.time() == 110);
  REQUIRE(clock.witness({211, b}).error().code == errc::limit_exceeded);
  REQUIRE(clock.time() == 110);
  lamport_clock any(max_lamport - 1, max_lamport);
  REQUIRE(any.witness({max_lamport + 1, b}).error().code == errc::limit_exceeded);
  REQUIRE(any.tick(a).value().time == max_lamport);
  REQUIRE(any.tick(a).error().code == errc::overflow);
  REQUIRE(any.time() == max_lamport);
  REQUIRE(lamport_clock().witness({max_lamport_lead + 1, b}).error().code == errc::limit_exceeded);
}

TEST_CASE("lamport clock: goes on after a restart where it stood") {
  lamport_clock clock;
  REQUIRE(clock.witness({500, b}));
  lamport_clock again = from_bytes<lamport_clock>(to_bytes(clock)).value();
  REQUIRE(again.tick(a).value().time == 501);
  byte_writer out;
  out.varint(max_lamport + 1);
  REQUIRE(from_bytes<lamport_clock>(out.view()).error().code == errc::limit_exceeded);
}

TEST_CASE("hybrid clock: the vectors of the definition") {
  hybrid_clock clock = standing_at(at(10, 0));
  REQUIRE(clock.tick(a, 10)->time == at(10, 1));
  REQUIRE(clock.tick(a, 12)->time == at(12, 0));
  const auto after = [](hybrid_stamp came, std::uint64_t now_ms) {
    hybrid_clock from = standing_at(at(10, 2));
    REQUIRE(from.witness(came, now_ms));
    return from.time();
  };
  REQUIRE(after({at(10, 5), b}, 9) == at(10, 6));
  REQUIRE(after({at(15, 5), b}, 9) == at(15, 6));
  REQUIRE(after({at(8, 9), b}, 9) == at(10, 3));
  REQUIRE(after({at(8, 9), b}, 20) == at(20, 0));
}

TEST_CASE("hybrid clock: a wall clock that jumps back does not turn it back") {
  hybrid_clock clock;
  const hybrid_stamp before = clock.tick(a, 1'000'000).value();
  const hybrid_stamp after = clock.tick(a, 5).value();
  REQUIRE(before < after);
  REQUIRE(after.ms() == 1'000'000);
  REQUIRE(after.counter() == 1);
}

TEST_CASE("hybrid clock: a full counter carries into the milliseconds") {
  hybrid_clock clock = standing_at(at(10, 0xffff));
  const hybrid_stamp next = clock.tick(a, 10).value();
  REQUIRE(next.ms() == 11);
  REQUIRE(next.counter() == 0);
}

TEST_CASE("hybrid clock: a stamp from too far ahead is refused and changes nothing") {
  hybrid_clock clock(60'000);
  REQUIRE(clock.witness({at(161'000, 3), b}, 101'000));
  const hybrid_clock before = clock;
  REQUIRE(clock.witness({at(161'001, 0), b}, 101'000).error().code == errc::limit_exceeded);
  REQUIRE(clock == before);
  // Unless the caller says otherwise the drift is a day.
  hybrid_clock day;
  REQUIRE(day.witness({at(86'400'000, 0), b}, 0));
  REQUIRE_FALSE(day.witness({at(86'400'001, 0), b}, 0));
}

TEST_CASE("hybrid clock: the end of time and a senseless wall time are errors") {
  hybrid_clock clock = standing_at(~std::uint64_t{0} - 1);
  REQUIRE(clock.tick(a, 0)->time == ~std::uint64_t{0});
  REQUIRE(clock.tick(a, 0).error().code == errc::overflow);
  REQUIRE(clock.tick(a, max_hybrid_ms + 1).error().code == errc::bad_value);
  REQUIRE(clock.time() == ~std::uint64_t{0});
  REQUIRE(hybrid_clock().witness({0, b}, max_hybrid_ms + 1).error().code == errc::bad_value);
}

TEST_CASE("hybrid clock: goes on after a restart where it stood") {
  hybrid_clock clock;
  const hybrid_stamp before = clock.tick(a, 50).value();
  hybrid_clock again = from_bytes<hybrid_clock>(to_bytes(clock)).value();
  REQUIRE(before < again.tick(a, 20).value());
  REQUIRE(from_bytes<hybrid_clock>(bytes(7)).error().code == errc::truncated);
}

TEST_CASE("own dots: a second writer under our id is noticed before the merge") {
  causal_context mine;
  mine.insert(a, {0, 5});
  causal_context came;
  came.insert(a, {0, 4});
  came.insert(b, {0, 100});
  REQUIRE(check_own_dots(mine, came, a));
  came.insert(a, {5, 6});
  REQUIRE(check_own_dots(mine, came, a).error().code == errc::id_reuse);
  REQUIRE(check_own_dots(mine, came, c));
  // After a restore from peers an own dot may stand beyond a gap; the next one is after it.
  mine.merge(came);
  REQUIRE(mine.next(a).value() == dot{a, 6});
}

TEST_CASE("version vector: a missing entry is zero and no zero is stored") {
  version_vector v;
  v.include(a, 0);
  REQUIRE(v == version_vector());
  REQUIRE(v.count(a) == 0);
  REQUIRE(to_bytes(v) == bytes{0});
  version_vector other = seen({{b, 1}});
  REQUIRE_FALSE(other.merge(v));
  byte_writer out;
  out.varint(1);
  out.raw(byte_view{a.bytes});
  out.varint(0);
  REQUIRE(from_bytes<version_vector>(out.view()).error().code == errc::not_canonical);
}

TEST_CASE("version vector: neither includes the other means concurrent") {
  REQUIRE((seen({{a, 1}}) <=> seen({{b, 1}})) == std::partial_ordering::unordered);
  REQUIRE(seen({{a, 1}}) < seen({{a, 2}, {b, 1}}));
  REQUIRE(seen({{a, 2}}) > seen({}));
}

TEST_CASE("stability: stable is what every member has") {
  causal_stability s({a, b, c});
  REQUIRE(s.observe(a, seen({{a, 5}, {b, 2}})));
  REQUIRE(s.observe(b, seen({{a, 3}, {b, 4}, {c, 1}})));
  REQUIRE(s.stable() == version_vector());
  REQUIRE_FALSE(s.is_stable({a, 0}));
  REQUIRE(s.observe(c, seen({{a, 4}, {b, 2}, {c, 9}})));
  REQUIRE(s.stable() == seen({{a, 3}, {b, 2}}));
  REQUIRE(s.is_stable({a, 2}));
  REQUIRE_FALSE(s.is_stable({a, 3}));
  // Older news that arrives late takes nothing back.
  REQUIRE(s.observe(c, seen({{a, 1}})));
  REQUIRE(s.stable() == seen({{a, 3}, {b, 2}}));
  REQUIRE(s.observe(replica_id::from_number(9), {}).error().code == errc::not_found);
  REQUIRE(s.check({replica_id::from_number(9), 0}).error().code == errc::not_found);
}

TEST_CASE("stability: without members nothing is stable") {
  const causal_stability s;
  REQUIRE(s.stable() == version_vector());
  REQUIRE_FALSE(s.is_stable({a, 0}));
}

TEST_CASE("stability: an absent member blocks it until it is retired") {
  causal_stability s({a, b, c});
  REQUIRE(s.observe(a, seen({{a, 5}, {b, 4}, {c, 2}})));
  REQUIRE(s.observe(b, seen({{a, 5}, {b, 4}, {c, 2}})));
  REQUIRE(s.stable() == version_vector());
  REQUIRE(s.retire(1, c, 2));
  REQUIRE(s.epoch() == 1);
  REQUIRE(s.stable() == seen({{a, 5}, {b, 4}, {c, 2}}));
}

TEST_CASE("stability: late writes of a retired replica are refused") {
  causal_stability s({a, b, c});
  REQUIRE(s.retire(1, c, 2));
  REQUIRE(s.check({c, 1}));
  REQUIRE(s.check({c, 2}).error().code == errc::bad_value);
  REQUIRE(s.check({a, 100}));
  const causal_stability before = s;
  REQUIRE(s.observe(c, seen({{c, 3}})).error().code == errc::bad_value);
  REQUIRE(s.observe(a, seen({{a, 9}, {c, 3}})).error().code == errc::bad_value);
  REQUIRE(s == before);
}

TEST_CASE("stability: a retired replica comes back only under a new id") {
  causal_stability s({a, b, c});
  REQUIRE(s.retire(1, c, 0));
  REQUIRE(s.admit(2, c, {}).error().code == errc::id_reuse);
  REQUIRE(s.admit(2, a, {}).error().code == errc::id_reuse);
  REQUIRE(s.epoch() == 1);
  REQUIRE(s.admit(2, replica_id::from_number(4), {}));
  REQUIRE(s.is_member(replica_id::from_number(4)));
  REQUIRE_FALSE(s.is_member(c));
}

TEST_CASE("stability: a new member must have what is stable, so stable never shrinks") {
  causal_stability s({a, b});
  REQUIRE(s.observe(a, seen({{a, 5}})));
  REQUIRE(s.observe(b, seen({{a, 5}})));
  REQUIRE(s.admit(1, c, seen({{a, 4}})).error().code == errc::missing_parent);
  REQUIRE(s.epoch() == 0);
  REQUIRE(s.admit(1, c, seen({{a, 6}})));
  REQUIRE(s.stable() == seen({{a, 5}}));
}

TEST_CASE("stability: decisions are taken once, in order, and alike everywhere") {
  causal_stability s({a, b, c});
  REQUIRE(s.retire(2, c, 0).error().code == errc::missing_parent);
  REQUIRE(s.retire(0, c, 0).error().code == errc::missing_parent);
  REQUIRE(s.observe(a, seen({{c, 3}})));
  REQUIRE(s.retire(1, c, 2).error().code == errc::bad_value);  // a has more
  REQUIRE(s.retire(1, replica_id::from_number(9), 0).error().code == errc::not_found);
  REQUIRE(s.retire(1, c, 3));
  REQUIRE(s.retire(1, c, 3));
  REQUIRE(s.epoch() == 1);
  REQUIRE(s.retire(1, c, 4).error().code == errc::equivocation);
  REQUIRE(s.retire(1, b, 3).error().code == errc::equivocation);
  REQUIRE(s.admit(1, c, {}).error().code == errc::equivocation);
  REQUIRE(s.admit(2, replica_id::from_number(4), seen({{c, 4}})).error().code == errc::bad_value);
}

TEST_CASE("stability: bytes come back, and nothing else is read") {
  causal_stability s({a, b, c});
  REQUIRE(s.observe(a, seen({{a, 5}, {b, 4}, {c, 2}})));
  REQUIRE(s.retire(1, c, 2));
  REQUIRE(s.admit(2, replica_id::from_number(4), seen({{a, 300}})));
  REQUIRE(from_bytes<causal_stability>(to_bytes(s)).value() == s);
  const bytes encoded = to_bytes(s);
  for (std::size_t cut = 0; cut < encoded.size(); ++cut) {
    REQUIRE_FALSE(from_bytes<causal_stability>(byte_view{encoded}.first(cut)));
  }
  testing::seeded_random random(1);
  for (int i = 0; i < 3000; ++i) {
    bytes damaged = encoded;
    testing::damage(damaged, random);
    const auto read = from_bytes<causal_stability>(damaged);
    if (read) {
      REQUIRE(to_bytes(*read) == damaged);
    }
  }
}

}  // namespace weft::crdt
