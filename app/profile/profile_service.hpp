// SPDX-License-Identifier: MIT
// Executes commands on an open profile: one request in, one reply out, both JSON text.
//
// A profile is opened by one process. The `weft` command opens it itself when it is free, and sends
// the same request to the process that has it when it is not (control_socket.hpp). Either way this
// class does the work, so both ways answer the same.
//
//   request  {"cmd": "cat", "args": {"doc": "Notes"}}
//   reply    {"ok": true, "result": {...}}
//            {"ok": false, "code": 1, "error": "one sentence"}       code: exit_code.hpp
//
// Lives on the application thread of its node; calls and answers happen there.
#pragma once

#include "weft/sync/node.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace weft::app {

class trace_player;

class profile_service {
public:
  /// `host` must outlive the service.
  explicit profile_service(sync::node& host);
  ~profile_service();
  profile_service(const profile_service&) = delete;
  profile_service& operator=(const profile_service&) = delete;

  /// Gets the reply, once: at once or later (join waits for peers). Never after the destructor.
  using answer = std::function<void(std::string reply)>;
  /// Executes `request`, which may be hostile: anything that is no request gets an error reply.
  void execute(std::string_view request, answer reply);

  /// Called by the command "stop"; empty: stopping is refused. `weft node` sets it.
  std::function<void()> on_stop;
  /// Plays one agent's side of a trace (`weft replay`); empty unless the node was started for that.
  std::unique_ptr<trace_player> player;

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// The request's text for a command. `args_json` is a JSON object.
[[nodiscard]] std::string make_request(std::string_view cmd, std::string_view args_json);

}  // namespace weft::app
