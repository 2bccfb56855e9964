// SPDX-License-Identifier: MIT
// utf: counting and stepping through UTF-8 that is known to be valid. Pure functions.
//
// `scalars` are Unicode scalar values; `astral` ones lie above U+FFFF and take two UTF-16 units.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
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

namespace detail {
[[nodiscard]] counts count_long(std::string_view text) noexcept;
[[nodiscard]] std::size_t bytes_of_mixed(std::string_view text, std::uint32_t scalars) noexcept;

// Has its high bit set in some byte if a byte of `word` is no ASCII or a newline.
[[nodiscard]] inline std::uint64_t not_in_line(std::uint64_t word) noexcept {
  constexpr std::uint64_t each = 0x0101'0101'0101'0101U;
  const std::uint64_t other = word ^ (each * '\n');
  return (word | (other - each)) & (each << 7U);
}
template <class Word>
[[nodiscard]] std::uint64_t load(const char* at) noexcept {
  Word word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}
/// False unless it is 2 to 16 bytes of ASCII without a newline, what most edits are.
[[nodiscard]] inline bool is_short_line(std::string_view text) noexcept {
  const char* const at = text.data();
  const std::size_t n = text.size();
  if (n > 16) {
    return false;
  }
  if (n >= 8) {
    return (not_in_line(load<std::uint64_t>(at)) | not_in_line(load<std::uint64_t>(at + n - 8))) ==
           0;
  }
  if (n >= 4) {
    return not_in_line(load<std::uint32_t>(at) << 32U | load<std::uint32_t>(at + n - 4)) == 0;
  }
  constexpr std::uint64_t letters = 0x6161'6161'6161'0000U;
  return n >= 2 && not_in_line(letters | load<std::uint16_t>(at)) == 0 &&
         not_in_line(letters | load<std::uint16_t>(at + n - 2)) == 0;
}
}  // namespace detail

/// O(n).
[[nodiscard]] inline counts count(std::string_view text) noexcept {
  const auto bytes = static_cast<std::uint32_t>(text.size());
  if (bytes <= 1) {
    return {bytes, bytes, 0, static_cast<std::uint32_t>(bytes == 1 && text[0] == '\n')};
  }
  return detail::is_short_line(text) ? counts{bytes, bytes, 0, 0} : detail::count_long(text);
}

/// Whether no byte has its high bit set. O(n).
[[nodiscard]] inline bool is_ascii(std::string_view text) noexcept {
  std::size_t at = 0;
  std::uint64_t high = 0;
  for (; at + sizeof high <= text.size(); at += sizeof high) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    high |= word;
  }
  for (; at < text.size(); ++at) {
    high |= static_cast<unsigned char>(text[at]);
  }
  return (high & 0x8080'8080'8080'8080U) == 0;
}

/// Bytes before the first one that has its high bit set. O(what it returns).
[[nodiscard]] inline std::size_t ascii_prefix(std::string_view text) noexcept {
  constexpr std::size_t block = 64;
  std::size_t at = 0;
  while (at + block <= text.size() && is_ascii(text.substr(at, block))) {
    at += block;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80U) {
    ++at;
  }
  return at;
}

/// Bytes of the first `scalars` scalars. Pre: the text holds as many. O(n).
[[nodiscard]] inline std::size_t bytes_of(std::string_view text, std::uint32_t scalars) noexcept {
  // Nearly all text is ASCII, and then the answer is at hand.
  if (scalars <= text.size() && is_ascii(text.substr(0, scalars))) {
    return scalars;
  }
  return detail::bytes_of_mixed(text, scalars);
}

}  // namespace weft::crdt::utf
