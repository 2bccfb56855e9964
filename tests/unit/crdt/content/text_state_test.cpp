// SPDX-License-Identifier: MIT
// text_state by itself: local edits, reading the log, undo by inverse, loading.
#include "content/text_state.hpp"

#include "content/rope.hpp"
#include "history/causal_graph.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace weft::crdt {
namespace {

struct author {
  causal_graph graph;
  text_state text;
  replica_index self = graph.intern(replica_id::from_number(1));
  replica_index other = graph.intern(replica_id::from_number(2));

  index_range insert(std::uint32_t at, const std::string& utf8, bool ours = true) {
    const auto n = static_cast<std::uint32_t>(utf8.size());
    const replica_index r = ours ? self : other;
    const local_index first = graph.append(r, graph.count(r), n, graph.tip().to_vector());
    text.local_insert(first, at, utf8, n);
    return {first, first + n};
  }
  index_range erase(std::uint32_t at, std::uint32_t n, bool ours = true) {
    const replica_index r = ours ? self : other;
    const local_index first = graph.append(r, graph.count(r), n, graph.tip().to_vector());
    text.local_erase(first, at, n);
    return {first, first + n};
  }
  index_range apply(const std::vector<text_patch>& patches) {
    const local_index first = graph.size();
    for (const text_patch& patch : patches) {
      if (patch.erased > 0) {
        erase(patch.position, patch.erased);
      }
      if (patch.inserted_length > 0) {
        insert(patch.position, patch.inserted);
      }
    }
    return {first, graph.size()};
  }
  [[nodiscard]] std::string shown() const { return text.content().to_string(); }
};

std::vector<text_patch> inverse_of(const author& a, index_range range) {
  const std::vector<index_range> ranges{range};
  return a.text.inverse(ranges);
}

}  // namespace

TEST_CASE("text state: local edits change text and log") {
  author a;
  a.insert(0, "hello world");
  a.erase(5, 6);
  a.insert(5, "!");
  CHECK(a.shown() == "hello!");
  std::string seen;
  a.text.for_each_run({3, 14}, [&](const sequence_run& run, std::string_view text) {
    seen += std::to_string(run.first) + (run.kind == run_kind::insert ? "+" : "-") +
            std::to_string(run.position) + "," + std::to_string(run.length) + std::string(text) +
            ";";
  });
  CHECK(seen == "3+3,8lo world;11-5,3;");
  a.text.check_invariants();
}

TEST_CASE("text state: the inverse of an insertion removes what is left of it") {
  author a;
  a.insert(0, "base");
  const auto mine = a.insert(2, "MINE");
  a.insert(4, "xx", false);  // baMIxxNEse
  a.erase(2, 1, false);      // baIxxNEse
  a.apply(inverse_of(a, mine));
  CHECK(a.shown() == "baxxse");
}

TEST_CASE("text state: the inverse of an erasure brings the scalars back where they stood") {
  author a;
  a.insert(0, "one two three");
  const auto mine = a.erase(4, 4);
  a.insert(0, "zero ", false);
  CHECK(a.shown() == "zero one three");
  const auto undone = a.apply(inverse_of(a, mine));
  CHECK(a.shown() == "zero one two three");
  a.apply(inverse_of(a, undone));  // redo
  CHECK(a.shown() == "zero one three");
}

TEST_CASE("text state: an inverse of text typed and erased by oneself is empty") {
  author a;
  a.insert(0, "keep");
  const auto typed = a.insert(4, "gone");
  const auto erased = a.erase(4, 4);
  CHECK(inverse_of(a, {typed.first, erased.end}).empty());
  CHECK(inverse_of(a, erased).size() == 1);
  a.apply(inverse_of(a, erased));
  CHECK(a.shown() == "keepgone");
}

TEST_CASE("text state: taking back everything of a random session gives the text before it") {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    author a;
    a.insert(0, "the quick brown fox jumps over the lazy dog");
    for (int i = 0; i < 10; ++i) {
      a.erase(static_cast<std::uint32_t>(random() % (a.text.content().length() - 1)), 1);
      a.insert(static_cast<std::uint32_t>(random() % a.text.content().length()), "AB");
    }
    const std::string before = a.shown();
    const local_index first = a.graph.size();
    for (int i = 0; i < 30; ++i) {
      const std::uint32_t length = a.text.content().length();
      if (random() % 2 == 0 && length > 0) {
        const auto at = static_cast<std::uint32_t>(random() % length);
        a.erase(at, 1 + static_cast<std::uint32_t>(random() % std::min(length - at, 5U)));
      } else {
        a.insert(static_cast<std::uint32_t>(random() % (length + 1)), "xyz");
      }
    }
    const std::string after = a.shown();
    const auto undone = a.apply(inverse_of(a, {first, a.graph.size()}));
    REQUIRE(a.shown() == before);
    a.apply(inverse_of(a, undone));
    REQUIRE(a.shown() == after);
    a.text.check_invariants();
  }
}

TEST_CASE("text state: history is taken only if it gives the text that was loaded") {
  author a;
  a.insert(0, "some text");
  a.erase(0, 5);
  std::vector<sequence_run> runs;
  std::string arena;
  a.text.for_each_run({0, a.graph.size()}, [&](const sequence_run& run, std::string_view text) {
    runs.push_back(run);
    runs.back().content = arena.size();
    arena += text;
  });
  text_state good;
  good.load_text("text");
  CHECK(good.content().to_string() == "text");
  REQUIRE(good.load_history(a.graph, runs, arena).has_value());
  CHECK(good.element_at(0) == 5);
  good.check_invariants();

  text_state wrong;
  wrong.load_text("next");
  const auto loaded = wrong.load_history(a.graph, runs, arena);
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().code == errc::malformed);

  runs[1].position = 6;
  text_state bad;
  bad.load_text("text");
  const auto refused = bad.load_history(a.graph, runs, arena);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::bad_position);
}

TEST_CASE("text state: direct runs are checked against the text") {
  causal_graph graph;
  const auto r = graph.intern(replica_id::from_number(1));
  text_state text;
  graph.append(r, 0, 5, {});
  const std::vector<sequence_run> bad{{0, 0, 3, run_kind::insert, 0},
                                      {3, 2, 2, run_kind::erase_forward, 0}};
  const auto staged = text.stage(graph, bad, "abc");
  REQUIRE_FALSE(staged.has_value());
  CHECK(staged.error().code == errc::bad_position);
  text.roll_back();
  CHECK(text.content().length() == 0);
  const std::vector<sequence_run> good{{0, 0, 3, run_kind::insert, 0},
                                       {3, 1, 2, run_kind::erase_forward, 0}};
  REQUIRE(text.stage(graph, good, "abc").has_value());
  text.publish(nullptr);
  CHECK(text.content().to_string() == "a");
}

}  // namespace weft::crdt
