// SPDX-License-Identifier: MIT
// Whole files, compressed or not, under a bound.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace weft::app {

/// The content of a file; a gzip file is decompressed. Throws trace_io_error when it cannot be
/// read, trace_error when the compressed data is damaged or the content exceeds `max_bytes`.
[[nodiscard]] std::string read_maybe_gzip(const std::filesystem::path& file,
                                          std::uint64_t max_bytes);

/// Writes beside the target and renames, so the target is never half a file. Compresses when the
/// name ends in ".gz". Throws trace_io_error.
void write_maybe_gzip(const std::filesystem::path& file, std::string_view content);

}  // namespace weft::app
