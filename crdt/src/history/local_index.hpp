// SPDX-License-Identifier: MIT
// local_index: the dense place of an operation in this document's order of arrival.
//
// Always topological (parents are smaller), private to the process, never written out.
#pragma once

#include <cstdint>

namespace weft::crdt {

using local_index = std::uint32_t;
inline constexpr local_index no_index = 0xffff'ffffU;

/// Interned replica id. Compare writers by their ids, never by this number.
using replica_index = std::uint32_t;

/// Half-open range of local indexes.
struct index_range {
  local_index first = 0;
  local_index end = 0;
  [[nodiscard]] std::uint32_t length() const noexcept { return end - first; }
  [[nodiscard]] bool empty() const noexcept { return first == end; }
  friend bool operator==(const index_range&, const index_range&) = default;
};

}  // namespace weft::crdt
