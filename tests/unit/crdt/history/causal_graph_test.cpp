// SPDX-License-Identifier: MIT
// The causal graph against ancestor sets kept as bits, one set per operation.
// What goes on beside another operation is appended the short way too, wherever that says it can.
#include "history/causal_graph.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <vector>

namespace weft::crdt {
namespace {

using bits = std::vector<bool>;

struct graph_model {
  std::vector<bits> ancestors;  // of each operation, itself included
  std::vector<std::uint64_t> lamport;
  std::vector<local_frontier> parents;
  std::vector<unsigned> writer;

  [[nodiscard]] bits union_of(const local_frontier& version) const {
    bits out(ancestors.size(), false);
    for (const local_index v : version) {
      for (std::size_t i = 0; i < ancestors[v].size(); ++i) {
        out[i] = out[i] || ancestors[v][i];
      }
    }
    return out;
  }
  void add(unsigned replica, const local_frontier& made_at) {
    ancestors.emplace_back();
    bits mine = union_of(made_at);
    mine.back() = true;
    std::uint64_t clock = 0;
    for (const local_index p : made_at) {
      clock = std::max(clock, lamport[p]);
    }
    ancestors.back() = mine;
    lamport.push_back(clock + 1);
    parents.push_back(made_at);
    writer.push_back(replica);
  }
  [[nodiscard]] bool precedes(local_index a, local_index b) const {
    return a < ancestors[b].size() && ancestors[b][a];
  }
  [[nodiscard]] local_frontier dominators(const local_frontier& set) const {
    local_frontier out;
    for (const local_index i : set) {
      const bool covered = std::any_of(set.begin(), set.end(),
                                       [&](local_index o) { return o != i && precedes(i, o); });
      if (!covered && std::find(out.begin(), out.end(), i) == out.end()) {
        out.push_back(i);
      }
    }
    std::sort(out.begin(), out.end());
    return out;
  }
  [[nodiscard]] bool critical(local_index v) const {
    for (local_index i = 0; i < ancestors.size(); ++i) {
      if (!precedes(i, v) && !precedes(v, i)) {
        return false;
      }
    }
    return true;
  }
};

struct random_graph {
  causal_graph graph;
  graph_model model;
  std::mt19937 random;
  std::vector<local_frontier> seen;  // per replica
  std::size_t beside = 0;            // appends the short way

  random_graph(std::uint32_t seed, unsigned replicas) : random(seed), seen(replicas) {
    // Ids in falling order, so that rank and order of arrival differ.
    for (unsigned r = 0; r < replicas; ++r) {
      graph.intern(replica_id::from_number(1000 - r));
    }
  }
  void step() {
    const auto r = static_cast<unsigned>(random() % seen.size());
    if (random() % 3 == 0) {
      local_frontier all = seen[r];
      const local_frontier& other = seen[random() % seen.size()];
      all.insert(all.end(), other.begin(), other.end());
      seen[r] = model.dominators(all);
    }
    const auto length = static_cast<std::uint32_t>(1 + random() % 3);
    REQUIRE(graph.check_parents(r, seen[r]).has_value());
    const local_index first = graph.size();
    if (random() % 2 == 0 || !append_beside(r, length)) {
      REQUIRE(graph.append(r, graph.count(r), length, seen[r]) == first);
    }
    for (std::uint32_t k = 0; k < length; ++k) {
      model.add(r, k == 0 ? seen[r] : local_frontier{first + k - 1});
    }
    seen[r] = {first + length - 1};
  }
  // The short way, where it may be gone. What is not concurrent it must refuse.
  bool append_beside(replica_index r, std::uint32_t length) {
    if (graph.count(r) == 0) {
      return false;
    }
    const local_index own = *graph.index_of(r, graph.count(r) - 1);
    const auto place_of = [&](local_index i) {
      const auto [w, counter] = graph.writer_of(i);
      return graph.place_in(w, counter);
    };
    const auto any = static_cast<local_index>(random() % graph.size());
    if (model.precedes(any, own) || model.precedes(own, any)) {
      const local_frontier tip = graph.tip().to_vector();
      const local_index size = graph.size();
      REQUIRE_FALSE(graph.append_beside(r, length, place_of(any)));
      REQUIRE(graph.tip().to_vector() == tip);
      REQUIRE(graph.size() == size);
    }
    if (seen[r].size() != 2 || std::ranges::count(seen[r], own) == 0) {
      return false;
    }
    const local_index other = seen[r][0] == own ? seen[r][1] : seen[r][0];
    const bool done = graph.append_beside(r, length, place_of(other));
    beside += done ? 1 : 0;
    return done;
  }
  local_frontier random_version() {
    local_frontier some;
    for (unsigned n = 0; n < 1 + random() % 3; ++n) {
      some.push_back(static_cast<local_index>(random() % graph.size()));
    }
    return model.dominators(some);
  }
};

void check_versions(random_graph& g) {
  for (int round = 0; round < 12; ++round) {
    const local_frontier a = g.random_version();
    const local_frontier b = g.random_version();
    const bits in_a = g.model.union_of(a);
    const bits in_b = g.model.union_of(b);
    std::vector<index_range> only_a;
    std::vector<index_range> only_b;
    g.graph.diff(a, b, only_a, only_b);
    bits found_a(in_a.size(), false);
    bits found_b(in_a.size(), false);
    const auto fill = [](const std::vector<index_range>& ranges, bits& out) {
      local_index above = no_index;
      for (const index_range range : ranges) {
        REQUIRE(range.end < above);
        above = range.first;
        std::fill(out.begin() + range.first, out.begin() + range.end, true);
      }
    };
    fill(only_a, found_a);
    fill(only_b, found_b);
    const version_vector counts = g.graph.to_version_vector(a);
    for (local_index i = 0; i < in_a.size(); ++i) {
      REQUIRE(g.graph.contains(a, i) == in_a[i]);
      REQUIRE(found_a[i] == (in_a[i] && !in_b[i]));
      REQUIRE(found_b[i] == (in_b[i] && !in_a[i]));
      REQUIRE(counts.contains(g.graph.id_of_op(i)) == in_a[i]);
    }
    local_frontier joined = a;
    joined.insert(joined.end(), b.begin(), b.end());
    REQUIRE(g.graph.dominators(joined) == g.model.dominators(joined));
    std::vector<index_range> missing;
    g.graph.missing_in(counts, missing);
    bits found(in_a.size(), false);
    local_index below = 0;
    for (const index_range range : missing) {
      REQUIRE((below == 0 || range.first > below));
      below = range.end;
      std::fill(found.begin() + range.first, found.begin() + range.end, true);
    }
    for (local_index i = 0; i < in_a.size(); ++i) {
      REQUIRE(found[i] == !in_a[i]);
    }
  }
}

void check_spine(const random_graph& g) {
  local_index last = no_index;
  for (local_index i = 0; i < g.graph.size(); ++i) {
    REQUIRE(g.graph.last_critical_before(i) == last);
    if (g.model.critical(i)) {
      last = i;
    }
    REQUIRE(g.graph.last_critical_below(local_frontier{i}) == last);
  }
}

void check_operations(const random_graph& g) {
  local_frontier parents;
  std::vector<std::uint32_t> counters(g.seen.size(), 0);
  local_frontier all;
  for (local_index i = 0; i < g.graph.size(); ++i) {
    g.graph.parents_of(i, parents);
    REQUIRE(parents == g.model.parents[i]);
    REQUIRE(g.graph.lamport(i) == g.model.lamport[i]);
    REQUIRE(g.graph.replica_of(i) == g.model.writer[i]);
    REQUIRE(g.graph.counter_of(i) == counters[g.model.writer[i]]);
    REQUIRE(g.graph.index_of(g.graph.id_of_op(i)) == i);
    ++counters[g.model.writer[i]];
    all.push_back(i);
  }
  REQUIRE(g.graph.tip().to_vector() == g.model.dominators(all));
  REQUIRE(g.graph.tip_version() == g.graph.to_version_vector(g.graph.tip()));
}

}  // namespace

TEST_CASE("causal graph: it answers as sets of ancestors do, on random graphs") {
  std::size_t beside = 0;
  for (std::uint32_t seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    random_graph g(seed, 2 + seed % 4);
    for (int i = 0; i < 40; ++i) {
      g.step();
    }
    beside += g.beside;
    g.graph.check_invariants();
    check_operations(g);
    check_spine(g);
    check_versions(g);
  }
  CHECK(beside > 200);
}

TEST_CASE("causal graph: the spine is right after each growth") {
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    random_graph g(seed + 700, 2);
    for (int i = 0; i < 25; ++i) {
      g.step();
      check_spine(g);
    }
  }
}

TEST_CASE("causal graph: roll_back takes back everything since save and nothing else") {
  for (std::uint32_t seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    random_graph g(seed + 300, 3);
    for (int round = 0; round < 6; ++round) {
      for (int i = 0; i < 8; ++i) {
        g.step();
      }
      const graph_model before = g.model;
      const auto seen = g.seen;
      const auto saved = g.graph.save();
      const local_frontier tip = g.graph.tip().to_vector();
      if (round % 2 == 0) {
        REQUIRE(g.graph.intern(replica_id::from_number(5000)) == 3);
        g.graph.append(3, 0, 2, tip);
        g.model.add(3, before.dominators(tip));
        g.model.add(3, {saved.size});
      }
      for (int i = 0; i < 8; ++i) {
        g.step();
      }
      g.graph.roll_back(saved);
      g.model = before;
      g.seen = seen;
      g.graph.check_invariants();
      REQUIRE(g.graph.tip().to_vector() == tip);
      REQUIRE(g.graph.replica_count() == 3);
      REQUIRE_FALSE(g.graph.find(replica_id::from_number(5000)).has_value());
      check_operations(g);
      check_spine(g);
      check_versions(g);
    }
  }
}

TEST_CASE("causal graph: parents that break the rules are refused") {
  causal_graph g;
  const auto a = g.intern(replica_id::from_number(1));
  const auto b = g.intern(replica_id::from_number(2));
  g.append(a, 0, 3, {});
  g.append(b, 0, 2, local_frontier{1});
  const auto check = [&](replica_index r, const local_frontier& parents) {
    const auto checked = g.check_parents(r, parents);
    return checked ? errc{} : checked.error().code;
  };
  CHECK(check(a, {2, 4}) == errc{});
  CHECK(check(b, {4}) == errc{});
  CHECK(check(a, {2, 5}) == errc::missing_parent);
  CHECK(check(a, {4, 2}) == errc::malformed);  // not sorted
  CHECK(check(a, {2, 2}) == errc::malformed);  // twice
  CHECK(check(a, {1, 4}) == errc::malformed);  // 4 follows 1
  CHECK(check(a, {4}) == errc::malformed);     // not after a's own last
  CHECK(check(a, {}) == errc::malformed);
  CHECK(check(g.intern(replica_id::from_number(3)), {}) == errc{});
}

TEST_CASE("causal graph: typing extends one entry") {
  causal_graph g;
  const auto a = g.intern(replica_id::from_number(1));
  for (std::uint32_t i = 0; i < 100; ++i) {
    g.append(a, i, 1, g.tip().to_vector());
  }
  std::size_t entries = 0;
  g.for_each_entry({10, 60}, [&](const causal_graph::entry_view& e) {
    ++entries;
    CHECK(e.range == index_range{10, 60});
    CHECK(e.counter == 10);
    CHECK(e.parents().size() == 1);
    CHECK(e.parents()[0] == 9);
  });
  CHECK(entries == 1);
  CHECK(g.entry_range(50) == index_range{0, 100});
}

TEST_CASE("causal graph: a version with thousands of heads is handled") {
  causal_graph g;
  constexpr std::uint32_t heads = 3000;
  for (std::uint32_t r = 0; r < heads; ++r) {
    g.append(g.intern(replica_id::from_number(r + 1)), 0, 1, {});
  }
  const local_frontier all = g.tip().to_vector();
  REQUIRE(all.size() == heads);
  const auto last = g.intern(replica_id::from_number(heads + 1));
  REQUIRE(g.check_parents(last, all).has_value());
  const local_index merged = g.append(last, 0, 1, all);
  CHECK(g.tip().to_vector() == local_frontier{merged});
  CHECK(g.last_critical_before(merged + 1) == merged);
  CHECK(g.contains(local_frontier{merged}, 17));
}

}  // namespace weft::crdt
