// SPDX-License-Identifier: MIT
// Plays one agent's side of a concurrent trace on a shared document of a real node.
//
// Positions in a trace are valid only where they were recorded. So remote changes are held, and
// imported exactly when the recorded author had seen them; the agent's own transactions then apply
// at their recorded parents.
// Lives on the application thread.
#pragma once

#include "profile/player_plan.hpp"
#include "profile/requests.hpp"
#include "trace/trace.hpp"
#include "weft/sync/node.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace weft::app {

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
  /// {upto?}: plays no portion after that many own transactions; without it, there is no gate.
  json gate(const json& args);
  /// {played, total, waiting, resting, finished, error?}; when finished also the state it ended in.
  /// Waiting: for changes of others. Resting: that, or at the gate.
  json report();

private:
  void schedule();
  void step();
  /// Whether all that `needed` asks for has been imported or may be.
  [[nodiscard]] bool at_gate() const { return next_ < plan_.portions.size() && played_ >= gate_; }
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
  std::uint32_t gate_ = UINT32_MAX;
  sync::seq_vector imported_;
  bool scheduled_ = false;
  bool finished_ = false;
  std::string error_;
  json result_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace weft::app
