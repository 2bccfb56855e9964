// SPDX-License-Identifier: MIT
// element_id: names of elements inside of one replay window. They never leave it.
#pragma once

#include <cstdint>

namespace weft::crdt {

using element_id = std::uint32_t;
inline constexpr element_id list_start = 0xffff'ffffU;  // left of everything
inline constexpr element_id list_end = 0xffff'fffeU;    // right of everything

}  // namespace weft::crdt
