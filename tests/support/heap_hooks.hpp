// SPDX-License-Identifier: MIT
// Counts the bytes that malloc has handed out in this program, C libraries such as zstd included.
//
// Counting is off until `start`, so that timed figures do not pay for it. Sizes are the allocator's
// usable sizes, as on the other side of the comparison.
#pragma once

#include <cstddef>

namespace weft::test::heap {

/// False where malloc cannot be replaced: under a sanitizer, or without glibc.
[[nodiscard]] bool available() noexcept;
/// Counts from zero from now on. Blocks made before must not be freed while it counts.
void start() noexcept;
[[nodiscard]] std::ptrdiff_t live_bytes() noexcept;
/// The most that was live since `start`.
[[nodiscard]] std::ptrdiff_t peak_bytes() noexcept;

}  // namespace weft::test::heap
