// SPDX-License-Identifier: MIT
#include "weft/sync/run_loop.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>

namespace weft::sync {

struct run_loop::state {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> tasks;
  bool stopped = false;
  bool gone = false;

  void post(std::function<void()> task) {
    const std::lock_guard lock(mutex);
    if (gone) return;
    tasks.push_back(std::move(task));
    changed.notify_one();
  }
  /// Empty if there is none before `until`, or somebody stopped the loop.
  std::function<void()> take(std::chrono::steady_clock::time_point until) {
    std::unique_lock lock(mutex);
    changed.wait_until(lock, until, [this] { return !tasks.empty() || stopped; });
    if (tasks.empty()) return nullptr;
    auto task = std::move(tasks.front());
    tasks.pop_front();
    return task;
  }
  bool is_stopped() {
    const std::lock_guard lock(mutex);
    return stopped;
  }
};

run_loop::run_loop() : state_(std::make_shared<state>()) {}

run_loop::~run_loop() {
  std::deque<std::function<void()>> dropped;
  {
    const std::lock_guard lock(state_->mutex);
    state_->gone = true;
    // Destroyed outside of the lock: what a task holds may post again.
    dropped.swap(state_->tasks);
  }
}

executor run_loop::get_executor() const {
  return [s = state_](std::function<void()> task) { s->post(std::move(task)); };
}

void run_loop::post(std::function<void()> task) {
  state_->post(std::move(task));
}

bool run_loop::run_until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    const auto task = state_->take(until);
    if (task) {
      task();
    } else {
      return done();
    }
  }
  return true;
}

void run_loop::run() {
  while (!state_->is_stopped()) {
    const auto task = state_->take(std::chrono::steady_clock::now() + std::chrono::hours(1));
    if (task) task();
  }
  const std::lock_guard lock(state_->mutex);
  state_->stopped = false;
}

void run_loop::stop() {
  const std::lock_guard lock(state_->mutex);
  state_->stopped = true;
  state_->changed.notify_one();
}

std::size_t run_loop::run_ready() {
  std::size_t count = 0;
  while (const auto task = state_->take(std::chrono::steady_clock::now())) {
    task();
    ++count;
  }
  return count;
}

}  // namespace weft::sync
