// SPDX-License-Identifier: MIT
// column_mask: a set of columns, one bit each: columns are what authors see side by side.
#pragma once

#include <cstdint>

namespace weft::crdt {

inline constexpr std::uint32_t max_columns = 8;
using column_mask = std::uint8_t;
inline constexpr column_mask all_columns = 0xff;

}  // namespace weft::crdt
