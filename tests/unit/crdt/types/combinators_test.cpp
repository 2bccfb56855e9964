// SPDX-License-Identifier: MIT
// The lattice combinators: laws on random values, alone and built into each other.
#include "weft/crdt/lattice/bool_or.hpp"
#include "weft/crdt/lattice/chain_lattice.hpp"
#include "weft/crdt/lattice/lex_lattice.hpp"
#include "weft/crdt/lattice/map_lattice.hpp"
#include "weft/crdt/lattice/max_count.hpp"
#include "weft/crdt/lattice/maximals.hpp"
#include "weft/crdt/lattice/pair_lattice.hpp"
#include "weft/crdt/lattice/set_lattice.hpp"
#include "weft/crdt/lattice/sum_lattice.hpp"
#include "weft/testing/law_checks.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace weft::crdt {
namespace {

using testing::seeded_random;

// Divisors are below their multiples, so 1 is lowest and 0 highest: a partial order.
struct divides {
  bool operator()(std::uint32_t a, std::uint32_t b) const { return a != b && a != 0 && b % a == 0; }
};

// One random step upwards; a value is the join of a few.
void grow(max_count& v, seeded_random& random) {
  v.merge(max_count(random.below(4)));
}
void grow(bool_or& v, seeded_random& random) {
  v.merge(bool_or(random.below(3) == 0));
}
template <class T, class Beats>
void grow(chain_lattice<T, Beats>& v, seeded_random& random) {
  v.merge(chain_lattice<T, Beats>(static_cast<T>(random.below(5)) - T{2}));
}
void grow(set_lattice<std::string>& v, seeded_random& random) {
  v.merge(set_lattice<std::string>(std::string(random.below(2), 'x') +
                                   static_cast<char>('a' + random.below(4))));
}
void grow(maximals<std::uint32_t, divides>& v, seeded_random& random) {
  v.merge(maximals<std::uint32_t, divides>(static_cast<std::uint32_t>(1 + random.below(20))));
}
template <class A, class B>
void grow(pair_lattice<A, B>& v, seeded_random& random);
template <class A, class B>
void grow(lex_lattice<A, B>& v, seeded_random& random);
template <class A, class B>
void grow(sum_lattice<A, B>& v, seeded_random& random);

template <class K, class L>
void grow(map_lattice<K, L>& v, seeded_random& random) {
  L value;
  grow(value, random);
  v.merge({static_cast<K>(random.below(6)), value});
}
template <class A, class B>
void grow(pair_lattice<A, B>& v, seeded_random& random) {
  random.below(2) == 0 ? grow(v.first, random) : grow(v.second, random);
}
template <class A, class B>
void grow(lex_lattice<A, B>& v, seeded_random& random) {
  lex_lattice<A, B> step;
  grow(step.first, random);
  grow(step.second, random);
  v.merge(step);
}
template <class A, class B>
void grow(sum_lattice<A, B>& v, seeded_random& random) {
  A left;
  B right;
  grow(left, random);
  grow(right, random);
  v.merge(random.below(5) == 0 ? sum_lattice<A, B>::right(right) : sum_lattice<A, B>::left(left));
}

template <class T>
T random_value(seeded_random& random) {
  T v;
  for (std::uint64_t steps = random.below(7); steps > 0; --steps) {
    grow(v, random);
  }
  return v;
}

using small_map = map_lattice<std::uint32_t, max_count>;
using map_of_pairs =
    map_lattice<std::uint32_t, pair_lattice<max_lattice<std::int32_t>, set_lattice<std::string>>>;
using deleted_beats_present = sum_lattice<map_lattice<std::uint32_t, bool_or>, bool_or>;
using versioned_set = lex_lattice<max_count, set_lattice<std::string>>;
using lex_of_maps =
    lex_lattice<min_lattice<std::int32_t>, map_lattice<std::uint32_t, versioned_set>>;

}  // namespace

TEMPLATE_TEST_CASE("combinators: the laws hold on random values, also of composed lattices", "",
                   max_count, bool_or, max_lattice<std::int32_t>, min_lattice<std::int32_t>,
                   max_lattice<double>, set_lattice<std::string>, small_map,
                   (pair_lattice<max_count, bool_or>), versioned_set, deleted_beats_present,
                   (sum_lattice<max_count, max_count>), (maximals<std::uint32_t, divides>),
                   map_of_pairs, lex_of_maps) {
  STATIC_REQUIRE(decomposable<TestType>);
  for (std::uint64_t seed = 0; seed < 1500; ++seed) {
    INFO("seed " << seed);
    seeded_random random(seed);
    TestType a = random_value<TestType>(random);
    const TestType b = random_value<TestType>(random);
    const TestType c = random_value<TestType>(random);
    for (const testing::verdict& v :
         {testing::check_lattice_laws(a, b, c), testing::check_parts(a, b),
          testing::check_parts(b, a), testing::check_bytes(a), testing::check_damage(a, random, 6),
          testing::merge_checked(a, b)}) {
      INFO((v ? v->law + ": " + v->detail : ""));
      REQUIRE_FALSE(v);
    }
  }
}

TEST_CASE("map_lattice: a key whose value is bottom is not there") {
  REQUIRE(small_map(7, max_count()) == small_map());
  byte_writer out;
  out.varint(1);
  out.varint(7);
  out.varint(0);
  REQUIRE(from_bytes<small_map>(out.view()).error().code == errc::not_canonical);
}

TEST_CASE("map_lattice: joins of very different sizes are the same either way") {
  small_map large;
  for (std::uint32_t k = 0; k < 2'000; k += 2) {
    large.merge({k, max_count(k + 1)});
  }
  for (const std::uint32_t k : {0U, 1U, 999U, 1'000U, 1'998U, 1'999U, 5'000U}) {
    small_map few(k, max_count(9'999));
    few.merge({3, max_count(1)});
    small_map one = large;
    REQUIRE(one.merge(few));
    small_map other = few;
    REQUIRE(other.merge(large));
    REQUIRE(one == other);
    REQUIRE(one.at(k).value() == 9'999);
    REQUIRE(one.find(k + 10'000) == nullptr);
    REQUIRE(leq(few, one));
    REQUIRE_FALSE(leq(one, few));
    REQUIRE_FALSE(one.merge(few));
  }
}

TEST_CASE("map_lattice: replicas in bytes are bounded before they are read") {
  map_lattice<replica_id, max_count> state;
  for (std::uint64_t i = 0; i < 10; ++i) {
    state.merge({replica_id::from_number(i), max_count(1)});
  }
  limits few;
  few.max_replicas = 9;
  REQUIRE(from_bytes<map_lattice<replica_id, max_count>>(to_bytes(state), few).error().code ==
          errc::limit_exceeded);
}

TEST_CASE("lex_lattice: a higher first takes its second along and drops the other's") {
  versioned_set a{max_count(1), set_lattice<std::string>("old")};
  versioned_set b{max_count(2), {}};
  REQUIRE(a.merge(b));
  REQUIRE(a.second.values().empty());
  versioned_set c{max_count(2), set_lattice<std::string>("new")};
  REQUIRE(a.merge(c));
  REQUIRE(a == c);
}

TEST_CASE("lex_lattice: firsts that are no chain are a mistake that is caught") {
  struct failure {};
  set_assert_handler([](const char*, const char*, int) { throw failure(); });
  lex_lattice<set_lattice<std::string>, bool_or> a{set_lattice<std::string>("a"), bool_or(true)};
  const lex_lattice<set_lattice<std::string>, bool_or> b{set_lattice<std::string>("b"), {}};
  REQUIRE_THROWS_AS(a.merge(b), failure);
  set_assert_handler(nullptr);
}

TEST_CASE("sum_lattice: right beats left, also when it is right's bottom") {
  using either = sum_lattice<max_count, bool_or>;
  either a = either::left(max_count(100));
  REQUIRE(a.merge(either::right(bool_or())));
  REQUIRE(a.as_left() == nullptr);
  REQUIRE_FALSE(a.merge(either::left(max_count(200))));
  REQUIRE(difference(a, either::left(max_count(1))) == a);
}

TEST_CASE("maximals: only what nothing else is above stays") {
  using numbers = maximals<std::uint32_t, divides>;
  numbers n(2);
  REQUIRE(n.merge(numbers(3)));
  REQUIRE(n.merge(numbers(12)));
  REQUIRE(n.values() == std::vector<std::uint32_t>{12});
  REQUIRE_FALSE(n.merge(numbers(4)));
  // 2 stands below 4.
  REQUIRE(from_bytes<numbers>(bytes{2, 2, 4}).error().code == errc::not_canonical);
  bytes many{0x81, 0x20};
  many.resize(2 + 4'097, 1);
  REQUIRE(from_bytes<numbers>(many).error().code == errc::limit_exceeded);
}

TEST_CASE("real: NaN and minus zero do not get in from bytes") {
  using number = max_lattice<double>;
  const auto of = [](double v) {
    byte_writer out;
    out.u8(1);
    out.u64_le(std::bit_cast<std::uint64_t>(v));
    return out.take();
  };
  REQUIRE(from_bytes<number>(of(1.5))->value() == 1.5);
  REQUIRE(from_bytes<number>(of(std::nan(""))).error().code == errc::bad_value);
  REQUIRE(from_bytes<number>(of(-0.0)).error().code == errc::not_canonical);
  REQUIRE(canonical(std::nan("")).error().code == errc::bad_value);
  REQUIRE_FALSE(std::signbit(canonical(-0.0).value()));
}

}  // namespace weft::crdt
