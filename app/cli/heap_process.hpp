// SPDX-License-Identifier: MIT
// Runs one memory measurement in a fresh process of this same program.
#pragma once

#include "weft/crdt/bytes.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace weft::app {

/// The figure that `weft bench heap FIGURE` prints when `input` is its standard input. nullopt when
/// this build cannot count (sanitizers). Throws command_error when the process fails.
[[nodiscard]] std::optional<std::uint64_t> measure_heap(const std::string& figure,
                                                        crdt::byte_view input);

}  // namespace weft::app
