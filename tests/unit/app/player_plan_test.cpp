// SPDX-License-Identifier: MIT
#include "profile/player_plan.hpp"

#include "trace/causal_walk.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <initializer_list>
#include <random>
#include <set>

using namespace weft::app;

namespace {

void add(trace& t, std::uint32_t agent, const std::vector<std::uint32_t>& parents) {
  t.kind = trace_kind::concurrent;
  t.agents = std::max(t.agents, agent + 1);
  t.add_transaction(agent, parents);
  t.add_patch(0, 0, "x");
}

/// A random history: each transaction follows its agent's last one and perhaps another's.
trace random_trace(unsigned seed, std::uint32_t agents, std::uint32_t size) {
  std::mt19937 random(seed);
  trace t;
  t.agents = agents;
  std::vector<std::set<std::uint32_t>> heads(agents);  // minimal, per agent's view
  std::vector<std::set<std::uint32_t>> seen(agents);   // everything in that view
  std::vector<std::set<std::uint32_t>> views;          // of each transaction
  for (std::uint32_t i = 0; i < size; ++i) {
    const auto agent = static_cast<std::uint32_t>(random() % agents);
    const auto other = static_cast<std::uint32_t>(random() % agents);
    if (random() % 4 == 0) seen[agent].insert(seen[other].begin(), seen[other].end());
    std::vector<std::uint32_t> parents;
    for (const std::uint32_t one : seen[agent]) {
      const bool followed = std::any_of(seen[agent].begin(), seen[agent].end(), [&](auto later) {
        return later != one && views[later].count(one) > 0;
      });
      if (!followed) parents.push_back(one);
    }
    add(t, agent, parents);
    seen[agent].insert(i);
    views.push_back(seen[agent]);
  }
  return t;
}

/// Runs all sides of a trace as far as they come, and says what each had merged when it played.
struct playback {
  explicit playback(const trace& t) : merged(t.transactions.size()) {
    std::vector<player_plan> plans;
    for (std::uint32_t a = 0; a < t.agents; ++a) plans.push_back(make_plan(t, a));
    // What each change of each agent holds.
    std::vector<std::vector<std::vector<std::uint32_t>>> changes(t.agents);
    for (std::uint32_t a = 0; a < t.agents; ++a) {
      for (const auto& p : plans[a].portions) changes[a].push_back(p.transactions);
    }
    std::vector<std::size_t> next(t.agents);
    std::vector<std::set<std::uint32_t>> have(t.agents);
    for (bool moved = true; moved;) {
      moved = false;
      for (std::uint32_t a = 0; a < t.agents; ++a) {
        if (next[a] == plans[a].portions.size()) continue;
        const player_plan::portion& p = plans[a].portions[next[a]];
        const bool ready = std::all_of(p.merge.begin(), p.merge.end(), [&](const auto& entry) {
          return next[entry.first.bytes[15]] >= entry.second;
        });
        if (!ready) continue;
        for (const auto& [replica, seq] : p.merge) {
          for (std::uint64_t s = 0; s < seq; ++s) {
            const auto& held = changes[replica.bytes[15]][s];
            have[a].insert(held.begin(), held.end());
          }
        }
        for (const std::uint32_t i : p.transactions) {
          merged[i] = have[a];
          have[a].insert(i);
          ++played;
        }
        ++next[a];
        moved = true;
      }
    }
  }
  std::vector<std::set<std::uint32_t>> merged;  // before each transaction
  std::size_t played = 0;
};

}  // namespace

TEST_CASE("player plan: every side plays each transaction exactly at its recorded parents") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    const trace t = random_trace(seed, 1 + seed % 5, 120);
    const playback p(t);
    REQUIRE(p.played == t.transactions.size());
    std::vector<std::set<std::uint32_t>> views(t.transactions.size());
    for (std::uint32_t i = 0; i < t.transactions.size(); ++i) {
      for (const std::uint32_t parent : t.parents_of(t.transactions[i])) {
        views[i].insert(views[parent].begin(), views[parent].end());
        views[i].insert(parent);
      }
      REQUIRE(p.merged[i] == views[i]);
    }
  }
}

TEST_CASE("player plan: long solitary stretches are cut into several changes") {
  trace t;
  for (std::uint32_t i = 0; i < 200; ++i) {
    add(t, 0, i == 0 ? std::vector<std::uint32_t>{} : std::vector<std::uint32_t>{i - 1});
  }
  const player_plan plan = make_plan(t, 0);
  CHECK(plan.portions.size() == 4);
  CHECK(plan.own_transactions == 200);
  CHECK(plan.all.empty());
}
