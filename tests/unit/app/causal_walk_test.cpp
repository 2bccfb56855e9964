// SPDX-License-Identifier: MIT
#include "trace/causal_walk.hpp"

#include <catch2/catch.hpp>

#include <initializer_list>

using namespace weft::app;
using Catch::Matchers::Contains;

namespace {

void add(trace& t, std::uint32_t agent, std::initializer_list<std::uint32_t> parents) {
  const std::vector<std::uint32_t> list(parents);
  t.kind = trace_kind::concurrent;
  t.agents = std::max(t.agents, agent + 1);
  t.add_transaction(agent, list);
  t.add_patch(0, 0, "x");
}

using merges = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("causal walk: an author merges what its parents include, once") {
  trace t;
  add(t, 0, {});      // 0
  add(t, 1, {});      // 1: concurrent with 0
  add(t, 0, {0});     // 2
  add(t, 1, {0, 1});  // 3: saw 0, not 2
  add(t, 2, {2, 3});  // 4: saw all
  add(t, 0, {4});     // 5
  causal_walk walk(t);
  CHECK(walk.step() == merges{});
  CHECK(walk.step() == merges{});
  CHECK(walk.step() == merges{});
  CHECK(walk.step() == merges{0});
  CHECK(walk.step() == merges{0, 1, 2, 3});
  CHECK(walk.step() == merges{1, 3, 4});
  CHECK(walk.done());
}

TEST_CASE("causal walk: an author that forgot its own work is refused") {
  trace t;
  add(t, 0, {});
  add(t, 1, {0});
  add(t, 1, {0});
  causal_walk walk(t);
  static_cast<void>(walk.step());
  static_cast<void>(walk.step());
  CHECK_THROWS_WITH(walk.step(), Contains("transaction 2: agent 1 has not seen its own"));
}
