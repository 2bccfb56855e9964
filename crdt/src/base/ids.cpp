// SPDX-License-Identifier: MIT
#include "weft/crdt/ids.hpp"

namespace weft::crdt {

std::string to_string(const replica_id& id) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(32);
  for (const std::uint8_t b : id.bytes) {
    text += digits[b >> 4U];
    text += digits[b & 15U];
  }
  return text;
}

}  // namespace weft::crdt
