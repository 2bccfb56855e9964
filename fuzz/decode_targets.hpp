// SPDX-License-Identifier: MIT
// Which decoder the first byte of a decode input names. The corpus depends on these numbers; add
// new ones at the end.
#pragma once

#include <cstdint>

namespace weft::fuzz {

enum class decode_target : std::uint8_t {
  update,
  snapshot,
  change_header,
  body,
  block,
  version_vector,
  cursor,
  changes,
  undo_stacks,
  g_counter,
  pn_counter,
  lww_register,
  mv_register,
  or_set,
  causal_context,
  count,
};

}  // namespace weft::fuzz
