// SPDX-License-Identifier: MIT
// The control socket: how a `weft` command reaches the process that has the profile open.
//
// A Unix stream socket `control.sock` in the profile folder, mode 0600, for the same user only. One
// request per connection: the client sends JSON text and closes its side, the server answers with
// JSON text and closes. Bounded: requests up to 64 MiB, 16 connections at once, 10 seconds to send.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weft::app {

inline constexpr std::size_t max_control_bytes = std::size_t{64} << 20U;

/// Serves the socket on a thread of its own. The process must hold the profile: a socket left over
/// by a dead process is replaced.
class control_server {
public:
  /// Gives back the reply; may be called from any thread, also after the server is gone.
  using responder = std::function<void(std::string reply)>;
  /// Called on the server's thread with each request; hands it to the application's thread.
  using handler = std::function<void(std::string request, responder reply)>;

  /// Throws std::runtime_error with a sentence when the socket cannot be made.
  control_server(const std::filesystem::path& profile, handler on_request);
  /// Closes all connections, removes the socket, joins the thread.
  ~control_server();
  control_server(const control_server&) = delete;
  control_server& operator=(const control_server&) = delete;

private:
  struct state;
  std::shared_ptr<state> state_;
};

/// Sends a request to the process that has the profile open and waits for its reply. nullopt when
/// nobody serves the socket. Throws std::runtime_error when the connection breaks before a reply.
[[nodiscard]] std::optional<std::string> ask_control(const std::filesystem::path& profile,
                                                     std::string_view request);

}  // namespace weft::app
