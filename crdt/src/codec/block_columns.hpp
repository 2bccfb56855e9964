// SPDX-License-Identifier: MIT
// What the encoder and the decoder of blocks share: names of columns, flags of a change.
//
// Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weft::crdt {

/// In the order in which they stand in the bytes.
enum class block_column : std::size_t {
  tables,
  flags,
  order,  ///< replica, seq and counter where they do not simply go on
  counts,
  deps,
  lamports,
  times,
  rest,  ///< membership, keys, authors, bodies kept as they are
  signatures,
  containers,
  tokens,
  deltas,
  values,
  content,
};
inline constexpr std::size_t block_column_count = 14;

/// Bits of the flags of a change. The numbers are part of the format.
namespace block_flag {
inline constexpr std::uint8_t goes_on = 1;  ///< next change of the replica of the one before
inline constexpr std::uint8_t has_deps = 2;
inline constexpr std::uint8_t is_signed = 4;
inline constexpr std::uint8_t raw_body = 8;    ///< body stands as it is
inline constexpr std::uint8_t new_heads = 16;  ///< membership heads differ from those before
inline constexpr std::uint8_t has_key = 32;    ///< key epoch, salt and digest stand here
inline constexpr std::uint8_t all = 63;
}  // namespace block_flag

/// Layout byte after the format bytes.
enum class block_layout : std::uint8_t {
  stream = 0,           ///< all columns in one stream, with the document's id
  columns = 1,          ///< a column frame and a checksum, with the document's id
  nameless_stream = 2,  ///< as stream and columns, but the reader knows the document
  nameless_columns = 3,
};

/// What a replica's next change in the block would be if nothing lay between.
struct block_position {
  std::uint64_t seq = 0;
  std::uint64_t counter = 0;
  std::uint64_t lamport = 0;  ///< of its last operation so far; 0: none in the block
};

}  // namespace weft::crdt
