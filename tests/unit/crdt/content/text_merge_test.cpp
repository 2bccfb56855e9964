// SPDX-License-Identifier: MIT
// Merging in text_state against the slow model, over random concurrent histories.
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

// A replica of the library: a graph and one text, fed with authored runs.
struct library_replica {
  causal_graph graph;
  text_state text;
  std::vector<sequence_run> batch;
  std::string arena;

  void append(const authored_run& run) {
    const auto r = graph.intern(replica_id::from_number(run.replica + 1));
    local_frontier parents;
    for (const auto& [replica, counter] : run.parents) {
      const auto known = graph.find(replica_id::from_number(replica + 1));
      REQUIRE(known.has_value());
      parents.push_back(*graph.index_of(*known, counter));
    }
    std::sort(parents.begin(), parents.end());
    REQUIRE(graph.check_parents(r, parents).has_value());
    const local_index first = graph.append(r, run.counter, run.length, parents);
    if (!run.elsewhere) {
      batch.push_back({first, run.position, run.length, run.kind, arena.size()});
      arena += run.text;
    }
  }
  [[nodiscard]] result<void> stage() { return text.stage(graph, batch, arena); }
  void merge(std::vector<text_patch>* patches = nullptr) {
    REQUIRE(stage().has_value());
    text.publish(patches);
    batch.clear();
    arena.clear();
  }
  [[nodiscard]] std::string shown() const { return text.content().to_string(); }
};

naive_history random_history(std::uint32_t seed, std::size_t steps) {
  naive_history history(2 + seed % 3, seed);
  for (std::size_t i = 0; i < steps; ++i) {
    history.random_step();
  }
  return history;
}

// Another order of the same runs in which parents still come first.
std::vector<authored_run> shuffled(const std::vector<authored_run>& runs, std::mt19937& random) {
  std::vector<authored_run> waiting = runs;
  std::vector<std::uint32_t> counts(8, 0);
  std::vector<authored_run> out;
  while (!waiting.empty()) {
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      const auto known = [&](const authored_run::name& n) { return n.second < counts[n.first]; };
      if (waiting[i].counter == counts[waiting[i].replica] &&
          std::all_of(waiting[i].parents.begin(), waiting[i].parents.end(), known)) {
        ready.push_back(i);
      }
    }
    const std::size_t pick = ready[random() % ready.size()];
    counts[waiting[pick].replica] += waiting[pick].length;
    out.push_back(waiting[pick]);
    waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(pick));
  }
  return out;
}

void replay_patches(std::u32string& mirror, const std::vector<text_patch>& patches);

std::u32string decode(std::string_view text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t n = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t c = n == 1 ? lead : lead & (0x7FU >> n);
    for (std::size_t k = 1; k < n; ++k) {
      c = (c << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    }
    out += c;
    i += n;
  }
  return out;
}

void replay_patches(std::u32string& mirror, const std::vector<text_patch>& patches) {
  for (const text_patch& patch : patches) {
    const std::u32string inserted = decode(patch.inserted);
    REQUIRE(inserted.size() == patch.inserted_length);
    mirror.replace(patch.position, patch.erased, inserted);
  }
}

constexpr std::uint32_t histories = 400;

}  // namespace

TEST_CASE("text merge: a whole history in one batch gives the text of the slow model") {
  for (std::uint32_t seed = 0; seed < histories; ++seed) {
    CAPTURE(seed);
    const naive_history history = random_history(seed, 60);
    library_replica replica;
    for (const authored_run& run : history.runs()) {
      replica.append(run);
    }
    replica.merge();
    replica.text.check_invariants();
    replica.graph.check_invariants();
    REQUIRE(replica.shown() == history.text_after(history.operations()));
  }
}

TEST_CASE("text merge: any batching and any order of arrival give the same text") {
  for (std::uint32_t seed = 0; seed < histories; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const naive_history history = random_history(seed + 1000, 60);
    library_replica replica;
    std::u32string mirror;
    for (const authored_run& run : shuffled(history.runs(), random)) {
      replica.append(run);
      if (random() % 3 == 0) {
        std::vector<text_patch> patches;
        replica.merge(&patches);
        replay_patches(mirror, patches);
        REQUIRE(mirror == decode(replica.shown()));
      }
    }
    replica.merge();
    replica.text.check_invariants();
    REQUIRE(replica.shown() == history.text_after(history.operations()));
  }
}

TEST_CASE("text merge: after each run the text is that of the operations known") {
  for (std::uint32_t seed = 0; seed < histories / 2; ++seed) {
    CAPTURE(seed);
    const naive_history history = random_history(seed + 5000, 50);
    library_replica replica;
    for (const authored_run& run : history.runs()) {
      replica.append(run);
      replica.merge();
      replica.text.check_invariants();
      REQUIRE(replica.shown() == history.text_after(replica.graph.size()));
    }
  }
}

TEST_CASE("text merge: the text of every version that somebody had is what was seen then") {
  struct moment {
    std::vector<authored_run::name> frontier;
    std::string text;
  };
  for (std::uint32_t seed = 0; seed < histories / 4; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    naive_history history(2 + seed % 3, seed + 9000);
    std::vector<moment> moments;
    for (std::size_t i = 0; i < 60; ++i) {
      history.random_step();
      for (unsigned r = 0; r < 2 + seed % 3; ++r) {
        moments.push_back({history.frontier_of(r), history.text_of(r)});
      }
    }
    library_replica replica;
    for (const authored_run& run : shuffled(history.runs(), random)) {
      replica.append(run);
    }
    replica.merge();
    for (const moment& m : moments) {
      local_frontier version;
      for (const auto& [writer, counter] : m.frontier) {
        const auto known = replica.graph.find(replica_id::from_number(writer + 1));
        version.push_back(*replica.graph.index_of(*known, counter));
      }
      std::sort(version.begin(), version.end());
      REQUIRE(replica.text.text_at(replica.graph, version) == m.text);
    }
  }
}

TEST_CASE("text merge: a staged batch that is rolled back leaves no trace") {
  for (std::uint32_t seed = 0; seed < histories / 2; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const naive_history history = random_history(seed + 20'000, 40);
    library_replica replica;
    for (const authored_run& run : history.runs()) {
      replica.append(run);
      if (random() % 2 == 0) {
        const std::string before = replica.shown();
        REQUIRE(replica.stage().has_value());
        replica.text.roll_back();
        replica.text.check_invariants();
        REQUIRE(replica.shown() == before);
      }
      if (random() % 2 == 0) {
        replica.merge();
        REQUIRE(replica.shown() == history.text_after(replica.graph.size()));
      }
    }
  }
}

TEST_CASE("text merge: a position outside of its author's text is refused and changes nothing") {
  std::uint32_t refused = 0;
  for (std::uint32_t seed = 0; seed < histories / 2; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const naive_history history = random_history(seed + 30'000, 40);
    // The author's text just before each run: its length bounds the position.
    library_replica replica;
    for (const authored_run& run : history.runs()) {
      const auto saved = replica.graph.save();
      replica.append(run);
      if (!run.elsewhere && random() % 3 == 0) {
        library_replica author;
        local_frontier parents;
        replica.graph.parents_of(replica.graph.size() - run.length, parents);
        const std::string seen = replica.text.text_at(replica.graph, parents);
        const auto length = static_cast<std::uint32_t>(decode(seen).size());
        sequence_run& bad = replica.batch.back();
        bad.position = run.kind == run_kind::insert ? length + 1 : length - run.length + 1;
        const std::string before = replica.shown();
        const auto staged = replica.stage();
        REQUIRE_FALSE(staged.has_value());
        REQUIRE(staged.error().code == errc::bad_position);
        ++refused;
        replica.text.roll_back();
        replica.graph.roll_back(saved);
        replica.graph.check_invariants();
        replica.text.check_invariants();
        REQUIRE(replica.shown() == before);
        replica.batch.clear();
        replica.arena.clear();
        replica.append(run);
      }
      replica.merge();
      REQUIRE(replica.shown() == history.text_after(replica.graph.size()));
    }
  }
  REQUIRE(refused > 500);
}

TEST_CASE("text merge: elements are found where they stand") {
  for (std::uint32_t seed = 0; seed < histories / 4; ++seed) {
    CAPTURE(seed);
    const naive_history history = random_history(seed + 40'000, 60);
    library_replica replica;
    for (const authored_run& run : history.runs()) {
      replica.append(run);
    }
    replica.merge();
    std::uint32_t visible = 0;
    for (std::uint32_t p = 0; p < replica.text.content().length(); ++p) {
      const auto place = replica.text.find_element(replica.text.element_at(p));
      REQUIRE(place.has_value());
      REQUIRE(place->visible);
      REQUIRE(place->position == p);
    }
    for (local_index i = 0; i < replica.graph.size(); ++i) {
      const auto place = replica.text.find_element(i);
      visible += place && place->visible ? 1U : 0U;
      REQUIRE((!place || place->position <= replica.text.content().length()));
    }
    REQUIRE(visible == replica.text.content().length());
  }
}

// Found by the twin fuzzer: the text's last operations were those from before a merge, once an
// import after it was rolled back. The next operation then seemed to have seen all.
TEST_CASE("text merge: a roll-back after a merge does not forget what was merged") {
  library_replica replica;
  const auto author = [](unsigned r, std::uint32_t counter, std::vector<authored_run::name> parents,
                         run_kind kind, std::uint32_t position, std::string text) {
    authored_run run;
    run.replica = r;
    run.counter = counter;
    run.parents = std::move(parents);
    run.kind = kind;
    run.position = position;
    run.length = 1;
    run.text = std::move(text);
    return run;
  };
  replica.append(author(0, 0, {}, run_kind::insert, 0, "x"));
  replica.merge();
  replica.append(author(1, 0, {}, run_kind::insert, 0, "y"));
  replica.append(author(1, 1, {{0, 0}, {1, 0}}, run_kind::insert, 0, "z"));
  replica.append(author(1, 2, {{1, 1}}, run_kind::insert, 1, "w"));
  replica.merge();
  const std::string merged = replica.shown();
  const auto saved = replica.graph.save();
  replica.append(author(2, 0, {{1, 2}}, run_kind::insert, 9, "!"));
  REQUIRE_FALSE(replica.stage().has_value());
  replica.text.roll_back();
  replica.graph.roll_back(saved);
  replica.batch.clear();
  replica.arena.clear();
  REQUIRE(replica.shown() == merged);
  // Its author saw "x" only.
  replica.append(author(0, 1, {{0, 0}}, run_kind::erase_forward, 0, ""));
  replica.merge();
  REQUIRE(replica.shown().find('x') == std::string::npos);
  REQUIRE(replica.shown().size() == 3);
}

}  // namespace weft::crdt::test
