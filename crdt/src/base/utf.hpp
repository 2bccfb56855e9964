// SPDX-License-Identifier: MIT
// utf: counting and stepping through UTF-8 that is known to be valid. Pure functions.
//
// `scalars` are Unicode scalar values; `astral` ones lie above U+FFFF and take two UTF-16 units.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft::crdt::utf {

/// What a stretch of text holds. Counts add up over consecutive stretches.
struct counts {
  std::uint32_t bytes = 0;
  std::uint32_t scalars = 0;
  std::uint32_t astral = 0;
  std::uint32_t lines = 0;  ///< newlines

  [[nodiscard]] std::uint32_t utf16() const noexcept { return scalars + astral; }
  [[nodiscard]] bool ascii() const noexcept { return bytes == scalars; }
  counts& operator+=(const counts& o) noexcept {
    bytes += o.bytes;
    scalars += o.scalars;
    astral += o.astral;
    lines += o.lines;
    return *this;
  }
  counts& operator-=(const counts& o) noexcept {
    bytes -= o.bytes;
    scalars -= o.scalars;
    astral -= o.astral;
    lines -= o.lines;
    return *this;
  }
  friend counts operator+(counts a, const counts& b) noexcept { return a += b; }
  friend counts operator-(counts a, const counts& b) noexcept { return a -= b; }
  friend bool operator==(const counts&, const counts&) = default;
};

/// Whether the byte starts a scalar.
[[nodiscard]] constexpr bool is_lead(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}
[[nodiscard]] constexpr bool is_astral_lead(char byte) noexcept {
  return static_cast<unsigned char>(byte) >= 0xF0U;
}

/// O(n).
[[nodiscard]] counts count(std::string_view text) noexcept;
/// Bytes of the first `scalars` scalars. Pre: the text holds as many. O(n).
[[nodiscard]] std::size_t bytes_of(std::string_view text, std::uint32_t scalars) noexcept;

}  // namespace weft::crdt::utf
