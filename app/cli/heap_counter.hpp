// SPDX-License-Identifier: MIT
// Counts the bytes that operator new has handed out in this program.
//
// The program replaces the global operators (heap_counter.cpp). Counting is off until `start`, so
// that timed figures do not pay for it. Sizes are the allocator's usable sizes. Memory that C
// libraries take from malloc is not seen.
#pragma once

#include <cstddef>

namespace weft::app::heap_counter {

/// False under a sanitizer that has an allocator of its own.
[[nodiscard]] bool available() noexcept;

/// Counts from zero from now on. Blocks made before and freed later would count below zero, so
/// measure between calls that leave the earlier ones alone.
void start() noexcept;

[[nodiscard]] std::ptrdiff_t live_bytes() noexcept;
/// The most that was live since `start`.
[[nodiscard]] std::ptrdiff_t peak_bytes() noexcept;

}  // namespace weft::app::heap_counter
