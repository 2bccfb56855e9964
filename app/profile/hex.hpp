// SPDX-License-Identifier: MIT
// Bytes as hexadecimal digits, for JSON and for people.
#pragma once

#include "weft/crdt/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weft::app {

/// Two lower-case digits a byte.
[[nodiscard]] std::string to_hex(crdt::byte_view in);
/// nullopt for anything that to_hex would not have written.
[[nodiscard]] std::optional<crdt::bytes> from_hex(std::string_view text);

}  // namespace weft::app
