// SPDX-License-Identifier: MIT
// Runs the same work in several threads that start together. Under ThreadSanitizer a race fails the
// program, whatever the threads give.
#pragma once

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace weft::test {

/// Calls work(i) for i below `count`, each in a thread of its own.
template <class F>
void in_threads(std::size_t count, const F& work) {
  std::atomic<bool> go{false};
  std::vector<std::thread> threads;
  threads.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&work, &go, i] {
      while (!go.load()) {
        std::this_thread::yield();
      }
      work(i);
    });
  }
  go = true;
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace weft::test
