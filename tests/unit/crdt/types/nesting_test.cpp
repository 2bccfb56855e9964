// SPDX-License-Identifier: MIT
// Causal types inside or_map, two levels deep: laws on random runs, and one context for all.
#include "support/types/or_map_subject.hpp"
#include "weft/crdt/types/rw_or_set.hpp"
#include "weft/testing/random_laws.hpp"

#include <catch2/catch.hpp>

namespace weft::tests {
namespace {

using crdt::on;

// Keys that hold what `Inner` is, which has a `state` and operations of its own. No specification:
// the laws are what is asked.
template <class Inner>
struct map_of {
  using state = crdt::or_map<std::uint32_t, typename Inner::state>;
  struct op {
    std::uint32_t key = 0;
    int what =
        0;  ///< 0: the inner one, 1: ensure, 2: erase, 3: create, 4: inner on the last object
    typename Inner::op inner{};
    friend bool operator==(const op&, const op&) = default;
  };
  static std::vector<op> alphabet() {
    std::vector<op> all{{1, 1, {}}, {1, 2, {}}, {2, 2, {}}, {1, 3, {}}};
    for (const auto& inner : Inner::alphabet()) {
      all.push_back({1, 0, inner});
      all.push_back({2, 0, inner});
      all.push_back({1, 4, inner});
    }
    return all;
  }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    auto writer = on(s, me);
    const auto inner = [&](auto part) { return Inner::act(part, o.inner); };
    switch (o.what) {
      case 0:
        return writer.apply(o.key, inner);
      case 1:
        return writer.ensure(o.key);
      case 2:
        return writer.erase(o.key);
      case 3:
        return writer.create(o.key);
      default: {
        const auto objects = s.objects(o.key);
        if (objects.empty() || !objects.back()) {
          return crdt::unexpected(crdt::errc::not_found, 0, "object");
        }
        return writer.apply(o.key, *objects.back(), inner);
      }
    }
  }
  template <class Mutator>
  static crdt::result<state> act(Mutator& writer, const op& o) {
    const auto inner = [&](auto part) { return Inner::act(part, o.inner); };
    return o.what == 2   ? crdt::result<state>(writer.erase(o.key))
           : o.what == 0 ? writer.apply(o.key, inner)
                         : writer.ensure(o.key);
  }
  static std::string name(const op& o) {
    return std::to_string(o.what) + "(" + std::to_string(o.key) + ")";
  }
  static std::string shown(const state& s) { return braced(s.keys()); }
};

template <class Set>
struct set_inside {
  using state = Set;
  using op = set_op;
  static std::vector<op> alphabet() { return {{set_kind::add, 1}, {set_kind::remove, 1}}; }
  template <class Mutator>
  static crdt::result<state> act(Mutator& writer, const op& o) {
    return o.what == set_kind::add ? crdt::result<state>(writer.add(o.element))
                                   : crdt::result<state>(writer.remove(o.element));
  }
};

using sets = set_inside<crdt::or_set<std::uint32_t>>;
using strict_sets = set_inside<crdt::rw_or_set<std::uint32_t>>;

}  // namespace

TEMPLATE_TEST_CASE("or_map: laws hold for nested types", "[long]", map_of<sets>,
                   map_of<strict_sets>, map_of<map_of<sets>>) {
  STATIC_REQUIRE(crdt::nestable<typename TestType::state>);
  REQUIRE(testing::check_random_laws<TestType>({.runs = 1'000}) == testing::none);
}

TEST_CASE("or_map: however deep, one context serves the whole") {
  using deep =
      crdt::or_map<std::uint32_t, crdt::or_map<std::uint32_t, crdt::or_set<std::uint32_t>>>;
  const crdt::replica_id me = crdt::replica_id::from_number(1);
  deep x;
  for (std::uint32_t k = 0; k < 100; ++k) {
    REQUIRE(on(x, me).apply(
        k, [&](auto inner) { return inner.apply(k, [&](auto set) { return set.add(k); }); }));
  }
  REQUIRE(x.context().intervals().size() == 1);
  REQUIRE(crdt::to_bytes(x).size() < 100 * 12);  // no 16 bytes of an id per part
  const auto inner = x.find(7);
  REQUIRE(inner->find(7)->values() == std::vector<std::uint32_t>{7});
}

}  // namespace weft::tests
