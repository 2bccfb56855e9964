// SPDX-License-Identifier: MIT
// A stable position in a text: it names an element and a side, so it means the same place on every
// replica and after every edit. Once its element is erased it means the gap where the element
// stood; text that others write into that very gap may then come to stand on either side of it.
#pragma once

#include "weft/crdt/bytes.hpp"
#include "weft/crdt/error.hpp"
#include "weft/crdt/ids.hpp"

#include <cstdint>
#include <optional>

namespace weft::crdt {

/// Which neighbour a cursor sticks to.
enum class side : std::uint8_t {
  before = 0,  ///< stays left of the element named (text typed there pushes it right)
  after = 1,   ///< stays right of the element named (text typed there stays right of it)
};

/// `element` empty: the start of the text for `side::after`, its end for `side::before`. A deleted
/// element keeps its place: the cursor resolves to the gap where it stood.
struct cursor {
  std::optional<op_id> element;
  crdt::side stick = side::after;

  friend bool operator==(const cursor&, const cursor&) = default;

  /// Canonical bytes, at most 23.
  void encode(byte_writer& out) const;
  [[nodiscard]] static result<cursor> decode(byte_reader& in);
};

}  // namespace weft::crdt
