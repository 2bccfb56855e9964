// SPDX-License-Identifier: MIT
// Known pitfalls of each set, and hand-computed vectors.
#include "small_random.hpp"
#include "weft/crdt/types/cl_set.hpp"
#include "weft/crdt/types/g_set.hpp"
#include "weft/crdt/types/lww_element_set.hpp"
#include "weft/crdt/types/or_set.hpp"
#include "weft/crdt/types/rw_or_set.hpp"
#include "weft/crdt/types/two_phase_set.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace weft::crdt {
namespace {

const replica_id a = replica_id::from_number(1);
const replica_id b = replica_id::from_number(2);
using strings = std::vector<std::string>;
using words = or_set<std::string>;

causal_context dots(std::vector<dot> all) {
  return causal_context::of(std::move(all));
}
// Store and context, spelt out.
words spelt(std::vector<std::pair<std::string, dot>> live, std::vector<dot> seen) {
  words::store_type store;
  for (auto& [e, d] : live) {
    store.assign(e, dot_set(d));
  }
  return words({std::move(store), dots(std::move(seen))});
}

}  // namespace

TEST_CASE("or_set: vector 1, an add beats a concurrent remove") {
  words x;
  REQUIRE(on(x, a).add("x"));
  REQUIRE(x == spelt({{"x", {a, 0}}}, {{a, 0}}));
  words y = x;
  const words gone = on(x, a).remove("x");
  REQUIRE(gone == spelt({}, {{a, 0}}));
  const words again = on(y, b).add("x").value();
  REQUIRE(again == spelt({{"x", {b, 0}}}, {{a, 0}, {b, 0}}));
  y.merge(gone);
  x.merge(again);
  REQUIRE(x == spelt({{"x", {b, 0}}}, {{a, 0}, {b, 0}}));
  REQUIRE(x == y);
  REQUIRE(x.values() == strings{"x"});
}

TEST_CASE("or_set: vector 2, a remove that comes before its add still holds") {
  words x;
  x.merge(spelt({}, {{a, 0}}));
  x.merge(spelt({{"x", {a, 0}}}, {{a, 0}}));
  REQUIRE(x == spelt({}, {{a, 0}}));
}

TEST_CASE("or_set: vector 4, a delta with the whole context would delete what it does not hold") {
  words x = spelt({{"p", {a, 0}}, {"q", {a, 1}}}, {{a, 0}, {a, 1}});
  words y = x;
  words wrong = x;
  wrong.merge(spelt({{"z", {a, 2}}}, {{a, 0}, {a, 1}, {a, 2}}));
  REQUIRE(wrong.values() == strings{"z"});
  const words delta = on(x, a).add("z").value();
  REQUIRE(delta == spelt({{"z", {a, 2}}}, {{a, 2}}));
  y.merge(delta);
  REQUIRE(y.values() == strings{"p", "q", "z"});
}

TEST_CASE("or_set: a large set takes small deltas of every kind as a small set does") {
  words x;
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(on(x, a).add("e" + std::to_string(i)));
  }
  words y = x;
  words z = x;
  const words added = on(y, b).add("new").value();
  const words again = on(y, b).add("e7").value();
  const words gone = on(y, b).remove("e8");
  words both = gone;
  both.merge(again);
  both.merge(added);
  for (const words& delta : {gone, again, added, gone}) {
    x.merge(delta);
  }
  z.merge(both);
  REQUIRE(x == y);
  REQUIRE(z == y);
  REQUIRE_FALSE(y.contains("e8"));
  REQUIRE_FALSE(x.merge(gone));
}

TEST_CASE("or_set: small deltas in any order make of a large set what whole states make") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    INFO("seed " << seed);
    small_random random(seed);
    words base;
    for (int i = 0; i < 150; ++i) {
      REQUIRE(on(base, a).add("e" + std::to_string(i)));
    }
    std::vector<words> writers(3, base);
    std::vector<words> deltas;
    for (int i = 0; i < 200; ++i) {
      const std::size_t w = random() % 3;
      auto writer = on(writers[w], replica_id::from_number(10 + w));
      const std::string e = "e" + std::to_string(random() % 170);
      deltas.push_back(random() % 2 == 0 ? writer.remove(e) : writer.add(e).value());
      if (random() % 8 == 0) {
        writers[w].merge(writers[random() % 3]);
      }
    }
    words one_by_one = base;
    for (std::size_t i = deltas.size(); i > 0; --i) {  // shuffled on the way, some twice
      std::swap(deltas[i - 1], deltas[random() % i]);
      one_by_one.merge(deltas[i - 1]);
      one_by_one.merge(deltas[random() % deltas.size()]);
    }
    words all;
    for (const words& w : writers) {
      all.merge(w);
    }
    for (const words& d : deltas) {
      one_by_one.merge(d);
    }
    REQUIRE(one_by_one == all);
  }
}

TEST_CASE("or_set: adding what is there makes a new dot, so it beats a concurrent remove") {
  words x;
  REQUIRE(on(x, a).add("x"));
  words y = x;
  const words again = on(x, a).add("x").value();
  REQUIRE_FALSE(again == words{});
  y.merge(on(y, b).remove("x"));
  y.merge(again);
  REQUIRE(y.contains("x"));
}

TEST_CASE("or_set: an element that is added again and again has one dot of each adder") {
  words x;
  for (int i = 0; i < 100; ++i) {
    REQUIRE(on(x, a).add("x"));
    REQUIRE(on(x, b).add("x"));
  }
  REQUIRE(x.state().store().find("x")->size() == 1);
  words y = x;
  REQUIRE(on(x, a).add("x"));
  REQUIRE(on(y, b).add("x"));
  x.merge(y);
  REQUIRE(x.state().store().find("x")->size() == 2);
}

TEST_CASE("or_set: clear leaves concurrent adds alone") {
  words x;
  REQUIRE(on(x, a).add("old"));
  words y = x;
  REQUIRE(on(y, b).add("new"));
  const words cleared = on(x, a).clear();
  y.merge(cleared);
  REQUIRE(y.values() == strings{"new"});
}

TEST_CASE("or_set: a replica's own dot is never used twice, also when it came back from a peer") {
  words x;
  x.merge(spelt({{"x", {a, 5}}}, {{a, 5}}));  // own dot above a gap
  const words delta = on(x, a).add("y").value();
  REQUIRE(delta.context() == dots({{a, 6}}));
}

TEST_CASE("rw_or_set: vector 3, a remove beats a concurrent add") {
  using set = rw_or_set<std::string>;
  set x;
  REQUIRE(on(x, a).add("x"));
  set y = x;
  REQUIRE(on(x, a).remove("x"));
  REQUIRE(on(y, b).add("x"));
  x.merge(y);
  REQUIRE(x.values().empty());
  const auto* const both = x.state().store().find("x");
  REQUIRE(both != nullptr);
  REQUIRE(both->first == dot_set(dot{a, 1}));   // the remove
  REQUIRE(both->second == dot_set(dot{b, 0}));  // the add that nobody removed
  REQUIRE(x.context() == dots({{a, 0}, {a, 1}, {b, 0}}));
}

TEST_CASE("rw_or_set: removing what is absent beats an add nobody here has seen") {
  using set = rw_or_set<std::string>;
  set x;
  REQUIRE(on(x, a).remove("x"));
  set y;
  REQUIRE(on(y, b).add("x"));
  x.merge(y);
  REQUIRE_FALSE(x.contains("x"));
  REQUIRE(on(x, a).add("x"));  // this one saw the remove
  REQUIRE(x.contains("x"));
}

TEST_CASE("rw_or_set: clear does not beat adds that it has not seen") {
  using set = rw_or_set<std::string>;
  set x;
  REQUIRE(on(x, a).add("x"));
  set y;
  REQUIRE(on(y, b).add("x"));
  const set cleared = on(x, a).clear();
  y.merge(cleared);
  REQUIRE(y.contains("x"));
}

TEST_CASE("two_phase_set: a removed element never comes back") {
  using set = two_phase_set<std::string>;
  set x;
  on(x, a).add("x");
  REQUIRE(on(x, a).remove("x"));
  REQUIRE(on(x, a).add("x") == set{});
  REQUIRE_FALSE(x.contains("x"));
  REQUIRE(x.removed("x"));
  set y;
  on(y, b).add("x");
  y.merge(x);
  REQUIRE_FALSE(y.contains("x"));
}

TEST_CASE("two_phase_set: what is not there cannot be removed") {
  two_phase_set<std::string> x;
  REQUIRE(on(x, a).remove("x").error().code == errc::not_found);
  REQUIRE(x == two_phase_set<std::string>{});
}

TEST_CASE("lww_element_set: a tie is decided by the bias, whatever came first") {
  const auto merged_both_ways = [](auto set) {
    using type = decltype(set);
    type x;
    type y;
    REQUIRE(on(x, b).add_at("x", 7));
    REQUIRE(on(y, a).remove_at("x", 7));
    type xy = x;
    xy.merge(y);
    y.merge(x);
    REQUIRE(xy == y);
    return xy.contains("x");
  };
  REQUIRE(merged_both_ways(lww_element_set<std::string, set_bias::add_wins>{}));
  REQUIRE_FALSE(merged_both_ways(lww_element_set<std::string, set_bias::remove_wins>{}));
}

TEST_CASE("lww_element_set: an older operation changes nothing, also here") {
  lww_element_set<std::string> x;
  REQUIRE(on(x, a).remove_at("x", 9));
  REQUIRE(on(x, a).add_at("x", 8).value() == lww_element_set<std::string>{});
  REQUIRE_FALSE(x.contains("x"));
  REQUIRE(on(x, a).add("x"));
  REQUIRE(x.contains("x"));
  REQUIRE(x.stamp("x") == lamport_stamp{10, a});
}

TEST_CASE("lww_element_set: times outside their range are refused") {
  lww_element_set<std::string> x;
  REQUIRE(on(x, a).add_at("x", 0).error().code == errc::bad_value);
  REQUIRE(on(x, a).add_at("x", max_lamport + 1).error().code == errc::overflow);
  REQUIRE(x == lww_element_set<std::string>{});
  REQUIRE(on(x, a).add_at("x", max_lamport));
  REQUIRE(on(x, a).remove("x").error().code == errc::overflow);
  REQUIRE(x.contains("x"));
}

TEST_CASE("cl_set: vector 9, the longer history wins") {
  using set = cl_set<std::string>;
  set all;
  REQUIRE(on(all, a).add("e"));
  set x = all;
  set y = all;
  REQUIRE(on(x, a).remove("e"));
  REQUIRE(on(y, b).add("e").value() == set{});  // it is there: no effect
  x.merge(y);
  REQUIRE(x.length("e") == 2);
  REQUIRE_FALSE(x.contains("e"));

  set z = all;
  set w = all;
  REQUIRE(on(z, a).remove("e"));
  REQUIRE(on(z, a).add("e"));
  REQUIRE(on(w, b).remove("e"));
  z.merge(w);
  REQUIRE(z.length("e") == 3);
  REQUIRE(z.contains("e"));
}

TEST_CASE("cl_set: a removed element keeps its number, so old states cannot bring it back") {
  using set = cl_set<std::string>;
  set x;
  const set added = on(x, a).add("e").value();
  REQUIRE(on(x, a).remove("e"));
  REQUIRE_FALSE(x.merge(added));
  REQUIRE_FALSE(x.contains("e"));
}

TEST_CASE("g_set: adding what is there sends nothing") {
  g_set<std::string> x;
  REQUIRE(on(x, a).add("x") == x);
  REQUIRE(on(x, b).add("x") == g_set<std::string>{});
}

#ifdef __SANITIZE_ADDRESS__
constexpr int many_cycles = 100'000;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr int many_cycles = 100'000;
#else
constexpr int many_cycles = 1'000'000;
#endif
#else
constexpr int many_cycles = 1'000'000;
#endif

TEST_CASE("sets: a million cycles of add and remove leave no trace but counters", "[long]") {
  words x;
  REQUIRE(on(x, a).add("keep"));
  const std::size_t before = to_bytes(x).size();
  words far = x;  // gets every delta
  rw_or_set<std::string> y;
  cl_set<std::string> z;
  for (int i = 0; i < many_cycles; ++i) {
    far.merge(on(x, a).add("come and go").value());
    far.merge(on(x, a).remove("come and go"));
    REQUIRE_NOTHROW(on(y, a).add("come and go").value());
    REQUIRE_NOTHROW(on(y, a).remove("come and go").value());
    REQUIRE_NOTHROW(on(z, a).add("come and go").value());
    REQUIRE_NOTHROW(on(z, a).remove("come and go").value());
  }
  REQUIRE(far == x);
  REQUIRE(to_bytes(x).size() <= before + 4);  // the count of dots; which of them is told
  REQUIRE(to_bytes(y).size() <= 1 + 16 + 4 + 1 + 12 + 5);
  REQUIRE(to_bytes(z).size() <= 1 + 12 + 3);
}

}  // namespace weft::crdt
