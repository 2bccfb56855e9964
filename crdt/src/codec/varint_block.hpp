// SPDX-License-Identifier: MIT
// varint_block: gathers many varints for a writer.
//
// Nearly all take a byte or two, and which of both, no processor can foretell. So they are put into
// a block without asking, and the writer gets the block when it is full. Not thread-safe.
#pragma once

#include "weft/crdt/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace weft::crdt {

class varint_block {
public:
  explicit varint_block(byte_writer& out) : out_(out) {}

  /// Adds a number, if it is `wanted`.
  void put(std::uint64_t number, bool wanted = true) {
    if (number >= std::uint64_t{1} << 14U) [[unlikely]] {
      put_long(number, wanted);
      return;
    }
    const bool two = number >= 0x80U;
    block_[used_] = static_cast<std::uint8_t>((number & 0x7fU) | (two ? 0x80U : 0U));
    block_[used_ + 1] = static_cast<std::uint8_t>(number >> 7U);
    used_ += wanted ? 1U + static_cast<std::size_t>(two) : 0U;
    if (used_ >= block_.size() - 1) {
      flush();
    }
  }
  /// Gives the writer what is left. To be called at the end.
  void flush() {
    out_.raw(byte_view{block_}.first(used_));
    used_ = 0;
  }

private:
  void put_long(std::uint64_t number, bool wanted) {
    flush();
    if (wanted) {
      out_.varint(number);
    }
  }

  byte_writer& out_;
  std::size_t used_ = 0;
  std::array<std::uint8_t, 256> block_{};
};

}  // namespace weft::crdt
