// SPDX-License-Identifier: MIT
// Bad input of sets, maps and dot stores: each form that is not the canonical one is refused, with
// the error that says why, and a user's own codec takes part.
#include "weft/crdt/types/cl_set.hpp"
#include "weft/crdt/types/g_counter.hpp"
#include "weft/crdt/types/g_map.hpp"
#include "weft/crdt/types/g_set.hpp"
#include "weft/crdt/types/lww_element_set.hpp"
#include "weft/crdt/types/lww_map.hpp"
#include "weft/crdt/types/mv_register.hpp"
#include "weft/crdt/types/or_map.hpp"
#include "weft/crdt/types/or_set.hpp"
#include "weft/crdt/types/two_phase_set.hpp"

#include <catch2/catch.hpp>

#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

namespace {

// What a user needs for elements of their own: an order and a codec.
struct seat {
  std::uint32_t row = 0;
  std::string name;
  friend auto operator<=>(const seat&, const seat&) = default;
};

}  // namespace

template <>
struct weft::crdt::codec<seat> {
  static void encode(byte_writer& out, const seat& v) {
    out.varint(v.row);
    out.sized(v.name);
  }
  static seat decode(byte_reader& in, const limits& bounds) {
    const std::uint32_t row = codec<std::uint32_t>::decode(in, bounds);
    return {row, codec<std::string>::decode(in, bounds)};
  }
};

namespace weft::crdt {
namespace {

using small = std::uint32_t;

// Bytes piece by piece: a number is a varint, an id its 16 bytes.
struct made {
  byte_writer out;
  made& n(std::uint64_t value) {
    out.varint(value);
    return *this;
  }
  made& id(std::uint64_t number) {
    out.raw(byte_view{replica_id::from_number(number).bytes});
    return *this;
  }
};

template <class T>
errc refusal(const made& input, const limits& bounds = {}) {
  const result<T> read = from_bytes<T>(input.out.view(), bounds);
  REQUIRE_FALSE(read);
  return read.error().code;
}

}  // namespace

TEST_CASE("codec: a user's own struct is an element like any other") {
  STATIC_REQUIRE(element<seat>);
  or_set<seat> x;
  const replica_id me = replica_id::from_number(1);
  REQUIRE(on(x, me).add({3, "b"}));
  REQUIRE(on(x, me).add({3, "a"}));
  REQUIRE(from_bytes<or_set<seat>>(to_bytes(x)).value() == x);
  REQUIRE(x.values() == std::vector<seat>{{3, "a"}, {3, "b"}});
}

TEST_CASE("codec: containers of elements come back") {
  const auto round = [](const auto& v) {
    using type = std::decay_t<decltype(v)>;
    g_set<type> set;
    on(set, replica_id::from_number(1)).add(v);
    return from_bytes<g_set<type>>(to_bytes(set)).value().values() == std::vector<type>{v};
  };
  REQUIRE(round(std::pair<small, std::string>{1, "x"}));
  REQUIRE(round(std::optional<std::int64_t>{-3}));
  REQUIRE(round(std::optional<std::int64_t>{}));
  REQUIRE(round(std::vector<std::string>{"", "abc"}));
  REQUIRE(round(bytes{0, 255}));
}

TEST_CASE("or_set: a dot outside of its context, standing twice or out of order is refused") {
  using set = or_set<small>;
  const auto context = [] { return made{}.n(3 << 2).id(1); };
  REQUIRE(from_bytes<set>(context().n(1).n(7).n(2 << 1).out.view()).value().contains(7));
  REQUIRE(refusal<set>(context().n(1).n(7).n(3 << 1)) == errc::malformed);
  REQUIRE(refusal<set>(context().n(2).n(7).n(2 << 1).n(0).n(2 << 1)) == errc::malformed);  // twice
  REQUIRE(from_bytes<set>(context().n(2).n(7).n(2 << 1).n(0).n(1 << 1).out.view())->contains(8));
  REQUIRE(refusal<set>(context().n(1).n(7).n(1)) == errc::not_canonical);       // no dots
  REQUIRE(refusal<set>(context().n(1).n(7).n(3).n(0)) == errc::not_canonical);  // has a short form
  REQUIRE(refusal<set>(context().n(1).n(7).n(5).n(2).n(0)) == errc::malformed);
  REQUIRE(refusal<set>(context().n(1).n(7).n(1'000'000'001)) == errc::truncated);
  REQUIRE(refusal<set>(context().n(1'000'000'000)) == errc::truncated);
  REQUIRE(refusal<set>(context().n(1).n(7).n(0).n(0)) == errc::malformed);  // bytes left
  REQUIRE(refusal<set>(made{}.n(0).n(1).n(7).n(0)) == errc::malformed);     // no context
}

TEST_CASE("or_set: the only dot of a context is not told") {
  using set = or_set<small>;
  const auto context = [] { return made{}.n(1 << 2).id(1); };
  or_set<small> x;
  REQUIRE(on(x, replica_id::from_number(1)).add(7));
  REQUIRE(to_bytes(x) == context().n(1).n(7).out.take());
  REQUIRE(from_bytes<set>(to_bytes(x)).value() == x);
  REQUIRE(refusal<set>(context().n(1).n(7).n(0)) == errc::malformed);  // bytes left
  REQUIRE(refusal<set>(context().n(2).n(7).n(0)) == errc::malformed);  // it stands twice
}

TEST_CASE("dot_fun: numbers that need not be told are refused, and so are missing ones") {
  using reg = mv_register<small>;
  const auto context = [] { return made{}.n(3 << 2).id(1); };
  REQUIRE(from_bytes<reg>(context().n(0).n(9).out.view()).value().values() ==
          std::vector<small>{9});
  REQUIRE(from_bytes<reg>(context().n(2 << 1).n(9).out.view()));
  REQUIRE(from_bytes<reg>(context().n(2 << 2 | 1).n(0).n(9).n(0).n(8).out.view()));
  REQUIRE(from_bytes<reg>(context().n(2 << 2 | 3).n(9).n(8).out.view()));
  REQUIRE(refusal<reg>(context().n(3 << 1).n(9)) == errc::malformed);
  REQUIRE(refusal<reg>(context().n(1 << 2 | 1).n(0).n(9)) == errc::not_canonical);
  REQUIRE(refusal<reg>(context().n(1 << 2 | 3).n(9)) == errc::not_canonical);
  REQUIRE(refusal<reg>(context().n(2 << 2 | 1).n(1).n(9).n(0).n(8)) == errc::not_canonical);
  REQUIRE(refusal<reg>(context().n(2 << 2 | 1).n(2).n(9).n(0).n(8)) == errc::malformed);
  REQUIRE(refusal<reg>(context().n(4 << 2 | 3)) == errc::malformed);
  REQUIRE(refusal<reg>(context().n(3)) == errc::malformed);
}

TEST_CASE("sets without dots: order, empty marks and numbers out of range are refused") {
  REQUIRE(from_bytes<g_set<small>>(made{}.n(6 << 1).out.view()).value().contains(5));
  REQUIRE(refusal<g_set<small>>(made{}.n(1 << 1 | 1).n(5)) == errc::not_canonical);
  REQUIRE(refusal<g_set<small>>(made{}.n((std::uint64_t{1} << 33U) + 2)) == errc::malformed);
  REQUIRE(refusal<g_set<std::string>>(made{}.n(6 << 1)) == errc::malformed);
  REQUIRE(refusal<g_set<small>>(made{}.n(1)) == errc::not_canonical);
  REQUIRE(refusal<g_set<small>>(made{}.n(2 << 1 | 1).n(5).n(0xffff'fffaU)) == errc::malformed);
  REQUIRE(from_bytes<g_set<small>>(made{}.n(2 << 1 | 1).n(5).n(0xffff'fff9U).out.view()));
  REQUIRE(refusal<g_set<bytes>>(made{}.n(2 << 1 | 1).n(0).n(0)) == errc::not_canonical);
  REQUIRE(refusal<g_set<small>>(made{}.n(1'000'000'001)) == errc::truncated);
  REQUIRE(refusal<two_phase_set<small>>(made{}.n(1).n(5).n(2)) == errc::not_canonical);
  REQUIRE(refusal<cl_set<small>>(made{}.n(1).n(5).n(0)) == errc::not_canonical);
  REQUIRE(refusal<cl_set<small>>(made{}.n(1).n(5).n(cl_set<small>::max_length + 1)) ==
          errc::limit_exceeded);
  REQUIRE(refusal<g_map<small, g_counter>>(made{}.n(1).n(5).n(0)) == errc::not_canonical);
}

TEST_CASE("cl_set: a length at its end refuses to grow") {
  using set = cl_set<small>;
  auto full = from_bytes<set>(made{}.n(1).n(5).n(set::max_length).out.view()).value();
  const set before = full;
  REQUIRE(on(full, replica_id::from_number(1)).add(5).error().code == errc::overflow);
  REQUIRE(full == before);
}

TEST_CASE("stamped types: unused replicas, times 0 and times near the end are refused") {
  using set = lww_element_set<small>;
  using map = lww_map<small, small>;
  const auto stamped = [](std::uint64_t time) {
    return made{}.n(1).id(1).n(1).n(5).n(time << 1 | 1);
  };
  REQUIRE(from_bytes<set>(stamped(1).out.view()).value().contains(5));
  REQUIRE(refusal<set>(stamped(0)) == errc::not_canonical);
  REQUIRE(refusal<set>(stamped(max_lamport + 1)) == errc::limit_exceeded);
  REQUIRE(refusal<set>(stamped(1).n(0)) == errc::malformed);  // the only replica has no number
  REQUIRE(refusal<set>(made{}.n(2).id(1).id(2).n(1).n(5).n(3).n(2)) == errc::malformed);
  REQUIRE(refusal<set>(made{}.n(1).id(1).n(0)) == errc::not_canonical);
  REQUIRE(refusal<set>(made{}.n(2).id(1).id(1).n(0)) == errc::not_canonical);
  REQUIRE(from_bytes<map>(stamped(1).n(9).out.view()).value().contains(5));
  REQUIRE(refusal<map>(stamped(0).n(9)) == errc::not_canonical);
  REQUIRE(refusal<map>(stamped(max_lamport + 1).n(9)) == errc::limit_exceeded);

  for (const std::int64_t low : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-3}}) {
    g_set<std::int64_t> far;
    const replica_id me = replica_id::from_number(1);
    for (const std::int64_t e : {low, std::int64_t{0}, std::numeric_limits<std::int64_t>::max()}) {
      on(far, me).add(e);
    }
    REQUIRE(from_bytes<g_set<std::int64_t>>(to_bytes(far)).value() == far);
  }
}

TEST_CASE("or_set: the last dot of a replica is refused without a change") {
  or_set<small> x;
  causal_context nearly;
  const replica_id me = replica_id::from_number(1);
  nearly.insert(me, {0, max_op_count});
  x.merge(or_set<small>({{}, nearly}));
  const or_set<small> before = x;
  REQUIRE(on(x, me).add(1).error().code == errc::overflow);
  REQUIRE(x == before);
  or_map<small, or_set<small>> m;
  m.merge(or_map<small, or_set<small>>({{}, nearly}));
  REQUIRE(on(m, me).ensure(1).error().code == errc::overflow);
  REQUIRE(on(m, me).create(1).error().code == errc::overflow);
  REQUIRE(on(m, me).apply(1, [](auto s) { return s.add(1); }).error().code == errc::overflow);
  REQUIRE(m.keys().empty());
}

TEST_CASE("causal: one dot under two keys (a reused id) converges all the same") {
  using set = or_set<small>;
  const dot d{replica_id::from_number(1), 0};
  const auto with = [&](small e) {
    set::store_type store;
    store.assign(e, dot_set(d));
    return set({std::move(store), causal_context::of({d})});
  };
  REQUIRE(join(with(1), with(2)) == join(with(2), with(1)));
  // The same where one side is large and the other a small delta.
  set large = with(1);
  const replica_id b = replica_id::from_number(2);
  for (small e = 10; e < 200; ++e) {
    REQUIRE(on(large, b).add(e));
  }
  REQUIRE(join(large, with(2)) == join(with(2), large));
}

}  // namespace weft::crdt
