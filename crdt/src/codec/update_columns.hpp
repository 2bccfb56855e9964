// SPDX-License-Identifier: MIT
// Names of the columns of an update, shared by its encoder and decoder.
#pragma once

#include "weft/crdt/bytes.hpp"

#include <cstddef>
#include <cstdint>

namespace weft::crdt {

/// In the order in which they stand in the bytes.
enum class update_column : std::size_t {
  tables,
  spans,
  span_replicas,
  parents,
  containers,
  tokens,
  deltas,
  values,
  content,
};
inline constexpr std::size_t update_column_count = 9;

/// How the parents of a span are written. The numbers are part of the format.
enum class parent_code : std::uint8_t {
  own = 0,               ///< the replica's own previous operation
  previous = 1,          ///< the last operation of the span before
  own_and_previous = 2,  ///< both
  listed = 3,
};

struct span_writers {
  byte_writer* tokens = nullptr;
  byte_writer* replicas = nullptr;
  byte_writer* parents = nullptr;
};

struct span_readers {
  byte_reader* tokens = nullptr;
  byte_reader* replicas = nullptr;
  byte_reader* parents = nullptr;
};

}  // namespace weft::crdt
