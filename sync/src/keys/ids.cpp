// SPDX-License-Identifier: MIT
#include "weft/sync/ids.hpp"

#include <algorithm>

namespace weft::sync {

namespace {

constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";

std::optional<digest32> parse_digest(std::string_view text) {
  const auto raw = from_base32(text);
  digest32 out{};
  if (!raw || raw->size() != out.size()) return std::nullopt;
  std::copy(raw->begin(), raw->end(), out.begin());
  return out;
}

}  // namespace

std::string to_base32(byte_view in) {
  std::string out;
  out.reserve((in.size() * 8 + 4) / 5);
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const std::uint8_t byte : in) {
    held = (held << 8U) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out.push_back(alphabet[(held >> bits) & 31U]);
    }
    held &= (1U << bits) - 1U;
  }
  if (bits > 0) out.push_back(alphabet[(held << (5U - bits)) & 31U]);
  return out;
}

std::optional<bytes> from_base32(std::string_view text) {
  bytes out;
  out.reserve(text.size() * 5 / 8);
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    held = (held << 5U) | static_cast<std::uint32_t>(digit);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<std::uint8_t>(held >> bits));
      held &= (1U << bits) - 1U;
    }
  }
  // One text per value: no character that adds no byte, and the spare bits of the last are zero.
  if (bits >= 5 || held != 0) return std::nullopt;
  return out;
}

std::string to_string(const device_id& id) {
  return to_base32(id.bytes);
}
std::string to_string(const doc_id& id) {
  return to_base32(id.bytes);
}

std::optional<doc_id> parse_doc_id(std::string_view text) {
  const auto raw = parse_digest(text);
  if (!raw) return std::nullopt;
  return doc_id{*raw};
}

std::optional<device_id> parse_device_id(std::string_view text) {
  const auto raw = parse_digest(text);
  if (!raw) return std::nullopt;
  return device_id{*raw};
}

}  // namespace weft::sync
