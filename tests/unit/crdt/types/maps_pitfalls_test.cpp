// SPDX-License-Identifier: MIT
// Known pitfalls of each map, and hand-computed vectors.
#include "weft/crdt/types/g_counter.hpp"
#include "weft/crdt/types/g_map.hpp"
#include "weft/crdt/types/lww_map.hpp"
#include "weft/crdt/types/or_map.hpp"
#include "weft/crdt/types/or_set.hpp"
#include "weft/crdt/types/pn_counter.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace weft::crdt {
namespace {

const replica_id a = replica_id::from_number(1);
const replica_id b = replica_id::from_number(2);
using strings = std::vector<std::string>;
using words = or_set<std::string>;
using groups = or_map<std::string, words>;

auto adds(const std::string& word) {
  return [word](auto set) { return set.add(word); };
}
auto removes(const std::string& word) {
  return [word](auto set) { return set.remove(word); };
}

}  // namespace

TEST_CASE("or_map: vector 7, an update survives a concurrent erasure, and only that update") {
  groups x;
  REQUIRE(on(x, a).apply("k", adds("old")));
  groups y = x;
  const groups erased = on(x, a).erase("k");
  const groups added = on(y, b).apply("k", adds("new")).value();
  x.merge(added);
  y.merge(erased);
  REQUIRE(x == y);
  REQUIRE(x.find("k")->values() == strings{"new"});
}

TEST_CASE("or_map: vector 8, a set that became empty leaves no entry") {
  groups x;
  REQUIRE(on(x, a).apply("k", adds("v")));
  REQUIRE(on(x, a).apply("k", removes("v")));
  REQUIRE_FALSE(x.contains("k"));
  REQUIRE(x.keys().empty());
}

TEST_CASE("or_map: a key that was ensured stays when its value becomes empty") {
  groups x;
  REQUIRE(on(x, a).ensure("k"));
  REQUIRE(x.contains("k"));
  REQUIRE(x.find("k")->empty());
  REQUIRE(on(x, a).apply("k", adds("v")));
  REQUIRE(on(x, a).apply("k", removes("v")));
  REQUIRE(x.contains("k"));
  on(x, a).erase("k");
  REQUIRE_FALSE(x.contains("k"));
}

TEST_CASE("or_map: replicas that ensure a key at the same time share one object") {
  groups x;
  groups y;
  REQUIRE(on(x, a).ensure("k"));
  REQUIRE(on(x, a).apply("k", adds("of a")));
  REQUIRE(on(y, b).ensure("k"));
  REQUIRE(on(y, b).apply("k", adds("of b")));
  x.merge(y);
  REQUIRE(x.objects("k").size() == 1);
  REQUIRE(x.find("k")->values() == strings{"of a", "of b"});
}

TEST_CASE("or_map: replicas that create at the same time have two objects until somebody chooses") {
  groups x;
  groups y;
  const groups of_a = on(x, a).create("k").value();
  const dot mine = of_a.objects("k").back().value();
  REQUIRE(on(x, a).apply("k", mine, adds("of a")));
  REQUIRE(on(y, b).create("k"));
  const dot theirs = y.objects("k").back().value();
  REQUIRE(on(y, b).apply("k", theirs, adds("of b")));
  x.merge(y);
  REQUIRE(x.objects("k") == std::vector<std::optional<dot>>{mine, theirs});
  REQUIRE(x.find("k", mine)->values() == strings{"of a"});
  REQUIRE(x.find("k", theirs)->values() == strings{"of b"});
  REQUIRE(x.keys() == strings{"k"});
  REQUIRE(on(x, a).create("k"));  // replaces what it saw
  REQUIRE(x.objects("k").size() == 1);
  REQUIRE(on(x, a).apply("k", mine, adds("late")).error().code == errc::not_found);
  on(x, a).erase("k");
  REQUIRE_FALSE(x.contains("k"));
}

TEST_CASE("or_map: all keys of one delta are joined with the context as it was before") {
  // A context that grew with the first key would make the second one's dots look seen and removed.
  groups x;
  groups y;
  REQUIRE(on(y, b).apply("j", adds("1")));
  REQUIRE(on(y, b).apply("k", adds("2")));
  REQUIRE(on(y, b).apply("l", adds("3")));
  x.merge(y);
  REQUIRE(x.keys() == strings{"j", "k", "l"});
  REQUIRE(x == y);
}

TEST_CASE("or_map: a mutation of one key deletes nothing under others") {
  groups x;
  REQUIRE(on(x, a).apply("j", adds("1")));
  groups y = x;
  const groups delta = on(x, a).apply("k", adds("2")).value();
  REQUIRE(delta.context() == causal_context::of({{a, 1}}));
  y.merge(delta);
  REQUIRE(y.keys() == strings{"j", "k"});
}

TEST_CASE("or_map: a refused mutation changes nothing and makes no key") {
  groups x;
  REQUIRE(on(x, a).apply("j", adds("1")));
  const groups before = x;
  const auto refuse = [](auto) -> result<words> {
    return unexpected(errc::bad_value, 0, "for the test");
  };
  REQUIRE(on(x, a).apply("k", refuse).error().code == errc::bad_value);
  REQUIRE(on(x, a).apply("j", refuse).error().code == errc::bad_value);
  REQUIRE(x == before);
}

TEST_CASE("or_map: a key that is ensured again and again has one dot for it") {
  groups x;
  for (int i = 0; i < 100; ++i) {
    REQUIRE(on(x, a).ensure("k"));
  }
  REQUIRE(x.state().store().find({"k", std::nullopt})->first.size() == 1);
}

TEST_CASE("or_map: erasing an absent key is remembered by nobody") {
  groups x;
  REQUIRE(on(x, a).erase("k") == groups{});
}

TEST_CASE("or_map: many cycles of use and erasure leave nothing but counters") {
  groups x;
  REQUIRE(on(x, a).apply("keep", adds("v")));
  const std::size_t before = to_bytes(x).size();
  for (int i = 0; i < 20'000; ++i) {
    REQUIRE(on(x, a).apply("come and go", adds("v")));
    REQUIRE(on(x, a).ensure("come and go"));
    on(x, a).erase("come and go");
  }
  REQUIRE(to_bytes(x).size() <= before + 3);  // longer numbers
}

TEST_CASE("lww_map: of a set and an erasure at the same time the greater stamp wins") {
  using map = lww_map<std::string, std::string>;
  map x;
  REQUIRE(on(x, a).set("k", "old"));
  map y = x;
  REQUIRE(on(x, a).set("k", "new"));
  REQUIRE(on(y, b).erase("k"));
  x.merge(y);
  y.merge(x);
  REQUIRE(x == y);
  REQUIRE_FALSE(x.contains("k"));  // equal times, b is the greater replica
  REQUIRE(on(x, a).set("k", "again"));
  REQUIRE(*x.find("k") == "again");
}

TEST_CASE("lww_map: an erased key keeps its stamp, so an old write cannot bring it back") {
  using map = lww_map<std::string, std::string>;
  map x;
  const map old = on(x, a).set("k", "old").value();
  REQUIRE(on(x, a).erase("k"));
  REQUIRE_FALSE(x.merge(old));
  REQUIRE(x.values().empty());
}

TEST_CASE("lww_map: one stamp with two values still converges") {
  using map = lww_map<std::string, std::string>;
  map x;
  map y;
  REQUIRE(on(x, a).set("k", "one"));
  REQUIRE(on(y, a).set("k", "two"));
  map xy = x;
  xy.merge(y);
  y.merge(x);
  REQUIRE(xy == y);
  REQUIRE(*y.find("k") == "two");
}

TEST_CASE("g_map: values join, and an empty value makes no key") {
  using map = g_map<std::string, g_counter>;
  map x;
  map y;
  const auto counts = [](std::uint64_t n) { return [n](auto c) { return c.increment(n); }; };
  REQUIRE(on(x, a).apply("k", counts(2)));
  REQUIRE(on(y, b).apply("k", counts(3)));
  REQUIRE(on(y, b).apply("nothing", counts(0)).value() == map{});
  x.merge(y);
  REQUIRE(x.find("k")->value() == 5);
  REQUIRE_FALSE(x.contains("nothing"));
  g_counter of_a;
  REQUIRE(on(of_a, a).increment(7));
  REQUIRE(on(x, a).join("k", of_a).find("k")->value() == 7);  // what was missing, no more
  REQUIRE(x.find("k")->value() == 10);
  REQUIRE(on(x, a).join("k", of_a) == map{});
}

namespace {

// A lattice of a user: the longest word, in five members.
struct longest {
  std::string word;
  bool merge(const longest& other) {
    const bool changed = !leq(other, *this);
    if (changed) word = other.word;
    return changed;
  }
  friend bool leq(const longest& x, const longest& y) {
    return x.word.size() != y.word.size() ? x.word.size() < y.word.size() : x.word <= y.word;
  }
  void encode(byte_writer& out) const { out.sized(word); }
  static result<longest> decode(byte_reader& in, const limits& bounds = {}) {
    longest l{codec<std::string>::decode(in, bounds)};
    if (in.failed()) return in.failure();
    return l;
  }
  friend bool operator==(const longest&, const longest&) = default;
};

}  // namespace

TEST_CASE("g_map: a user's own lattice is a value like any other") {
  STATIC_REQUIRE(lattice<longest>);
  using map = g_map<std::string, longest>;
  map x;
  map y;
  on(x, a).join("k", {"short"});
  on(y, b).join("k", {"longer"});
  x.merge(y);
  REQUIRE(x.find("k")->word == "longer");
  REQUIRE(join(y, x) == x);
  REQUIRE(from_bytes<map>(to_bytes(x)).value() == x);
  REQUIRE(hash(x) == hash(join(y, x)));
}

}  // namespace weft::crdt
