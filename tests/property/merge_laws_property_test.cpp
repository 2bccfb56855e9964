// SPDX-License-Identifier: MIT
// The standalone types against what they mean, over random runs that RapidCheck shrinks. A failure
// prints its seed and the shortest run; RC_PARAMS="seed=..." replays it.
#include "weft/crdt/types/g_counter.hpp"
#include "weft/crdt/types/lww_register.hpp"
#include "weft/crdt/types/mv_register.hpp"
#include "weft/crdt/types/or_set.hpp"
#include "weft/crdt/types/pn_counter.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstdint>
#include <rapidcheck.h>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace weft::crdt {
namespace {

constexpr std::size_t replica_count = 3;

// What happens next: `who` writes `argument` by kind, or takes a delta or a state that is under
// way.
using step = std::tuple<std::uint8_t, std::uint8_t, std::uint8_t>;  // who, what, argument
using steps = std::vector<step>;

replica_id id_of(std::size_t replica) {
  return replica_id::from_number(replica + 1);
}

// Runs the steps; `write(state, me, argument)` mutates and returns the delta. Deltas arrive in any
// order, late, twice or never; whole states arrive as well. Afterwards everybody merges everybody.
template <class T, class Write>
std::array<T, replica_count> play(const steps& run, Write&& write) {
  std::array<T, replica_count> states;
  std::vector<T> under_way;
  for (const auto& [who, what, argument] : run) {
    T& state = states[who % replica_count];
    if (what % 4 < 2) {
      under_way.push_back(write(state, who % replica_count, argument));
    } else if (what % 4 == 2 && !under_way.empty()) {
      state.merge(under_way[argument % under_way.size()]);
    } else {
      state.merge(states[argument % replica_count]);
    }
  }
  for (int round = 0; round < 2; ++round) {
    for (T& a : states) {
      for (const T& b : states) {
        a.merge(b);
      }
    }
  }
  return states;
}

template <class T>
void expect_agreement(const std::array<T, replica_count>& states) {
  for (const T& state : states) {
    RC_ASSERT(to_bytes(state) == to_bytes(states[0]));
    RC_ASSERT(from_bytes<T>(to_bytes(state)).value() == state);
  }
}

}  // namespace

TEST_CASE("g_counter: ends everywhere at the sum of all additions") {
  CHECK(rc::check("g_counter", [](const steps& run) {
    std::uint64_t sum = 0;
    const auto states = play<g_counter>(run, [&](g_counter& s, std::size_t me, std::uint8_t n) {
      sum += n;
      return on(s, id_of(me)).increment(n).value();
    });
    expect_agreement(states);
    RC_ASSERT(states[0].value() == sum);
  }));
}

TEST_CASE("pn_counter: ends everywhere at additions minus subtractions") {
  CHECK(rc::check("pn_counter", [](const steps& run) {
    std::int64_t sum = 0;
    const auto states = play<pn_counter>(run, [&](pn_counter& s, std::size_t me, std::uint8_t n) {
      auto writer = on(s, id_of(me));
      if (n % 2 == 0) {
        sum += n;
        return writer.increment(n).value();
      }
      sum -= n;
      return writer.decrement(n).value();
    });
    expect_agreement(states);
    RC_ASSERT(states[0].value() == sum);
  }));
}

TEST_CASE("lww_register: ends everywhere at the write with the greatest stamp") {
  CHECK(rc::check("lww_register", [](const steps& run) {
    using state_type = lww_register<std::uint32_t>;
    state_type greatest;
    const auto states = play<state_type>(run, [&](state_type& s, std::size_t me, std::uint8_t n) {
      auto delta = on(s, id_of(me)).write(n).value();
      if (greatest.stamp() < delta.stamp()) {
        greatest = delta;
      }
      return delta;
    });
    expect_agreement(states);
    RC_ASSERT(states[0] == greatest);
  }));
}

TEST_CASE("mv_register: what stands at the end was written, and somebody who saw all wins") {
  CHECK(rc::check("mv_register", [](const steps& run) {
    using state_type = mv_register<std::uint32_t>;
    std::set<std::uint32_t> written;
    auto states = play<state_type>(run, [&](state_type& s, std::size_t me, std::uint8_t n) {
      written.insert(n);
      return on(s, id_of(me)).write(n).value();
    });
    expect_agreement(states);
    for (const std::uint32_t v : states[0].values()) {
      RC_ASSERT(written.contains(v));
    }
    RC_ASSERT(states[0].values().empty() == written.empty());
    const auto last = on(states[0], id_of(0)).write(1000).value();
    states[1].merge(last);
    RC_ASSERT(states[1].values() == std::vector<std::uint32_t>{1000});
  }));
}

TEST_CASE("or_set: every replica agrees, and the difference of two states is all that is missing") {
  CHECK(rc::check("or_set", [](const steps& run) {
    using state_type = or_set<std::string>;
    const auto write = [](state_type& s, std::size_t me, std::uint8_t n) {
      auto writer = on(s, id_of(me));
      const std::string e(1, static_cast<char>('a' + n % 4));
      return n % 16 < 8 ? writer.add(e).value() : writer.remove(e);
    };
    expect_agreement(play<state_type>(run, write));

    state_type a;
    state_type b;
    for (const auto& [who, what, argument] : run) {
      write(who % 2 == 0 ? a : b, who % 2, argument);
      if (what % 8 == 0) {
        a.merge(b);
      }
    }
    state_type joined = b;
    joined.merge(a);
    b.merge(difference(a, b));
    RC_ASSERT(b == joined);
  }));
}

}  // namespace weft::crdt
