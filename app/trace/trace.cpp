// SPDX-License-Identifier: MIT
#include "trace/trace.hpp"

#include "weft/crdt/assert.hpp"

namespace weft::app {

void trace::add_transaction(std::uint32_t agent, std::span<const std::uint32_t> its_parents) {
  trace_transaction t;
  t.first_patch = static_cast<std::uint32_t>(patches.size());
  t.first_parent = static_cast<std::uint32_t>(parents.size());
  t.parent_count = static_cast<std::uint32_t>(its_parents.size());
  t.agent = agent;
  parents.insert(parents.end(), its_parents.begin(), its_parents.end());
  transactions.push_back(t);
}

void trace::add_patch(std::uint32_t position, std::uint32_t erased, std::string_view inserted) {
  WEFT_ASSERT(!transactions.empty(), "a patch belongs to a transaction");
  patches.push_back({position, erased, texts.size(), static_cast<std::uint32_t>(inserted.size())});
  texts += inserted;
  ++transactions.back().patch_count;
}

}  // namespace weft::app
