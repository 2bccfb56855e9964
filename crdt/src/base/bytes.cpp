// SPDX-License-Identifier: MIT
#include "weft/crdt/bytes.hpp"

namespace weft::crdt {

std::uint64_t byte_reader::long_varint() noexcept {
  std::uint64_t value = 0;
  std::size_t at = at_;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (at >= input_.size()) {
      at_ = at;
      fail(errc::truncated, "integer");
      return 0;
    }
    const std::uint64_t byte = input_[at++];
    value |= (byte & 0x7fU) << shift;
    if (byte < 0x80U) {
      at_ = at;
      if (shift == 63 && byte > 1) {
        break;
      }
      if (byte == 0 && shift != 0) {
        fail(errc::not_canonical, "integer");
        return 0;
      }
      return value;
    }
  }
  at_ = at;
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
