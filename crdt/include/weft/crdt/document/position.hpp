// SPDX-License-Identifier: MIT
// Positions in a text: three units that do not mix.
//
// Atoms of a text are Unicode scalar values (code points without surrogates). `scalar_pos` is the
// unit of the library; `utf16_pos` is what Qt, Windows and JavaScript count; `utf8_pos` counts
// bytes. Conversions are members of `text`.
#pragma once

#include <compare>
#include <cstdint>

namespace weft::crdt {

/// Offset in Unicode scalar values.
struct scalar_pos {
  std::uint32_t value = 0;
  friend constexpr auto operator<=>(scalar_pos, scalar_pos) = default;
};

/// Offset in UTF-8 bytes.
struct utf8_pos {
  std::uint32_t value = 0;
  friend constexpr auto operator<=>(utf8_pos, utf8_pos) = default;
};

/// Offset in UTF-16 code units.
struct utf16_pos {
  std::uint32_t value = 0;
  friend constexpr auto operator<=>(utf16_pos, utf16_pos) = default;
};

}  // namespace weft::crdt
