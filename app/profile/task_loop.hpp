// SPDX-License-Identifier: MIT
// The application thread of a program without Qt: a queue of tasks.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace weft::app {

/// `post` may be called from any thread, the rest from the one that runs the loop.
class task_loop {
public:
  using clock = std::chrono::steady_clock;

  /// Adds a task; tasks run in order.
  void post(std::function<void()> task);
  /// Runs tasks until `done()` holds, checked after each task. False when `until` came first.
  bool run_until(const std::function<bool()>& done, clock::time_point until);
  /// Runs until stop(). Ticks `on_tick` about every `interval`.
  void run(std::chrono::milliseconds interval, const std::function<void()>& on_tick);
  /// Makes run() return. Callable from any thread.
  void stop();

private:
  /// One task, or an empty function at `until`.
  std::function<void()> next(clock::time_point until);

  std::mutex mutex_;
  std::condition_variable added_;
  std::deque<std::function<void()>> tasks_;
  bool stopped_ = false;
};

}  // namespace weft::app
