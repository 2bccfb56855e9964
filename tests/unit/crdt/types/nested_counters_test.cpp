// SPDX-License-Identifier: MIT
// Counters, registers and flags inside or_map: they share its context and go with their key.
#include "support/types/counter_op.hpp"
#include "support/types/traces.hpp"
#include "weft/crdt/types/causal_counter.hpp"
#include "weft/crdt/types/dw_flag.hpp"
#include "weft/crdt/types/ew_flag.hpp"
#include "weft/crdt/types/mv_register.hpp"
#include "weft/crdt/types/or_map.hpp"
#include "weft/crdt/types/resettable_counter.hpp"
#include "weft/testing/random_laws.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

namespace weft::tests {
namespace {

using crdt::on;
using crdt::replica_id;

const replica_id a = replica_id::from_number(1);
const replica_id b = replica_id::from_number(2);

// A map of counters whose `reset` erases the key. A key shows what its standing steps are worth;
// with `Running` a step replaces the last standing one of its replica and tells their total.
template <class Counter, bool Running>
struct map_of_counters {
  using state = crdt::or_map<std::uint32_t, Counter>;
  struct op {
    std::uint32_t key = 0;
    counter_op step;
    friend bool operator==(const op&, const op&) = default;
  };

  static std::vector<op> alphabet() {
    return {{1, counter_op::increment(1)},
            {2, counter_op::increment(5)},
            {1, counter_op::decrement(3)},
            {1, counter_op::reset()},
            {2, counter_op::reset()}};
  }
  static crdt::result<state> apply(state& s, const replica_id& me, const op& o) {
    if (o.step.resets()) {
      return on(s, me).erase(o.key);
    }
    return on(s, me).apply(o.key, [&](auto writer) { return act<Counter>(writer, o.step); });
  }
  static std::string name(const op& o) { return std::to_string(o.key) + " " + name_of(o.step); }
  static std::string shown(const state& s) {
    std::string out;
    for (const std::uint32_t key : s.keys()) {
      out += std::to_string(key) + ": " + std::to_string(s.find(key)->value()) + " ";
    }
    return out;
  }
  static std::string expected(const testing::history<op>& h) {
    const auto about = [&](std::size_t k, std::size_t e) {
      const auto& later = h.events[k];
      const auto& earlier = h.events[e];
      return later.op.key == earlier.op.key &&
             (later.op.step.resets() || (Running && later.replica == earlier.replica));
    };
    std::vector<std::int64_t> total(h.events.size());
    std::map<std::uint32_t, std::int64_t> values;
    for (std::size_t e = 0; e < h.events.size(); ++e) {
      const op& o = h.events[e].op;
      if (o.step.resets()) {
        continue;
      }
      total[e] = o.step.step();
      for (std::size_t last = 0; Running && last < e; ++last) {
        const bool same = h.events[last].replica == h.events[e].replica &&
                          h.events[last].op.key == o.key && !h.events[last].op.step.resets();
        total[e] += same && stands(h, last, h.events[e].seen, about) ? total[last] : 0;
      }
      if (stands(h, e, h.visible, about)) {
        values[o.key] += total[e];
      }
    }
    std::string out;
    for (const auto& [key, value] : values) {
      out += std::to_string(key) + ": " + std::to_string(value) + " ";
    }
    return out;
  }
};

using map_of_causal_counters = map_of_counters<crdt::causal_counter, true>;
using map_of_resettable_counters = map_of_counters<crdt::resettable_counter, false>;

}  // namespace

TEMPLATE_TEST_CASE("or_map of counters: laws and specification hold on random runs", "",
                   map_of_causal_counters, map_of_resettable_counters) {
  REQUIRE(testing::check_random_laws<TestType>() == testing::none);
}

TEST_CASE("counters, registers and flags can be nested") {
  STATIC_REQUIRE(crdt::nestable<crdt::causal_counter>);
  STATIC_REQUIRE(crdt::nestable<crdt::resettable_counter>);
  STATIC_REQUIRE(crdt::nestable<crdt::reset_wins_counter>);
  STATIC_REQUIRE(crdt::nestable<crdt::mv_register<std::string>>);
  STATIC_REQUIRE(crdt::nestable<crdt::ew_flag>);
  STATIC_REQUIRE(crdt::nestable<crdt::dw_flag>);
}

TEST_CASE("or_map of counters: erased and counted again, a key starts from zero") {
  crdt::or_map<std::string, crdt::causal_counter> x;
  const auto add = [](std::uint64_t n) {
    return [n](auto counter) { return counter.increment(n); };
  };
  REQUIRE(on(x, a).apply("k", add(5)));
  auto y = x;
  on(x, a).erase("k");
  REQUIRE(on(x, a).apply("k", add(2)));
  x.merge(y);
  y.merge(x);
  REQUIRE(x.find("k")->value() == 2);
  REQUIRE(x == y);
}

TEST_CASE("or_map of counters: a step that was concurrent with the erasing survives it") {
  crdt::or_map<std::string, crdt::resettable_counter> x;
  REQUIRE(on(x, a).apply("k", [](auto counter) { return counter.increment(5); }));
  auto y = x;
  on(x, a).erase("k");
  REQUIRE(on(y, b).apply("k", [](auto counter) { return counter.increment(1); }));
  x.merge(y);
  REQUIRE(x.find("k")->value() == 1);
}

TEST_CASE("or_map of registers and flags: an error inside leaves the map as it was") {
  crdt::or_map<std::string, crdt::causal_counter> x;
  REQUIRE(on(x, a).apply("k", [](auto counter) { return counter.increment(5); }));
  const auto before = x;
  const auto refused =
      on(x, a).apply("k", [](auto counter) { return counter.increment(~std::uint64_t{0}); });
  REQUIRE(refused.error().code == crdt::errc::overflow);
  REQUIRE(x == before);

  crdt::or_map<std::string, crdt::mv_register<std::string>> fields;
  REQUIRE(on(fields, a).apply("name", [](auto field) { return field.write("Ana"); }));
  auto elsewhere = fields;
  REQUIRE(on(fields, a).apply("name", [](auto field) { return field.write("Anna"); }));
  REQUIRE(on(elsewhere, b).apply("name", [](auto field) { return field.write("Anja"); }));
  fields.merge(elsewhere);
  REQUIRE(fields.find("name")->values() == std::vector<std::string>{"Anja", "Anna"});

  crdt::or_map<std::string, crdt::ew_flag> flags;
  REQUIRE(on(flags, a).apply("pinned", [](auto flag) { return flag.enable(); }));
  REQUIRE(flags.find("pinned")->value());
  REQUIRE(on(flags, a).apply("pinned", [](auto flag) { return flag.disable(); }));
  REQUIRE_FALSE(flags.contains("pinned"));
}

}  // namespace weft::tests
