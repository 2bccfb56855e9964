// SPDX-License-Identifier: MIT
// Works on edits that a generator makes; the Rust side makes the very same ones.
#pragma once

#include <cstdint>
#include <string>

namespace weft::bench {

/// `work`: diverge, writers, or growth with the number of operations.
void run_made(const std::string& work, std::uint64_t size);

}  // namespace weft::bench
