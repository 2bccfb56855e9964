// SPDX-License-Identifier: MIT
// The laws of every standalone type, on random reachable states. A failure prints its seed.
#include "small_random.hpp"
#include "weft/crdt/types/g_counter.hpp"
#include "weft/crdt/types/lww_register.hpp"
#include "weft/crdt/types/mv_register.hpp"
#include "weft/crdt/types/or_set.hpp"
#include "weft/crdt/types/pn_counter.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace weft::crdt {
namespace {

using rng = small_random;

// One random mutation; returns its delta.
g_counter mutate(g_counter& s, const replica_id& me, rng& random) {
  return on(s, me).increment(random() % 5).value();
}
pn_counter mutate(pn_counter& s, const replica_id& me, rng& random) {
  auto writer = on(s, me);
  return (random() % 2 == 0 ? writer.increment(random() % 5) : writer.decrement(random() % 5))
      .value();
}
lww_register<std::string> mutate(lww_register<std::string>& s, const replica_id& me, rng& random) {
  return on(s, me).write(std::string(1, static_cast<char>('a' + random() % 4))).value();
}
mv_register<std::uint32_t> mutate(mv_register<std::uint32_t>& s, const replica_id& me,
                                  rng& random) {
  auto writer = on(s, me);
  return random() % 6 == 0 ? writer.clear()
                           : writer.write(static_cast<std::uint32_t>(random() % 4)).value();
}
or_set<std::string> mutate(or_set<std::string>& s, const replica_id& me, rng& random) {
  auto writer = on(s, me);
  const std::string e(1, static_cast<char>('a' + random() % 4));
  switch (random() % 8) {
    case 0:
      return writer.clear();
    case 1:
    case 2:
    case 3:
      return writer.remove(e);
    default:
      return writer.add(e).value();
  }
}

template <class T>
T joined(T a, const T& b) {
  a.merge(b);
  return a;
}

// A few replicas that mutate, send deltas, lose, repeat and delay them.
template <class T>
struct run {
  std::vector<T> replicas = std::vector<T>(3);
  std::vector<T> in_flight;
  rng random;

  explicit run(unsigned seed) : random(seed) {}

  void step() {
    const std::size_t i = random() % replicas.size();
    T& state = replicas[i];
    const T before = state;
    const auto choice = random() % 6;
    if (choice < 3) {
      const T delta = mutate(state, replica_id::from_number(i + 1), random);
      REQUIRE(leq(before, state));                  // inflation
      REQUIRE(joined(before, delta) == state);      // delta law
      REQUIRE(delta == difference(state, before));  // minimal
      in_flight.push_back(delta);
    } else if (choice < 5 && !in_flight.empty()) {
      const std::size_t k = random() % in_flight.size();
      const bool changed = state.merge(in_flight[k]);
      REQUIRE(changed == (state != before));
      if (random() % 3 != 0) {
        in_flight.erase(in_flight.begin() + static_cast<std::ptrdiff_t>(k));
      }
    } else {
      state.merge(replicas[random() % replicas.size()]);
    }
  }
};

template <class T>
void check_laws(const T& a, const T& b, const T& c) {
  REQUIRE(joined(a, a) == a);
  REQUIRE(joined(a, b) == joined(b, a));
  REQUIRE(joined(joined(a, b), c) == joined(a, joined(b, c)));
  REQUIRE(joined(a, T{}) == a);
  REQUIRE(leq(a, b) == (joined(b, a) == b));
  const T d = difference(a, b);
  REQUIRE(joined(b, d) == joined(b, a));
  REQUIRE(leq(d, a));
  T whole;
  a.for_each_irreducible([&](const T& part) { whole.merge(part); });
  REQUIRE(whole == a);
}

template <class T>
void check_bytes(const T& a, rng& random) {
  const bytes encoded = to_bytes(a);
  const result<T> again = from_bytes<T>(encoded);
  REQUIRE(again);
  REQUIRE(*again == a);
  // Cut or changed bytes are an error or another state in canonical form, nothing else.
  for (std::size_t cut = 0; cut < encoded.size(); ++cut) {
    REQUIRE_FALSE(from_bytes<T>(byte_view{encoded}.first(cut)));
  }
  for (int i = 0; i < 8 && !encoded.empty(); ++i) {
    bytes damaged = encoded;
    damaged[random() % damaged.size()] ^= static_cast<std::uint8_t>(1U << (random() % 8));
    const result<T> read = from_bytes<T>(damaged);
    if (read) {
      REQUIRE(to_bytes(*read) == damaged);
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("standalone types: laws hold on random reachable states", "", g_counter,
                   pn_counter, lww_register<std::string>, mv_register<std::uint32_t>,
                   or_set<std::string>) {
  STATIC_REQUIRE(delta_crdt<TestType>);
  for (unsigned seed = 0; seed < 300; ++seed) {
    INFO("seed " << seed);
    run<TestType> r(seed);
    for (int i = 0; i < 25; ++i) {
      r.step();
    }
    check_laws(r.replicas[0], r.replicas[1], r.replicas[2]);
    check_bytes(r.replicas[seed % 3], r.random);
    // At rest all agree, in value and in bytes.
    for (TestType& a : r.replicas) {
      for (const TestType& b : r.replicas) {
        a.merge(b);
      }
    }
    for (TestType& a : r.replicas) {
      a.merge(r.replicas.back());
      REQUIRE(to_bytes(a) == to_bytes(r.replicas.back()));
    }
  }
}

namespace {

// The specification of a set as a function of what happened: every operation with what it had seen.
struct set_event {
  bool add = false;
  std::string element;
  std::vector<bool> seen;  // by event number
};

}  // namespace

TEST_CASE("or_set: holds what some add put in and no remove had seen") {
  for (unsigned seed = 0; seed < 500; ++seed) {
    INFO("seed " << seed);
    rng random(seed);
    std::vector<or_set<std::string>> states(3);
    std::vector<std::vector<bool>> seen(3);
    std::vector<set_event> events;
    for (int i = 0; i < 40; ++i) {
      const std::size_t r = random() % 3;
      const std::string e(1, static_cast<char>('a' + random() % 3));
      if (random() % 3 == 0) {
        const std::size_t other = random() % 3;
        states[r].merge(states[other]);
        seen[r].resize(events.size());
        seen[other].resize(events.size());
        for (std::size_t k = 0; k < events.size(); ++k) {
          seen[r][k] = seen[r][k] || seen[other][k];
        }
      } else {
        seen[r].resize(events.size());
        const bool add = random() % 2 == 0;
        events.push_back({add, e, seen[r]});
        seen[r].push_back(true);
        auto writer = on(states[r], replica_id::from_number(r));
        if (add) {
          REQUIRE(writer.add(e));
        } else {
          writer.remove(e);
        }
      }
      // Oracle, by brute force over the events that this replica has seen.
      std::set<std::string> expected;
      seen[r].resize(events.size());
      for (std::size_t a = 0; a < events.size(); ++a) {
        bool alive = seen[r][a] && events[a].add;
        for (std::size_t k = 0; k < events.size() && alive; ++k) {
          alive = !(seen[r][k] && !events[k].add && events[k].element == events[a].element &&
                    a < events[k].seen.size() && events[k].seen[a]);
        }
        if (alive) {
          expected.insert(events[a].element);
        }
      }
      const auto values = states[r].values();
      REQUIRE(std::set<std::string>(values.begin(), values.end()) == expected);
    }
  }
}

}  // namespace weft::crdt
