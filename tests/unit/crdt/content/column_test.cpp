// SPDX-License-Identifier: MIT
// Replay windows over columns: a list and a tree of records must do the same, and as the slow model
// says; windows of more records than a list may have are among them.
#include "content/column_tracker.hpp"
#include "content/rope.hpp"
#include "content/text_state.hpp"
#include "history/causal_graph.hpp"
#include "naive_history.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace weft::crdt::test {
namespace {

using outcome = column_tracker::outcome;

#ifdef WEFT_DEEP_CHECKS
constexpr std::size_t steps = 200;  // lists are short there
#else
constexpr std::size_t steps = 1'000;
#endif

// The runs of a history as a graph and a log, without effects.
struct authored {
  causal_graph graph;
  run_list log;
  std::vector<sequence_run> runs;
  std::vector<std::string> texts;

  explicit authored(const naive_history& history) {
    for (const authored_run& run : history.runs()) {
      add(run);
    }
  }
  void add(const authored_run& run) {
    const auto r = graph.intern(replica_id::from_number(run.replica + 1));
    local_frontier parents;
    for (const auto& [replica, counter] : run.parents) {
      parents.push_back(
          *graph.index_of(*graph.find(replica_id::from_number(replica + 1)), counter));
    }
    std::sort(parents.begin(), parents.end());
    const local_index first = graph.append(r, run.counter, run.length, parents);
    if (!run.elsewhere) {
      runs.push_back({first, run.position, run.length, run.kind, 0});
      texts.push_back(run.text);
      log.push(runs.back());
    }
  }
};

struct replayed {
  outcome last = outcome::done;
  std::vector<sequence_run> effects;
};

// Feeds all in pieces of random size, until one is not taken.
replayed replay(const authored& a, bool tall, std::uint32_t longest_piece, std::uint32_t seed) {
  std::mt19937 random(seed);
  column_tracker columns;
  effect_log out(a.log);
  columns.open(a.graph, no_index, 0, tall);
  replayed result;
  while (columns.fed() < a.graph.size() && result.last == outcome::done) {
    const local_index from = columns.fed();
    const local_index end =
        std::min(a.graph.size(), from + 1 + static_cast<local_index>(random()) % longest_piece);
    result.last = columns.feed(a.graph, a.log, end, from, false, out);
    if (result.last == outcome::stale) {
      columns.open(a.graph, no_index, 0, tall);
      result.last = columns.feed(a.graph, a.log, end, from, false, out);
    }
  }
  columns.check_invariants();
  out.for_each_in({0, a.graph.size()},
                  [&](const sequence_run& run) { result.effects.push_back(run); });
  return result;
}

// Several write all over one text and hear of each other late.
naive_history crowded_history(std::uint32_t seed) {
  const unsigned replicas = 2 + seed % 4;
  naive_history history(replicas, seed);
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::uint32_t>(random() % n); };
  history.insert(0, 0, U"a text that all of them have");
  for (unsigned r = 1; r < replicas; ++r) {
    history.learn(r, 0);
  }
  const std::uint32_t erases = seed % 3 * 20;
  const std::uint32_t dense = seed % 2 * 70;
  for (std::size_t i = 0; i < steps; ++i) {
    const unsigned r = below(replicas);
    const std::uint32_t length = history.length_of(r);
    if (i > steps * 3 / 4 && below(100) < 3) {
      history.learn(r, below(replicas));
    } else if (below(100) < erases && length > 4) {
      history.erase(r, below(length - 3), 1 + below(3), below(2) == 0);
    } else {
      const std::uint32_t at = below(100) < dense ? std::min(length, 5U) : below(length + 1);
      history.insert(r, at, std::u32string(1 + below(2), static_cast<char32_t>(U'a' + r)));
    }
  }
  return history;
}

}  // namespace

TEST_CASE("columns: a list and a tree of records have the same effects") {
  for (std::uint32_t seed = 0; seed < 600; ++seed) {
    CAPTURE(seed);
    naive_history history(2 + seed % 7, seed);
    for (std::size_t i = 0; i < 80; ++i) {
      history.random_step();
    }
    const authored a(history);
    const replayed list = replay(a, false, 1 + seed % 40, seed);
    const replayed tree = replay(a, true, 1 + seed % 23, seed + 1);
    REQUIRE(tree.last == outcome::done);
    if (list.last == outcome::done) {
      REQUIRE(list.effects == tree.effects);
    }
  }
}

TEST_CASE("columns: windows too crowded for a list give the text of the slow model") {
  std::uint32_t crowded = 0;
  constexpr std::uint32_t histories = 8;
  for (std::uint32_t seed = 0; seed < histories; ++seed) {
    CAPTURE(seed);
    const naive_history history = crowded_history(seed);
    const authored a(history);
    crowded += replay(a, false, 10, seed).last == outcome::crowded ? 1U : 0U;
    text_state text;
    std::mt19937 random(seed);
    authored fed((naive_history(1, 0)));
    std::size_t staged = 0;
    std::size_t number = 0;
    std::vector<sequence_run> batch;
    std::string arena;
    for (const authored_run& run : history.runs()) {
      fed.add(run);
      for (; staged < fed.runs.size(); ++staged) {
        batch.push_back(fed.runs[staged]);
        batch.back().content = arena.size();
        arena += fed.texts[staged];
      }
      // One by one in one half of the histories, else in batches.
      if (seed % 2 == 0 || random() % 50 == 0 || run.counter == 0) {
        REQUIRE(text.stage(fed.graph, batch, arena).has_value());
        text.publish(nullptr);
        batch.clear();
        arena.clear();
        if (++number % 100 == 0) {
          text.check_invariants();
          REQUIRE(text.content().to_string() == history.text_after(fed.graph.size()));
        }
      }
    }
    REQUIRE(text.stage(fed.graph, batch, arena).has_value());
    text.publish(nullptr);
    text.check_invariants();
    REQUIRE(text.content().to_string() == history.text_after(history.operations()));
  }
  REQUIRE(crowded == histories);
}

}  // namespace weft::crdt::test
