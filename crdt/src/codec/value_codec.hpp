// SPDX-License-Identifier: MIT
// Bytes of map values: a kind in the token that stands before, then the payload. Pure functions.
#pragma once

#include "weft/crdt/bytes.hpp"
#include "weft/crdt/document/value.hpp"
#include "weft/crdt/limits.hpp"

#include <cstdint>

namespace weft::crdt {

/// Kinds of value. The numbers are part of the format.
enum class value_kind : std::uint8_t {
  null = 0,
  no = 1,
  yes = 2,
  integer = 3,
  real = 4,
  string = 5,
  blob = 6,
  child_text = 7,
  child_map = 8,
  child_counter = 9,
};

[[nodiscard]] value_kind kind_of(const value& v) noexcept;
void write_payload(byte_writer& out, const value& v);
/// Fails on unknown kinds, invalid UTF-8, a NaN that is not the one stored, and oversize.
[[nodiscard]] value read_payload(byte_reader& in, std::uint64_t kind, const limits& bounds);
/// NaN in its one form, all else unchanged.
[[nodiscard]] value normalized(value v);

}  // namespace weft::crdt
