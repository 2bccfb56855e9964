// SPDX-License-Identifier: MIT
// SHA-256 of text, as programs report it.
#pragma once

#include <string>
#include <string_view>

namespace weft::app {

/// 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256_hex(std::string_view data);

}  // namespace weft::app
