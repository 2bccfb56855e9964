// SPDX-License-Identifier: MIT
#pragma once

#include "weft/crdt/bytes.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace weft::sync::detail {

/// Reads `N` bytes; `to` stays as it is if there are fewer.
template <std::size_t N>
void get_array(crdt::byte_reader& in, std::array<std::uint8_t, N>& to) {
  const crdt::byte_view from = in.raw(N);
  std::copy(from.begin(), from.end(), to.begin());
}

}  // namespace weft::sync::detail
