// SPDX-License-Identifier: MIT
#include "trace/sha256.hpp"

#include "weft/crdt/bytes.hpp"
#include "weft/sync/crypto.hpp"

namespace weft::app {

std::string sha256_hex(std::string_view data) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const std::uint8_t b : sync::sha256(crdt::as_bytes(data))) {
    hex += digits[b >> 4U];
    hex += digits[b & 15U];
  }
  return hex;
}

}  // namespace weft::app
