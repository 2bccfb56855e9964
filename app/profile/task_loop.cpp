// SPDX-License-Identifier: MIT
#include "profile/task_loop.hpp"

#include <utility>

namespace weft::app {

void task_loop::post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  added_.notify_one();
}

void task_loop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  added_.notify_one();
}

std::function<void()> task_loop::next(clock::time_point until) {
  std::unique_lock lock(mutex_);
  added_.wait_until(lock, until, [this] { return stopped_ || !tasks_.empty(); });
  if (stopped_ || tasks_.empty()) return {};
  std::function<void()> task = std::move(tasks_.front());
  tasks_.pop_front();
  return task;
}

bool task_loop::run_until(const std::function<bool()>& done, clock::time_point until) {
  while (!done()) {
    if (clock::now() >= until) return false;
    if (const std::function<void()> task = next(until)) task();
  }
  return true;
}

void task_loop::run(std::chrono::milliseconds interval, const std::function<void()>& on_tick) {
  clock::time_point tick = clock::now() + interval;
  for (;;) {
    if (const std::function<void()> task = next(tick)) task();
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return;
    }
    if (clock::now() >= tick) {
      on_tick();
      tick = clock::now() + interval;
    }
  }
}

}  // namespace weft::app
