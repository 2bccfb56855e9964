// SPDX-License-Identifier: MIT
// CRC-32C (Castagnoli), which finds every burst of up to 32 damaged bits. Pure; any thread.
#pragma once

#include "weft/crdt/bytes.hpp"

#include <array>
#include <cstdint>

namespace weft::sync::detail {

[[nodiscard]] constexpr std::array<std::uint32_t, 256> make_crc32c_table() noexcept {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value >> 1U) ^ ((value & 1U) != 0 ? 0x82f6'3b78U : 0U);
    }
    table[i] = value;
  }
  return table;
}

/// `before` continues the checksum of the bytes that stand in front. O(size).
[[nodiscard]] inline std::uint32_t crc32c(crdt::byte_view in, std::uint32_t before = 0) noexcept {
  static constexpr std::array<std::uint32_t, 256> table = make_crc32c_table();
  std::uint32_t crc = ~before;
  for (const std::uint8_t byte : in) {
    crc = (crc >> 8U) ^ table[(crc ^ byte) & 0xffU];
  }
  return ~crc;
}

}  // namespace weft::sync::detail
