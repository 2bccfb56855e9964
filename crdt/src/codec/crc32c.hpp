// SPDX-License-Identifier: MIT
// CRC-32C (Castagnoli): finds damage in stored bytes. It proves nothing about who wrote them.
#pragma once

#include "weft/crdt/bytes.hpp"

#include <cstdint>

namespace weft::crdt {

/// Checksum of `data`, initial value and final inversion as in RFC 3720; `before` is the checksum
/// of the bytes that stand in front. Uses the processor's instruction where there is one. O(size).
[[nodiscard]] std::uint32_t crc32c(byte_view data, std::uint32_t before = 0) noexcept;
/// The same by tables, for processors without it.
[[nodiscard]] std::uint32_t crc32c_portable(byte_view data, std::uint32_t before = 0) noexcept;

}  // namespace weft::crdt
