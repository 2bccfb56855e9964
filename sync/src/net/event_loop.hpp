// SPDX-License-Identifier: MIT
// The node's thread as an object: runs tasks, sockets and one timer in turn.
//
// `post`, `after` and `stop` may be called from any thread; all else from the thread in `run`.
// Tasks that were not run when the loop is destroyed are destroyed with it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace weft::sync::net {

class event_loop {
public:
  event_loop();
  ~event_loop();
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  void post(std::function<void()> task);
  /// Runs until stop.
  void run();
  void stop();
  /// Instead of run: at most one task, waiting up to `limit` for it. Whether there was one.
  bool run_one(std::chrono::milliseconds limit);

  /// Milliseconds of a monotonic clock.
  [[nodiscard]] static std::chrono::milliseconds now();
  /// Calls `task` once at or after `at`; replaces the former call.
  void wake_at(std::chrono::milliseconds at, std::function<void()> task);
  void cancel_wake();
  /// Runs `task` once after `delay`. From any thread.
  void after(std::chrono::milliseconds delay, std::function<void()> task);

  struct state;
  /// For the adapters in this folder.
  [[nodiscard]] state& internals() noexcept { return *state_; }

private:
  std::unique_ptr<state> state_;
};

}  // namespace weft::sync::net
