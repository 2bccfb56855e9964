// SPDX-License-Identifier: MIT
// Writes a history in the public trace format.
#pragma once

#include "trace/trace.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace weft::app {

/// The trace as JSON text. `wall_ms` has one time per transaction (milliseconds since 1970), or is
/// empty, which writes 1970. Pre: the trace keeps the invariants of trace.hpp.
[[nodiscard]] std::string to_json(const trace& t, std::span<const std::int64_t> wall_ms = {});

/// Writes to_json to a file, gzipped when its name ends in ".gz". Throws trace_io_error.
void write_trace(const std::filesystem::path& file, const trace& t,
                 std::span<const std::int64_t> wall_ms = {});

}  // namespace weft::app
