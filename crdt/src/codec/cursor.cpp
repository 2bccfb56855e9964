// SPDX-License-Identifier: MIT
#include "weft/crdt/document/cursor.hpp"

#include <algorithm>

namespace weft::crdt {

// One byte: side in bit 0, whether an element follows in bit 1. Then replica and counter.
void cursor::encode(byte_writer& out) const {
  out.u8(static_cast<std::uint8_t>(static_cast<unsigned>(stick) | (element ? 2U : 0U)));
  if (element) {
    out.raw(byte_view{element->replica.bytes});
    out.varint(element->counter);
  }
}

result<cursor> cursor::decode(byte_reader& in) {
  cursor c;
  const std::uint8_t head = in.u8();
  if (head > 3) {
    in.fail(errc::malformed, "cursor");
  }
  c.stick = (head & 1U) != 0 ? side::after : side::before;
  if ((head & 2U) != 0) {
    op_id id;
    const byte_view raw = in.raw(id.replica.bytes.size());
    std::copy(raw.begin(), raw.end(), id.replica.bytes.begin());
    id.counter = static_cast<std::uint32_t>(in.varint_max(max_op_count, "operation counter"));
    c.element = id;
  }
  if (in.failed()) {
    return in.failure();
  }
  return c;
}

}  // namespace weft::crdt
