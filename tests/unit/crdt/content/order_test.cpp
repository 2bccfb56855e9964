// SPDX-License-Identifier: MIT
// The order of concurrent insertions: cases that tell FugueMax from its neighbours, and runs that
// must stay whole. Each case is merged in every order of arrival that its causality allows.
#include "content/rope.hpp"
#include "content/text_state.hpp"
#include "history/causal_graph.hpp"
#include "naive_history.hpp"
#include "support/seeds.hpp"
#include "weft/crdt/document/document.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

namespace weft::crdt::test {
namespace {

struct typed {
  unsigned rank = 0;
  std::uint32_t counter = 0;
  std::vector<authored_run::name> parents;
  std::uint32_t position = 0;
  std::string text;
};

// The text after all of `runs` came in the given order, one batch or one run at a time.
std::string merged(const std::vector<typed>& runs, const std::vector<std::size_t>& order,
                   bool one_batch) {
  causal_graph graph;
  text_state text;
  std::vector<sequence_run> batch;
  std::string arena;
  for (const std::size_t i : order) {
    const typed& run = runs[i];
    local_frontier parents;
    for (const auto& [rank, counter] : run.parents) {
      const auto known = graph.find(replica_id::from_number(rank));
      if (!known || counter >= graph.count(*known)) {
        return {};  // not an order that causality allows
      }
      parents.push_back(*graph.index_of(*known, counter));
    }
    std::sort(parents.begin(), parents.end());
    const auto r = graph.intern(replica_id::from_number(run.rank));
    if (graph.count(r) != run.counter) {
      return {};
    }
    const auto length = static_cast<std::uint32_t>(run.text.size());
    const local_index first = graph.append(r, run.counter, length, parents);
    batch.push_back({first, run.position, length, run_kind::insert, arena.size()});
    arena += run.text;
    if (!one_batch) {
      REQUIRE(text.stage(graph, batch, arena).has_value());
      text.publish(nullptr);
      batch.clear();
      arena.clear();
    }
  }
  if (one_batch) {
    REQUIRE(text.stage(graph, batch, arena).has_value());
    text.publish(nullptr);
  }
  text.check_invariants();
  return text.content().to_string();
}

void require_text(const std::vector<typed>& runs, const std::string& expected) {
  std::vector<std::size_t> order(runs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  int tried = 0;
  do {
    for (const bool one_batch : {false, true}) {
      const std::string text = merged(runs, order, one_batch);
      if (!text.empty()) {
        ++tried;
        REQUIRE(text == expected);
      }
    }
  } while (std::next_permutation(order.begin(), order.end()));
  REQUIRE(tried >= 2);
}

}  // namespace

TEST_CASE("order: an element typed between is not split from the one it was typed against") {
  // b alone, a before b, x beside both: YATA can give "axb" here.
  const auto runs = [](unsigned a, unsigned x, unsigned b) {
    return std::vector<typed>{{b, 0, {}, 0, "b"}, {a, 0, {{b, 0}}, 0, "a"}, {x, 0, {}, 0, "x"}};
  };
  require_text(runs(1, 2, 3), "xab");
  require_text(runs(2, 1, 3), "xab");
  require_text(runs(3, 1, 2), "xab");
  require_text(runs(1, 3, 2), "abx");
  require_text(runs(2, 3, 1), "abx");
}

TEST_CASE("order: raw right origins keep what Fugue interleaves") {
  const std::vector<typed> runs{{1, 0, {}, 0, "0"},
                                {2, 0, {}, 0, "1"},
                                {2, 1, {{1, 0}, {2, 0}}, 1, "2"},
                                {3, 0, {{1, 0}}, 1, "3"}};
  require_text(runs, "0321");
}

TEST_CASE("order: runs typed forwards, backwards or with jumps at one place stay whole") {
  // Three replicas, each typing at the same gap of "<>".
  const auto history = [](int style) {
    std::vector<typed> runs{{9, 0, {}, 0, "<>"}};
    const std::string words[] = {"abcd", "ABCD", "1234"};
    for (unsigned r = 1; r <= 3; ++r) {
      for (std::uint32_t k = 0; k < 4; ++k) {
        // Forwards; backwards; forwards but with the last one at the run's own start.
        const std::uint32_t at = style == 0 ? 1 + k : style == 1 ? 1 : k == 3 ? 1 : 1 + k;
        const authored_run::name parent =
            k == 0 ? authored_run::name{9, 1} : authored_run::name{r, k - 1};
        runs.push_back({r, k, {parent}, at, words[r - 1].substr(k, 1)});
      }
    }
    return runs;
  };
  const std::string expected[] = {"<abcdABCD1234>", "<dcbaDCBA4321>", "<dabcDABC4123>"};
  for (int style = 0; style < 3; ++style) {
    const auto runs = history(style);
    // Every interleaving of whole replicas' orders would be many; these are the telling ones.
    const std::vector<std::vector<std::size_t>> orders{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
                                                       {0, 9, 10, 11, 12, 5, 6, 7, 8, 1, 2, 3, 4},
                                                       {0, 1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12},
                                                       {0, 9, 5, 1, 10, 6, 2, 11, 7, 3, 12, 8, 4}};
    for (const auto& order : orders) {
      CAPTURE(style);
      REQUIRE(merged(runs, order, false) == expected[style]);
      REQUIRE(merged(runs, order, true) == expected[style]);
    }
  }
}

TEST_CASE("order: many who write before old text stand before it, whoever comes last") {
  weft::test::for_seeds(20, [](std::uint64_t seed) {
    weft::test::rng random(seed);
    document author(replica_id::from_number(1000));
    author.get_text("t").insert({0}, "old text");
    const bytes base = author.export_updates();
    constexpr std::uint32_t writers = 60;  // more than are compared one by one
    std::string expected;
    std::vector<bytes> updates;
    for (std::uint32_t k = 1; k <= writers; ++k) {
      document writer(replica_id::from_number(k));
      REQUIRE(writer.import(base));
      const version_vector before = writer.version();
      const std::string own(1 + random.below(3), static_cast<char>('A' + k % 26));
      for (std::uint32_t i = 0; i < own.size(); ++i) {
        writer.get_text("t").insert({i}, own.substr(i, 1));
        // So that what comes next is not put beside what came last.
        if (random.chance(50)) {
          writer.get_text("t").insert({writer.get_text("t").length()}, ".");
          writer.get_text("t").erase({writer.get_text("t").length() - 1}, 1);
        }
      }
      expected += own;
      updates.push_back(writer.export_updates(before));
    }
    random.shuffle(updates);
    document reader(replica_id::from_number(2000));
    REQUIRE(reader.import(base));
    for (const bytes& update : updates) {
      REQUIRE(reader.import(update));
    }
    CHECK(reader.get_text("t").to_string() == expected + "old text");
  });
}

TEST_CASE("order: two erasures of one scalar erase it once") {
  causal_graph graph;
  text_state text;
  const auto a = graph.intern(replica_id::from_number(1));
  const auto b = graph.intern(replica_id::from_number(2));
  graph.append(a, 0, 3, {});
  graph.append(a, 3, 2, local_frontier{2});
  graph.append(b, 0, 2, local_frontier{2});
  const std::vector<sequence_run> runs{{0, 0, 3, run_kind::insert, 0},
                                       {3, 0, 2, run_kind::erase_forward, 0},
                                       {5, 1, 2, run_kind::erase_backward, 0}};
  REQUIRE(text.stage(graph, runs, "abc").has_value());
  std::vector<text_patch> patches;
  text.publish(&patches);
  CHECK(text.content().length() == 0);
  // "b" went once: the effects of both erasures are one stretch.
  REQUIRE(patches.size() == 2);
  CHECK(patches[1] == text_patch{0, 3, 0, ""});
  const auto place = text.find_element(1);
  REQUIRE(place.has_value());
  CHECK_FALSE(place->visible);
}

}  // namespace weft::crdt::test
