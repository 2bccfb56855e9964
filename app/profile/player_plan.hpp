// SPDX-License-Identifier: MIT
// One agent's side of a concurrent trace: which changes to have before which of its transactions.
//
// All sides agree on which change holds which transaction without asking each other: an author
// seals after fixed transactions (those that others name as parents, those before a merge, the
// last, and every 64th), each seal makes one change, and so a transaction that somebody must have
// seen is a sequence number. Pure.
#pragma once

#include "trace/trace.hpp"
#include "weft/sync/ids.hpp"

#include <cstdint>
#include <vector>

namespace weft::app {

struct player_plan {
  struct portion {
    sync::seq_vector merge;                   ///< what to import before, per replica
    std::vector<std::uint32_t> transactions;  ///< own ones, sealed as one change after the last
  };
  std::vector<portion> portions;
  sync::seq_vector all;  ///< changes of every agent at the end
  std::uint32_t own_transactions = 0;
};

/// The replica that writes what `agent` wrote.
[[nodiscard]] crdt::replica_id replica_of(std::uint32_t agent);

/// Throws trace_error when the trace is inconsistent. Pre: concurrent, `agent < t.agents`.
[[nodiscard]] player_plan make_plan(const trace& t, std::uint32_t agent);

}  // namespace weft::app
