// SPDX-License-Identifier: MIT
// Base64 (RFC 4648), for bytes inside JSON.
#pragma once

#include "weft/crdt/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weft::app {

[[nodiscard]] std::string to_base64(crdt::byte_view in);
/// nullopt for anything that to_base64 would not have written.
[[nodiscard]] std::optional<crdt::bytes> from_base64(std::string_view text);

}  // namespace weft::app
