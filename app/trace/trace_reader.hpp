// SPDX-License-Identifier: MIT
// Reads the public trace format: one JSON object, gzipped or not.
//
// The kind is found from the content: a file is concurrent when its `kind` says so, or when its
// transactions have parents. Keys that are not known are skipped. The file is untrusted: each fault
// gives one line with its place, and memory stays proportional to the content.
#pragma once

#include "trace/trace.hpp"

#include <filesystem>
#include <string_view>

namespace weft::app {

/// Bounds of what is accepted.
struct trace_limits {
  std::uint64_t max_content_bytes = std::uint64_t{512} << 20U;  ///< the JSON text
  std::uint32_t max_agents = 4'096;
};

/// Throws trace_error (no trace) or trace_io_error (cannot be read).
[[nodiscard]] trace read_trace(const std::filesystem::path& file, const trace_limits& bounds = {});

/// The same from JSON text.
[[nodiscard]] trace parse_trace(std::string_view json, const trace_limits& bounds = {});

}  // namespace weft::app
