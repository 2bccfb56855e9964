// SPDX-License-Identifier: MIT
#include "weft/crdt/bytes.hpp"

namespace weft::crdt {

std::uint64_t byte_reader::long_varint() noexcept {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (at_ >= input_.size()) {
      fail(errc::truncated, "integer");
      return 0;
    }
    const std::uint8_t byte = input_[at_++];
    const std::uint64_t part = byte & 0x7fU;
    if (shift == 63 && part > 1) {
      fail(errc::malformed, "integer over 64 bits");
      return 0;
    }
    value |= part << shift;
    if ((byte & 0x80U) == 0) {
      if (byte == 0 && shift != 0) {
        fail(errc::not_canonical, "integer");
        return 0;
      }
      return value;
    }
  }
  fail(errc::malformed, "integer over 64 bits");
  return 0;
}

void byte_reader::fail(errc code, const char* what) noexcept {
  if (!failed_) {
    failed_ = true;
    error_ = crdt::error{code, base_ + at_, what};
  }
  at_ = input_.size();
}

}  // namespace weft::crdt
