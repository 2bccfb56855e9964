// SPDX-License-Identifier: MIT
#include "history/walk_order.hpp"

#include "history/causal_graph.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <vector>

namespace weft::crdt {
namespace {

struct plan {
  std::vector<walk_node> nodes;
  std::vector<std::uint32_t> parents;

  void add(std::uint32_t weight, const std::vector<std::uint32_t>& after,
           std::uint32_t replica = 0) {
    parents.insert(parents.end(), after.begin(), after.end());
    nodes.push_back({static_cast<std::uint32_t>(parents.size()), weight, replica});
  }
  [[nodiscard]] std::vector<std::uint32_t> order() const { return walk_order(nodes, parents); }
  [[nodiscard]] std::vector<std::uint32_t> turns() const { return turn_order(nodes, parents); }
};

// Operations that replay takes back and brings in again when nodes are taken in this order.
std::uint64_t moves(const plan& p, const std::vector<std::uint32_t>& order) {
  causal_graph graph;
  std::vector<local_index> last(p.nodes.size());
  std::vector<index_range> back;
  std::vector<index_range> in;
  std::uint64_t sum = 0;
  for (const std::uint32_t n : order) {
    local_frontier after;
    for (std::uint32_t k = n == 0 ? 0 : p.nodes[n - 1].parent_end; k < p.nodes[n].parent_end; ++k) {
      after.push_back(last[p.parents[k]]);
    }
    std::sort(after.begin(), after.end());
    after = graph.dominators(after);
    local_frontier at;
    if (graph.size() != 0) {
      at.push_back(graph.size() - 1);
    }
    graph.diff(at, after, back, in);
    for (const std::vector<index_range>* ranges : {&back, &in}) {
      for (const index_range range : *ranges) {
        sum += range.length();
      }
    }
    const replica_index r = graph.intern(replica_id::from_number(p.nodes[n].replica));
    last[n] = graph.append(r, graph.count(r), 1, after);
  }
  return sum;
}

std::vector<std::uint32_t> as_given(const plan& p) {
  std::vector<std::uint32_t> order(p.nodes.size());
  for (std::uint32_t n = 0; n < order.size(); ++n) {
    order[n] = n;
  }
  return order;
}

// Writers make one change each in turn. Writer w sees the others' changes `lag[w]` rounds late.
plan ladder(std::uint32_t rounds, const std::vector<std::uint32_t>& lag) {
  const auto writers = static_cast<std::uint32_t>(lag.size());
  plan p;
  for (std::uint32_t round = 0; round < rounds; ++round) {
    for (std::uint32_t w = 0; w < writers; ++w) {
      std::vector<std::uint32_t> after;
      for (std::uint32_t other = 0; other < writers; ++other) {
        const std::uint32_t late = other == w ? 1 : lag[w];
        if (round >= late) {
          after.push_back((round - late) * writers + other);
        }
      }
      p.add(1, after, w);
    }
  }
  return p;
}

}  // namespace

TEST_CASE("walk order: the lighter branch is walked to its end, then the heavier one") {
  plan p;
  p.add(1, {});
  p.add(50, {0});  // heavy branch: 1, 3, 5
  p.add(5, {0});   // light branch: 2, 4
  p.add(50, {1});
  p.add(5, {2});
  p.add(50, {3});
  p.add(1, {4, 5});
  CHECK(p.order() == std::vector<std::uint32_t>{0, 2, 4, 1, 3, 5, 6});
}

TEST_CASE("walk order: roots are weighed as well") {
  plan p;
  p.add(90, {});
  p.add(2, {});
  p.add(3, {1});
  p.add(1, {0, 2});
  CHECK(p.order() == std::vector<std::uint32_t>{1, 2, 0, 3});
}

TEST_CASE("walk order: every node comes once and after its parents, on random graphs") {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    plan p;
    const auto count = static_cast<std::uint32_t>(1 + random() % 150);
    for (std::uint32_t n = 0; n < count; ++n) {
      std::vector<std::uint32_t> after;
      for (auto k = random() % 4; n > 0 && k > 0; --k) {
        after.push_back(static_cast<std::uint32_t>(random() % n));  // may name one twice
      }
      const auto weight = static_cast<std::uint32_t>(random() % 10);
      p.add(weight, after, static_cast<std::uint32_t>(random() % 5));
    }
    for (const auto& order : {p.order(), p.turns()}) {
      REQUIRE(order.size() == count);
      std::vector<std::uint32_t> place(count, count);
      for (std::uint32_t i = 0; i < count; ++i) {
        REQUIRE(place[order[i]] == count);
        place[order[i]] = i;
      }
      for (std::uint32_t n = 0; n < count; ++n) {
        for (std::uint32_t k = n == 0 ? 0 : p.nodes[n - 1].parent_end; k < p.nodes[n].parent_end;
             ++k) {
          REQUIRE(place[p.parents[k]] < place[n]);
        }
      }
    }
  }
}

TEST_CASE("turn order: a replica goes on as long as it can, then the other") {
  plan p;
  p.add(1, {}, 0);
  p.add(1, {0}, 1);  // branch of 1: nodes 1, 3
  p.add(1, {0}, 0);  // branch of 0: nodes 2, 4
  p.add(1, {1}, 1);
  p.add(1, {2}, 0);
  p.add(1, {3, 4}, 1);  // sees both
  CHECK(p.turns() == std::vector<std::uint32_t>{0, 2, 4, 1, 3, 5});
}

TEST_CASE("turn order: when a turn ends, the first of those begins that became ready last") {
  plan p;
  p.add(1, {}, 0);
  p.add(1, {}, 1);
  p.add(1, {0}, 2);  // 2, 3 and 4 become ready together; 4 is the replica's own
  p.add(1, {0}, 3);
  p.add(1, {0}, 0);
  p.add(1, {2}, 4);
  CHECK(p.turns() == std::vector<std::uint32_t>{0, 4, 2, 5, 3, 1});
}

TEST_CASE(
    "turn order: histories that cost the square of their length as given cost little more "
    "than their length") {
  constexpr std::uint32_t never = 0xffff'ffffU;
  const std::vector<std::vector<std::uint32_t>> lags{
      {never, never},         // two long branches
      {1, 60},                // one writer lags behind
      {60, 60},               // both do
      {never, never, never},  // three long branches
      {60, 80, 100},
  };
  for (const std::vector<std::uint32_t>& lag : lags) {
    CAPTURE(lag);
    for (const std::uint32_t rounds : {300U, 600U}) {
      const plan p = ladder(rounds, lag);
      const std::uint64_t size = p.nodes.size();
      CHECK(moves(p, as_given(p)) > 25 * size);
      CHECK(moves(p, p.turns()) < 4 * size);
    }
  }
}

TEST_CASE("turn order: writers who see each other at once are not made dearer") {
  for (const std::uint32_t writers : {2U, 3U, 8U}) {
    CAPTURE(writers);
    const plan p = ladder(500, std::vector<std::uint32_t>(writers, 1));
    CHECK(moves(p, p.turns()) <= moves(p, as_given(p)));
  }
}

TEST_CASE("depth order: many who see each other soon cost less than in turns") {
  const plan p = ladder(40, std::vector<std::uint32_t>(16, 3));
  const std::vector<std::uint32_t> order = depth_order(p.nodes, p.parents);
  REQUIRE(order == as_given(p));
  CHECK(2 * moves(p, order) < moves(p, p.turns()));
  // The same changes as they stand after they were taken in turns.
  plan turned;
  std::vector<std::uint32_t> place(p.nodes.size());
  for (const std::uint32_t n : p.turns()) {
    std::vector<std::uint32_t> after;
    for (std::uint32_t k = n == 0 ? 0 : p.nodes[n - 1].parent_end; k < p.nodes[n].parent_end; ++k) {
      after.push_back(place[p.parents[k]]);
    }
    place[n] = static_cast<std::uint32_t>(turned.nodes.size());
    turned.add(1, after, p.nodes[n].replica);
  }
  CHECK(moves(turned, depth_order(turned.nodes, turned.parents)) < 2 * moves(p, order));
}

TEST_CASE("depth order: not for few writers, nor for those who see each other late") {
  const plan few = ladder(40, std::vector<std::uint32_t>(8, 1));
  CHECK(depth_order(few.nodes, few.parents).empty());
  const plan late = ladder(200, std::vector<std::uint32_t>(12, 60));
  CHECK(depth_order(late.nodes, late.parents).empty());
}

TEST_CASE("walk order: live typing and long lists are not weighed") {
  CHECK_FALSE(worth_planning(1000, 1500));
  CHECK_FALSE(worth_planning(100'000, 10'000'000));
  CHECK_FALSE(worth_planning(1, 100));
  CHECK(worth_planning(1000, 50'000));
}

}  // namespace weft::crdt
