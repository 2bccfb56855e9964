// SPDX-License-Identifier: MIT
// The causal graph against its slow twin, on random graphs of every shape that merging makes.
#include "history/causal_graph.hpp"
#include "support/naive_graph.hpp"
#include "support/seeds.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

namespace weft::test {
namespace {

using crdt::index_range;
using crdt::local_index;

struct graphs {
  crdt::causal_graph fast;
  naive_graph slow;
  std::vector<std::vector<node>> versions;  // one per replica: what it has seen
};

std::vector<node> nodes_of(const std::vector<index_range>& ranges) {
  std::vector<node> out;
  for (const index_range& r : ranges) {
    for (local_index i = r.first; i < r.end; ++i) {
      out.push_back(i);
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<local_index> indexes(const std::vector<node>& nodes) {
  std::vector<local_index> out;
  for (const node n : nodes) {
    out.push_back(static_cast<local_index>(n));
  }
  return out;
}

// One run of operations by one replica, at what it has seen.
void append(graphs& g, std::size_t replica, std::uint32_t length) {
  const auto id = crdt::replica_id::from_number(100 - replica);
  const auto r = g.fast.intern(id);
  const std::uint32_t counter = g.fast.count(r);
  std::vector<node>& version = g.versions[replica];
  const auto parents = indexes(version);
  REQUIRE(g.fast.check_parents(r, parents).has_value());
  const local_index first = g.fast.append(r, counter, length, parents);
  REQUIRE(first == g.slow.size());
  for (std::uint32_t i = 0; i < length; ++i) {
    const node n = g.slow.add({id, counter + i}, version);
    version = {n};
  }
}

void grow(graphs& g, rng& random, std::size_t steps) {
  for (std::size_t i = 0; i < steps; ++i) {
    const std::size_t replica = random.below(g.versions.size());
    std::vector<node>& version = g.versions[replica];
    if (random.chance(45)) {
      // Merges one other replica, or all of them, or an old operation inside a run.
      std::vector<node> all = version;
      if (random.chance(15) && g.slow.size() > 0) {
        all.push_back(random.below(g.slow.size()));
      }
      for (const auto& other : g.versions) {
        if (random.chance(40)) {
          all.insert(all.end(), other.begin(), other.end());
        }
      }
      version = g.slow.dominators(all);
    }
    append(g, replica, static_cast<std::uint32_t>(1 + random.below(4)));
  }
}

graphs random_graphs(std::uint64_t seed, rng& random) {
  graphs g;
  g.versions.resize(1 + seed % 5);
  grow(g, random, 5 + random.below(20));
  return g;
}

std::vector<node> random_version(const graphs& g, rng& random) {
  std::vector<node> set;
  for (std::size_t i = 0; i < random.below(4); ++i) {
    set.push_back(random.below(g.slow.size()));
  }
  return g.slow.dominators(set);
}

void check_nodes(const graphs& g) {
  for (node n = 0; n < g.slow.size(); ++n) {
    const auto i = static_cast<local_index>(n);
    REQUIRE(g.fast.id_of_op(i) == g.slow.id(n));
    REQUIRE(g.fast.lamport(i) == g.slow.lamport(n));
    REQUIRE(g.fast.index_of(g.slow.id(n)) == std::optional(i));
    crdt::local_frontier parents;
    g.fast.parents_of(i, parents);
    REQUIRE(parents == indexes(g.slow.parents(n)));
  }
}

void check_queries(const graphs& g, rng& random) {
  const auto a = random_version(g, random);
  const auto b = random_version(g, random);
  for (node n = 0; n < g.slow.size(); ++n) {
    REQUIRE(g.fast.contains(indexes(a), static_cast<local_index>(n)) == g.slow.contains(a, n));
  }
  std::vector<index_range> only_a;
  std::vector<index_range> only_b;
  g.fast.diff(indexes(a), indexes(b), only_a, only_b);
  const auto [slow_a, slow_b] = g.slow.diff(a, b);
  REQUIRE(nodes_of(only_a) == slow_a);
  REQUIRE(nodes_of(only_b) == slow_b);
  std::vector<node> set;
  for (std::size_t i = 0; i < random.below(6); ++i) {
    set.push_back(random.below(g.slow.size()));
  }
  auto raw = indexes(set);
  REQUIRE(g.fast.dominators(raw) == indexes(g.slow.dominators(set)));
  REQUIRE(g.fast.to_version_vector(indexes(a)).counts() == g.slow.counts(a));
  std::vector<index_range> missing;
  g.fast.missing_in(g.fast.to_version_vector(indexes(a)), missing);
  const node_set known = g.slow.closure(a);
  std::vector<node> unknown;
  for (node n = 0; n < g.slow.size(); ++n) {
    if (!has(known, n)) {
      unknown.push_back(n);
    }
  }
  REQUIRE(nodes_of(missing) == unknown);
  const auto critical = g.slow.last_critical_below(a);
  REQUIRE(g.fast.last_critical_below(indexes(a)) ==
          (critical ? static_cast<local_index>(*critical) : crdt::no_index));
}

}  // namespace

TEST_CASE("causal graph: every answer is that of the naive graph") {
  for_seeds(1500, [](std::uint64_t seed) {
    rng random(seed);
    const graphs g = random_graphs(seed, random);
    g.fast.check_invariants();
    std::vector<node> all;
    for (node n = 0; n < g.slow.size(); ++n) {
      all.push_back(n);
    }
    REQUIRE(g.fast.tip().to_vector() == indexes(g.slow.dominators(all)));
    REQUIRE(g.fast.tip_version().counts() == g.slow.counts(g.slow.dominators(all)));
    check_nodes(g);
    for (int i = 0; i < 6; ++i) {
      check_queries(g, random);
    }
  });
}

TEST_CASE("causal graph: the critical spine is right after every append") {
  for_seeds(400, [](std::uint64_t seed) {
    rng random(seed);
    graphs g;
    g.versions.resize(1 + seed % 4);
    for (int i = 0; i < 25; ++i) {
      grow(g, random, 1);
      const auto critical = g.slow.critical();
      const auto tip = g.fast.tip().to_vector();
      REQUIRE(g.fast.last_critical_below(tip) ==
              (critical.empty() ? crdt::no_index : static_cast<local_index>(critical.back())));
    }
  });
}

TEST_CASE("causal graph: rolling back leaves what was there, and growing again is the same") {
  for_seeds(300, [](std::uint64_t seed) {
    rng random(seed);
    graphs g = random_graphs(seed, random);
    const auto tip = g.fast.tip().to_vector();
    const auto saved = g.fast.save();
    const std::size_t size = g.slow.size();
    graphs scratch;
    std::swap(scratch.fast, g.fast);
    scratch.slow = g.slow;
    scratch.versions = g.versions;
    rng again(seed + 1);
    grow(scratch, again, 8);
    scratch.fast.roll_back(saved);
    std::swap(scratch.fast, g.fast);
    REQUIRE(g.fast.size() == size);
    REQUIRE(g.fast.tip().to_vector() == tip);
    g.fast.check_invariants();
    check_nodes(g);
    for (int i = 0; i < 3; ++i) {
      check_queries(g, random);
    }
    grow(g, random, 8);
    g.fast.check_invariants();
    check_nodes(g);
    for (int i = 0; i < 3; ++i) {
      check_queries(g, random);
    }
  });
}

}  // namespace weft::test
