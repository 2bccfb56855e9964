// SPDX-License-Identifier: MIT
// Turns a trace into a history: the operations that its agents would have made with Weft.
#pragma once

#include "trace/trace.hpp"
#include "weft/crdt/document/document.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace weft::app {

/// Told how far the work is; may be empty.
using progress_line = std::function<void(const std::string&)>;

/// What two replicas must have in common: their text, and the canonical bytes of everything.
struct replica_state {
  std::string text_sha256;
  std::string canonical_sha256;
  friend bool operator==(const replica_state&, const replica_state&) = default;
};
[[nodiscard]] replica_state state_of(crdt::document& d);

struct trace_history {
  crdt::document whole;              ///< one replica that has everything
  std::vector<crdt::bytes> updates;  ///< one per transaction, in file order, self-contained
  std::uint64_t operations = 0;
  replica_state state;  ///< of `whole`
  bool agreed = true;   ///< every agent's replica and every delivery order reached `state`
};

/// Sequential: one replica makes all. Concurrent: one replica per agent, which merges exactly what
/// the parents of its next transaction say; at the end all merge everything, and fresh replicas
/// take the transactions in shuffled causal orders. Throws trace_error.
[[nodiscard]] trace_history build_history(const trace& t, const progress_line& shown);

}  // namespace weft::app
