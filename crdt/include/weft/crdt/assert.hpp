// SPDX-License-Identifier: MIT
// WEFT_ASSERT: our own invariants and callers' preconditions, checked in every build.
//
// A wrong content replicates, a crash does not: so a broken invariant ends the program through one
// replaceable handler. Bytes from outside never reach an assertion; they yield an `error`.
#pragma once

namespace weft::crdt {

/// Called with the claim that did not hold and its place. If it returns, the program aborts.
/// A test may install one that throws.
using assert_handler = void (*)(const char* claim, const char* file, int line);

/// Replaces the handler, returns the former one. `nullptr` restores the default (print, abort).
/// Thread-safe.
assert_handler set_assert_handler(assert_handler handler) noexcept;

namespace detail {
[[noreturn]] void assert_failed(const char* claim, const char* file, int line);
}  // namespace detail

}  // namespace weft::crdt

/// `claim` says in words what must hold.
#define WEFT_ASSERT(condition, claim) \
  (static_cast<bool>(condition)       \
       ? static_cast<void>(0)         \
       : ::weft::crdt::detail::assert_failed((claim), __FILE__, __LINE__))

#ifdef WEFT_DEEP_CHECKS
#define WEFT_DEEP_ASSERT(condition, claim) WEFT_ASSERT(condition, claim)
#else
#define WEFT_DEEP_ASSERT(condition, claim) static_cast<void>(0)
#endif
