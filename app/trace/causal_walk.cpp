// SPDX-License-Identifier: MIT
#include "trace/causal_walk.hpp"

#include "weft/crdt/assert.hpp"

#include <algorithm>
#include <utility>

namespace weft::app {

namespace {
/// Versions of open branches are kept whole; together they may hold this many counts (256 MiB).
constexpr std::size_t max_live_counts = std::size_t{64} << 20U;
}  // namespace

causal_walk::causal_walk(const trace& of)
    : of_(of),
      children_left_(of.transactions.size()),
      versions_(of.transactions.size()),
      seen_(of.agents, counts(of.agents)),
      owned_(of.agents) {
  for (const std::uint32_t parent : of.parents) ++children_left_[parent];
}

/// The version made by merging the parents. The last child takes its parent's version over.
causal_walk::counts causal_walk::version_at(std::size_t index) {
  counts version;
  for (const std::uint32_t parent : of_.parents_of(of_.transactions[index])) {
    const bool last = --children_left_[parent] == 0;
    if (version.empty()) {
      version = last ? std::move(versions_[parent]) : versions_[parent];
    } else {
      const counts& other = versions_[parent];
      for (std::size_t a = 0; a < version.size(); ++a) version[a] = std::max(version[a], other[a]);
    }
    if (last) {
      versions_[parent] = counts();
      --live_versions_;
    }
  }
  if (version.empty()) version.resize(of_.agents);
  return version;
}

std::vector<std::uint32_t> causal_walk::step() {
  WEFT_ASSERT(!done(), "there is a transaction to step over");
  const std::size_t index = next_++;
  const std::uint32_t agent = of_.transactions[index].agent;
  counts version = version_at(index);
  if (version[agent] != owned_[agent].size()) {
    throw trace_error("transaction " + std::to_string(index) + ": agent " + std::to_string(agent) +
                      " has not seen its own earlier transactions");
  }
  std::vector<std::uint32_t> merged;
  counts& seen = seen_[agent];
  for (std::size_t a = 0; a < version.size(); ++a) {
    for (std::uint32_t i = seen[a]; i < version[a] && a != agent; ++i) {
      merged.push_back(owned_[a][i]);
    }
  }
  std::sort(merged.begin(), merged.end());
  ++version[agent];
  seen = version;
  owned_[agent].push_back(static_cast<std::uint32_t>(index));
  if (children_left_[index] > 0) {
    if (++live_versions_ * of_.agents > max_live_counts) {
      throw trace_error("transaction " + std::to_string(index) +
                        ": too many branches are open at once");
    }
    versions_[index] = std::move(version);
  }
  return merged;
}

}  // namespace weft::app
