// SPDX-License-Identifier: MIT
#include "weft/crdt/assert.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace weft::crdt {
namespace {

void print_claim(const char* claim, const char* file, int line) {
  std::fprintf(stderr, "weft: broken invariant at %s:%d: %s\n", file, line, claim);
}

std::atomic<assert_handler> current{&print_claim};

}  // namespace

assert_handler set_assert_handler(assert_handler handler) noexcept {
  return current.exchange(handler == nullptr ? &print_claim : handler);
}

namespace detail {

void assert_failed(const char* claim, const char* file, int line) {
  current.load()(claim, file, line);
  std::abort();
}

}  // namespace detail
}  // namespace weft::crdt
