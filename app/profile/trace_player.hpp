// SPDX-License-Identifier: MIT
// Plays one agent's side of a concurrent trace on a shared document of a real node.
//
// Positions in a trace are valid only where they were recorded. So remote changes are held, and
// imported exactly when the recorded author had seen them; the agent's own transactions then apply
// at their recorded parents.
//
// All sides agree on which change holds which transaction without asking each other: an author
// seals after fixed transactions (those that others name as parents, those before a merge, the
// last, and every 64th), each seal makes one change, and so a transaction that somebody must have
// seen is a sequence number. Lives on the application thread.
#pragma once

#include "profile/requests.hpp"
#include "trace/trace.hpp"
#include "weft/sync/node.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace weft::app {

/// One agent's side: which changes to have before which of its transactions, computed alike by all.
struct player_plan {
  struct portion {
    sync::seq_vector merge;                   ///< what to import before, per replica
    std::vector<std::uint32_t> transactions;  ///< own ones, sealed as one change after the last
  };
  std::vector<portion> portions;
  sync::seq_vector all;  ///< changes of every agent at the end
  std::uint32_t own_transactions = 0;
};
/// Throws trace_error when the trace is inconsistent. Pre: concurrent, `agent < t.agents`.
[[nodiscard]] player_plan make_plan(const trace& t, std::uint32_t agent);

class trace_player {
public:
  /// Reads the trace; throws as read_trace does. `host` must outlive the player.
  trace_player(sync::node& host, sync::executor run, const std::filesystem::path& file,
               std::uint32_t agent);
  ~trace_player();
  trace_player(const trace_player&) = delete;
  trace_player& operator=(const trace_player&) = delete;

  /// {doc}: begins to play on that document. The replica is the agent's number.
  json start(const json& args);
  /// {played, total, waiting, finished, error?}; when finished also the state it ended in.
  json report();

private:
  void schedule();
  void step();
  /// Whether all that `needed` asks for has been imported or may be.
  [[nodiscard]] bool reachable(const sync::seq_vector& needed) const;
  void import_needed(const sync::seq_vector& needed);
  void play(const player_plan::portion& p);
  void finish();

  sync::node& host_;
  sync::executor run_;
  trace trace_;
  std::uint32_t agent_;
  player_plan plan_;
  std::shared_ptr<sync::shared_document> document_;
  std::size_t next_ = 0;  // portion
  std::uint32_t played_ = 0;
  sync::seq_vector imported_;
  bool scheduled_ = false;
  bool finished_ = false;
  std::string error_;
  json result_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace weft::app
