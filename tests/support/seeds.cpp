// SPDX-License-Identifier: MIT
#include "support/seeds.hpp"

#include "weft/crdt/assert.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace weft::test {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double default_scale = 0.15;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr double default_scale = 0.15;
#else
constexpr double default_scale = 1;
#endif
#else
constexpr double default_scale = 1;
#endif

std::uint64_t running_seed = 0;

void (*abort_handler_before)(int) = SIG_DFL;

// Names the seed, then lets the test framework have its word.
void tell_seed(int signal) {
  std::fprintf(stderr, "aborted in seed %llu (run it again with WEFT_SEED=%llu)\n",
               static_cast<unsigned long long>(running_seed),
               static_cast<unsigned long long>(running_seed));
  std::signal(signal, abort_handler_before);
  std::raise(signal);
}

// An assertion of the library becomes an exception, so that its seed can be told and its script
// shrunk. Where none may pass, the program aborts; then the seed is told at least.
class assertions_throw {
public:
  assertions_throw()
      : before_(crdt::set_assert_handler([](const char* claim, const char* file, int line) {
          throw std::runtime_error("assertion failed: " + std::string(claim) + " (" + file + ':' +
                                   std::to_string(line) + ')');
        })) {
    abort_handler_before = std::signal(SIGABRT, tell_seed);
  }
  ~assertions_throw() {
    crdt::set_assert_handler(before_);
    std::signal(SIGABRT, abort_handler_before);
  }
  assertions_throw(const assertions_throw&) = delete;
  assertions_throw& operator=(const assertions_throw&) = delete;

private:
  crdt::assert_handler before_;
};

}  // namespace

bool slow_build() {
#ifdef WEFT_DEEP_CHECKS
  return true;
#else
  return default_scale < 1;
#endif
}

std::size_t scaled(std::size_t count) {
  const char* text = std::getenv("WEFT_SCALE");
  const double scale = text != nullptr ? std::strtod(text, nullptr) : default_scale;
  return std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(count) * scale));
}

void for_seeds(std::size_t count, const std::function<void(std::uint64_t seed)>& f) {
  std::uint64_t first = 1;
  std::uint64_t last = scaled(count);
  if (const char* text = std::getenv("WEFT_SEED")) {
    first = std::strtoull(text, nullptr, 10);
    last = first;
  }
  const assertions_throw guard;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    running_seed = seed;
    try {
      f(seed);
    } catch (const std::exception& e) {
      throw std::runtime_error("seed " + std::to_string(seed) + " (run it again with WEFT_SEED=" +
                               std::to_string(seed) + "): " + e.what());
    }
  }
}

}  // namespace weft::test
