// SPDX-License-Identifier: MIT
// Connections to other devices over TCP and TLS: ordered bytes and the proven key of the other end,
// nothing else.
//
// Everything happens on the event loop's thread, counters apart. A session that was reported `up`
// is reported `down` exactly once, unless it is closed from here or the transport is destroyed. No
// byte of the application is sent to, or taken from, a key that is not allowed.
#pragma once

#include "net/event_loop.hpp"
#include "weft/sync/core.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weft::sync::net {

struct transport_events {
  /// `attempt` is the one given to dial, 0 for accepted sessions. `known` false: not pinned, let in
  /// because an invitation is open.
  std::function<void(session_id, const public_key&, std::uint64_t attempt, bool known)> up;
  std::function<void(session_id, bytes)> received;
  std::function<void(session_id, close_reason, std::string)> down;
  std::function<void(session_id, std::size_t free_bytes)> writable;
  std::function<void(std::uint64_t attempt, std::string)> dial_failed;
};

/// Times and sizes; tests use shorter ones.
struct transport_limits {
  std::chrono::milliseconds handshake{10'000};
  std::chrono::milliseconds connect{5'000};  ///< for each address
  std::chrono::milliseconds stall{60'000};   ///< a write without progress
  std::chrono::milliseconds drain{1'000};    ///< of a close
  std::size_t half_open = 64;
  std::size_t half_open_per_host = 16;
  std::size_t send_buffer = std::size_t{1} << 20U;        ///< `free_bytes` counts from here
  std::size_t send_buffer_hard = std::size_t{16} << 20U;  ///< beyond this the session ends
};

struct transport_counters {
  std::atomic<std::uint64_t> sent_bytes{0};
  std::atomic<std::uint64_t> received_bytes{0};
  std::atomic<std::uint64_t> sessions{0};
};

class transport {
public:
  [[nodiscard]] static result<std::unique_ptr<transport>> make(event_loop& loop,
                                                               const key_pair& device,
                                                               transport_events events,
                                                               transport_limits limits = {});
  ~transport();
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;

  /// The endpoint bound, with its real port. in_use, or why not, as a sentence.
  [[nodiscard]] result<endpoint> listen(const endpoint& at);
  void stop_listening();

  /// Who may connect from now on. Sessions that are up stay.
  void allow(std::vector<public_key> known, bool open_to_invited);

  /// Tries the addresses in turn until one answers with exactly the key of `wanted`.
  void dial(std::uint64_t attempt, const device_id& wanted, std::vector<std::string> addresses);
  /// Ends a dial that is under way, or all; they report nothing.
  void cancel_dial(std::uint64_t attempt);
  void cancel_dials();

  /// Queued; sends of one turn of the loop leave together. Unknown sessions are ignored.
  void send(session_id session, bytes frame);
  /// Sends what is queued, then closes. Nothing of this session is reported any more.
  void close(session_id session);
  /// Sessions that are up or still draining.
  [[nodiscard]] std::size_t open_count() const;

  [[nodiscard]] const transport_counters& counters() const noexcept;

private:
  struct state;
  explicit transport(std::shared_ptr<state> s);
  std::shared_ptr<state> state_;
};

}  // namespace weft::sync::net
