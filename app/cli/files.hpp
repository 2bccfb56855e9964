// SPDX-License-Identifier: MIT
// Files that commands read and write. "-" is standard input or output.
#pragma once

#include <string>
#include <string_view>

namespace weft::app {

/// The whole content. Throws command_error: cannot be read, or larger than 24 MiB.
[[nodiscard]] std::string read_input(const std::string& file);

/// The same, which must be UTF-8 text.
[[nodiscard]] std::string utf8_input(const std::string& file);

/// Writes beside the target and renames it. Throws command_error.
void write_output(const std::string& file, std::string_view content);

}  // namespace weft::app
