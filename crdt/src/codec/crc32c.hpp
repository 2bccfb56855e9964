// SPDX-License-Identifier: MIT
// CRC-32C (Castagnoli): finds damage in stored bytes. It proves nothing about who wrote them.
#pragma once

#include "weft/crdt/bytes.hpp"

#include <cstdint>

namespace weft::crdt {

/// Checksum of `data`, initial value and final inversion as in RFC 3720. Any thread.
[[nodiscard]] std::uint32_t crc32c(byte_view data) noexcept;

}  // namespace weft::crdt
