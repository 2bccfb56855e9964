// SPDX-License-Identifier: MIT
#include "profile/hex.hpp"

namespace weft::app {

namespace {
constexpr std::string_view digits = "0123456789abcdef";
}  // namespace

std::string to_hex(crdt::byte_view in) {
  std::string out;
  out.reserve(in.size() * 2);
  for (const std::uint8_t b : in) {
    out += digits[b >> 4U];
    out += digits[b & 15U];
  }
  return out;
}

std::optional<crdt::bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  crdt::bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::size_t high = digits.find(text[i]);
    const std::size_t low = digits.find(text[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    out.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return out;
}

}  // namespace weft::app
