// SPDX-License-Identifier: MIT
// A queue of tasks for programs without an event loop of their own (commands, nodes, tests): the
// thread that calls run_until is the application thread of sync::node.
//
// `post` and the executor may be used from any thread, also after the loop is gone (then tasks are
// dropped). All else from one thread at a time.
#pragma once

#include "weft/sync/node.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace weft::sync {

class run_loop {
public:
  run_loop();
  ~run_loop();
  run_loop(const run_loop&) = delete;
  run_loop& operator=(const run_loop&) = delete;

  /// For node_options::run.
  [[nodiscard]] executor get_executor() const;
  void post(std::function<void()> task);

  /// Runs tasks until `done()` holds, which is asked before and after each task, or the time is
  /// up. Returns whether it held.
  bool run_until(const std::function<bool()>& done, std::chrono::milliseconds limit);
  /// Runs tasks until `stop` is called (from any thread, or a task).
  void run();
  void stop();
  /// Runs what is queued now, without waiting. Returns the number of tasks run.
  std::size_t run_ready();

private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace weft::sync
