// SPDX-License-Identifier: MIT
#include "weft/testing/model_checker.hpp"

#include "small_subjects.hpp"
#include "support/types/lww_register_subject.hpp"
#include "support/types/or_set_subject.hpp"
#include "toy_types.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>
#include <sstream>

namespace weft::tests {
namespace {

using testing::check_model;
using testing::crash;
using testing::gaps;
using testing::model_options;
using testing::model_report;

std::string text(const model_report& r) {
  std::ostringstream out;
  out << r;
  return out.str();
}

template <class S>
model_options<S> sized(std::size_t replicas, std::size_t operations) {
  model_options<S> options;
  options.replicas = replicas;
  options.operations = operations;
  return options;
}

// How many operations the shortest counterexample has; 0 if there is none.
template <class S>
std::size_t shortest(gaps g = gaps::delivery) {
  model_options<S> options = sized<S>(2, 3);
  options.gaps = g;
  const model_report r = check_model<S>(options);
  REQUIRE(r.complete == !r.failure);
  return r.failure ? r.failure->events : 0;
}

// Plays every interleaving of operations and deliveries, one message at a time, and collects which
// histories came about. Slow and obvious.
class interleavings {
public:
  interleavings(std::size_t replicas, std::size_t operations, std::size_t letters, bool causal)
      : operations_(operations), letters_(letters), causal_(causal) {
    visit({std::vector<std::vector<act>>(replicas), std::vector<std::set<place>>(replicas)});
  }
  [[nodiscard]] std::size_t count() const { return histories_.size(); }

private:
  using place = std::pair<std::size_t, std::size_t>;  // replica, which of its operations
  struct act {
    std::size_t letter = 0;
    std::set<place> seen;
    auto operator<=>(const act&) const = default;
  };
  using story = std::vector<std::vector<act>>;
  struct world {
    story acts;
    std::vector<std::set<place>> received;
    auto operator<=>(const world&) const = default;
  };

  void visit(const world& w) {
    if (!worlds_.insert(w).second) {
      return;
    }
    histories_.insert(w.acts);
    for (std::size_t r = 0; r < w.acts.size(); ++r) {
      for (std::size_t letter = 0; letter < letters_ && w.acts[r].size() < operations_; ++letter) {
        world next = w;
        next.acts[r].push_back({letter, w.received[r]});
        next.received[r].insert({r, w.acts[r].size()});
        visit(next);
      }
      for (std::size_t from = 0; from < w.acts.size(); ++from) {
        for (std::size_t i = 0; i < w.acts[from].size(); ++i) {
          const std::set<place>& needs = w.acts[from][i].seen;
          const std::set<place>& has = w.received[r];
          if (!causal_ || std::includes(has.begin(), has.end(), needs.begin(), needs.end())) {
            world next = w;
            next.received[r].insert({from, i});
            visit(next);
          }
        }
      }
    }
  }

  std::size_t operations_;
  std::size_t letters_;
  bool causal_;
  std::set<world> worlds_;
  std::set<story> histories_;
};

template <class S>
std::size_t visited(std::size_t replicas, std::size_t operations, gaps g) {
  model_options<S> options = sized<S>(replicas, operations);
  options.gaps = g;
  return check_model<S>(options).histories;
}

}  // namespace

TEMPLATE_TEST_CASE("model checker: types of the library hold", "", adding, counting, writing,
                   lww_register_subject, or_set_subject) {
  for (const gaps g : {gaps::nowhere, gaps::delivery, gaps::authors}) {
    for (const auto& [replicas, operations] : {std::pair{2, 2}, std::pair{3, 1}}) {
      auto options =
          sized<TestType>(static_cast<std::size_t>(replicas), static_cast<std::size_t>(operations));
      options.gaps = g;
      const model_report r = check_model<TestType>(options);
      INFO(text(r));
      REQUIRE(r.holds());
    }
  }
}

TEST_CASE("model checker: visits each history of a naive enumeration once") {
  for (const bool causal : {true, false}) {
    const gaps g = causal ? gaps::nowhere : gaps::authors;
    REQUIRE(visited<adding>(2, 1, g) == interleavings(2, 1, 2, causal).count());
    REQUIRE(visited<adding>(2, 2, g) == interleavings(2, 2, 2, causal).count());
    REQUIRE(visited<toy_counter_subject<fault::none>>(2, 3, g) ==
            interleavings(2, 3, 1, causal).count());
    REQUIRE(visited<adding>(3, 1, g) == interleavings(3, 1, 2, causal).count());
  }
}

TEST_CASE("model checker: the number of histories is known") {
  // Labelled partial orders and labelled acyclic relations on up to three events.
  using one = toy_counter_subject<fault::none>;
  REQUIRE(visited<one>(3, 1, gaps::nowhere) == 1 + 3 * 1 + 3 * 3 + 19);
  REQUIRE(visited<one>(3, 1, gaps::authors) == 1 + 3 * 1 + 3 * 3 + 25);
}

TEST_CASE("model checker: each fault has its shortest counterexample") {
  REQUIRE(shortest<toy_register_subject<fault::none>>() == 0);
  REQUIRE(shortest<toy_counter_subject<fault::none>>() == 0);
  REQUIRE(shortest<toy_set_subject<fault::none>>() == 0);
  REQUIRE(shortest<toy_register_subject<fault::not_commutative>>() == 2);
  REQUIRE(shortest<toy_register_subject<fault::lost_tie_break>>() == 2);
  REQUIRE(shortest<toy_counter_subject<fault::not_idempotent>>() == 1);
  REQUIRE(shortest<toy_set_subject<fault::wide_delta>>() == 2);
  REQUIRE(shortest<toy_set_subject<fault::wrong_meaning>>() == 2);
}

TEST_CASE("model checker: a lost tie-break is printed as a time-table") {
  const model_report r = check_model<toy_register_subject<fault::lost_tie_break>>(
      sized<toy_register_subject<fault::lost_tie_break>>(2, 1));
  REQUIRE(text(r) ==
          "broken: replicas that received the same are equal in bytes\n"
          "shows 1 or 2, by the order of delivery\n"
          "shortest history, 2 operations:\n"
          "step  replica 1                 replica 2\n"
          "1     write(1) -> 1\n"
          "2                               write(2) -> 2\n"
          "3     gets write(2) of 2 -> 1\n"
          "4                               gets write(1) of 1 -> 2\n");
}

TEST_CASE("model checker: a reused id is found, a new one is harmless") {
  auto options = sized<or_set_subject>(2, 2);
  options.alphabet = {{or_set_subject::kind::add, 1}, {or_set_subject::kind::add, 2}};
  options.crash = crash::same_id;
  const model_report reused = check_model<or_set_subject>(options);
  INFO(text(reused));
  REQUIRE(reused.failure);
  REQUIRE(reused.failure->events == 2);
  options.crash = crash::new_id;
  const model_report fresh = check_model<or_set_subject>(options);
  INFO(text(fresh));
  REQUIRE(fresh.holds());
}

TEST_CASE("model checker: an invariant of the caller is checked, after a prologue") {
  auto options = sized<counting>(2, 1);
  options.alphabet = {-1};
  options.prologue = {{0, 1}};
  options.invariant = [](const crdt::pn_counter& c) {
    return c.value() < 0 ? std::optional<std::string>("below zero") : std::nullopt;
  };
  const model_report r = check_model<counting>(options);
  INFO(text(r));
  REQUIRE(r.failure);
  REQUIRE(r.failure->what.detail == "below zero");
  REQUIRE(r.failure->events == 2);
}

TEST_CASE("model checker: an invariant over all replicas together") {
  auto options = sized<adding>(2, 2);
  options.joint_invariant = [](const std::vector<const crdt::g_counter*>& all) {
    const bool wrong = all[0]->value() == 1 && all[1]->value() == 2;
    return wrong ? std::optional<std::string>("one and two") : std::nullopt;
  };
  for (const std::size_t parts : {1U, 5U}) {
    options.parts = parts;
    const model_report r = check_model<adding>(options);
    INFO(text(r));
    REQUIRE(r.failure);
    REQUIRE(r.failure->events == 2);
  }
}

TEST_CASE("model checker: threads and parts visit the same, and a budget is kept") {
  auto options = sized<or_set_subject>(2, 2);
  const model_report one = check_model<or_set_subject>(options);
  options.threads = 3;
  const model_report three = check_model<or_set_subject>(options);
  REQUIRE(three.holds());
  REQUIRE(three.histories == one.histories);
  REQUIRE(three.states == one.states);
  for (const std::size_t threads : {1U, 2U}) {
    options.threads = threads;
    options.parts = 7;
    const model_report parted = check_model<or_set_subject>(options);
    REQUIRE(parted.holds());
    REQUIRE(parted.histories == one.histories);
    REQUIRE(parted.states == one.states);
  }

  options = sized<or_set_subject>(3, 2);
  options.max_states = 100;
  const model_report short_of_memory = check_model<or_set_subject>(options);
  REQUIRE_FALSE(short_of_memory.complete);
  REQUIRE(short_of_memory.stopped == "too many states");
  REQUIRE_FALSE(short_of_memory.failure);
}

TEST_CASE("model checker: a part with too many states is divided, and progress is told") {
  auto options = sized<or_set_subject>(2, 3);
  options.alphabet = {{or_set_subject::kind::add, 1}, {or_set_subject::kind::remove, 1}};
  const model_report whole = check_model<or_set_subject>(options);
  REQUIRE(whole.holds());
  REQUIRE(whole.states > 500);
  options.parts = 2;
  options.max_states = 300;
  double least = 1;
  double last = 0;
  options.progress = [&](const testing::model_progress& p) {
    least = std::min(least, p.part_done);
    last = p.part_done;
  };
  const model_report parted = check_model<or_set_subject>(options);
  REQUIRE(parted.holds());
  REQUIRE(parted.histories == whole.histories);
  REQUIRE(parted.states == whole.states);
  REQUIRE(parted.merges > whole.merges);
  REQUIRE(least < 0.5);
  REQUIRE(last == 1);
}

TEST_CASE("model checker: random histories of a larger size") {
  auto options = sized<or_set_subject>(4, 4);
  options.samples = 200;
  const model_report r = check_model<or_set_subject>(options);
  INFO(text(r));
  REQUIRE_FALSE(r.failure);
  REQUIRE_FALSE(r.complete);
  REQUIRE(r.histories > 1000);
  auto broken = sized<toy_set_subject<fault::wrong_meaning>>(3, 3);
  broken.samples = 200;
  REQUIRE(check_model<toy_set_subject<fault::wrong_meaning>>(broken).failure);
}

}  // namespace weft::tests
