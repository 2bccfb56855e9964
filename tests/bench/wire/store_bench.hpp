// SPDX-License-Identifier: MIT
// How large the store of a node is that has one trace's history and nothing to do.
#pragma once

#include "report.hpp"

#include <cstddef>
#include <filesystem>

namespace weft::bench {

/// Writes the first `most` transactions into a profile's store, one signed change each; then a
/// real node opens the document, types one key more, rests until it has tidied up, and closes.
/// Throws std::runtime_error.
[[nodiscard]] store_row measure_store(const std::filesystem::path& trace_file, std::size_t most);

}  // namespace weft::bench
