// SPDX-License-Identifier: MIT
#include "support/utf8.hpp"

#include <cstdint>
#include <cstdio>
#include <stdexcept>

namespace weft::test {

std::string to_utf8(char32_t scalar) {
  const auto c = static_cast<std::uint32_t>(scalar);
  std::string out;
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 + c / 64);
    put(0x80 + c % 64);
  } else if (c < 0x1'0000) {
    put(0xe0 + c / 4096);
    put(0x80 + c / 64 % 64);
    put(0x80 + c % 64);
  } else {
    put(0xf0 + c / 262'144);
    put(0x80 + c / 4096 % 64);
    put(0x80 + c / 64 % 64);
    put(0x80 + c % 64);
  }
  return out;
}

std::string to_utf8(std::u32string_view scalars) {
  std::string out;
  for (const char32_t c : scalars) {
    out += to_utf8(c);
  }
  return out;
}

std::u32string to_scalars(std::string_view utf8) {
  std::u32string out;
  for (std::size_t at = 0; at < utf8.size();) {
    const auto lead = static_cast<std::uint8_t>(utf8[at]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (at + size > utf8.size()) {
      throw std::runtime_error("text ends inside a character");
    }
    std::uint32_t c = size == 1 ? lead : lead & (0xffU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
      c = c * 64 + (static_cast<std::uint8_t>(utf8[at + i]) & 0x3fU);
    }
    // Encoding it again and comparing finds every malformed form at once.
    if (c > 0x10'ffff || (c >= 0xd800 && c < 0xe000) ||
        to_utf8(static_cast<char32_t>(c)) != utf8.substr(at, size)) {
      throw std::runtime_error("text is not well-formed UTF-8");
    }
    out.push_back(static_cast<char32_t>(c));
    at += size;
  }
  return out;
}

std::string printable(std::u32string_view scalars) {
  std::string out;
  for (const char32_t c : scalars) {
    if (c >= 0x20 && c < 0x7f) {
      out.push_back(static_cast<char>(c));
    } else {
      char hex[16];
      std::snprintf(hex, sizeof hex, "<%x>", static_cast<unsigned>(c));
      out += hex;
    }
  }
  return out;
}

}  // namespace weft::test
