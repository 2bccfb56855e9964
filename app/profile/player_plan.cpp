// SPDX-License-Identifier: MIT
#include "profile/player_plan.hpp"

#include "trace/causal_walk.hpp"
#include "weft/crdt/assert.hpp"

#include <algorithm>

namespace weft::app {

namespace {

constexpr std::uint32_t most_per_change = 64;

/// What every transaction merges, and which ones end a change.
struct cut_points {
  std::vector<std::vector<std::uint32_t>> merges;  // of each transaction
  std::vector<bool> sealed;
  std::vector<std::uint32_t> change;  // changes of its agent up to and with this transaction
  std::vector<std::uint32_t> totals;  // changes of each agent
};

cut_points find_cuts(const trace& t) {
  const std::size_t size = t.transactions.size();
  cut_points out{{}, std::vector<bool>(size), std::vector<std::uint32_t>(size), {}};
  out.merges.reserve(size);
  constexpr std::size_t none = SIZE_MAX;
  std::vector<std::size_t> last(t.agents, none);
  std::vector<std::uint32_t> unsealed(t.agents);
  causal_walk walk(t);
  for (std::size_t i = 0; i < size; ++i) {
    out.merges.push_back(walk.step());
    const std::uint32_t agent = t.transactions[i].agent;
    if (last[agent] != none && !out.merges[i].empty()) out.sealed[last[agent]] = true;
    for (const std::uint32_t parent : t.parents_of(t.transactions[i])) {
      if (t.transactions[parent].agent != agent) out.sealed[parent] = true;
    }
    last[agent] = i;
  }
  for (const std::size_t i : last) {
    if (i != none) out.sealed[i] = true;
  }
  out.totals.resize(t.agents);
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint32_t agent = t.transactions[i].agent;
    if (++unsealed[agent] == most_per_change) out.sealed[i] = true;
    if (out.sealed[i]) {
      ++out.totals[agent];
      unsealed[agent] = 0;
    }
    out.change[i] = out.totals[agent];
  }
  return out;
}

}  // namespace

crdt::replica_id replica_of(std::uint32_t agent) {
  return crdt::replica_id::from_number(agent);
}

player_plan make_plan(const trace& t, std::uint32_t agent) {
  WEFT_ASSERT(t.kind == trace_kind::concurrent && agent < t.agents, "the agent is in the trace");
  const cut_points cuts = find_cuts(t);
  player_plan plan;
  bool open = false;
  for (std::size_t i = 0; i < t.transactions.size(); ++i) {
    if (t.transactions[i].agent != agent) continue;
    if (!open) plan.portions.emplace_back();
    for (const std::uint32_t merged : cuts.merges[i]) {
      // The last one merged of each agent is a parent of somebody else's, hence it ends a change.
      std::uint64_t& seq = plan.portions.back().merge[replica_of(t.transactions[merged].agent)];
      seq = std::max<std::uint64_t>(seq, cuts.change[merged]);
    }
    plan.portions.back().transactions.push_back(static_cast<std::uint32_t>(i));
    ++plan.own_transactions;
    open = !cuts.sealed[i];
  }
  for (std::uint32_t a = 0; a < t.agents; ++a) {
    if (a != agent && cuts.totals[a] > 0) plan.all[replica_of(a)] = cuts.totals[a];
  }
  return plan;
}

}  // namespace weft::app
