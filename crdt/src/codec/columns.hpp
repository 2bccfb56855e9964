// SPDX-License-Identifier: MIT
// Columns: byte streams of one kind of value each, framed and compressed together.
//
// Frame: for each column its raw size and its stored size (0: stored plain), then the stored
// bytes of all columns. Every column is a zstd frame of its own, so that a reader knows all sizes,
// and their sum, before it decompresses anything. Not thread-safe.
#pragma once

#include "weft/crdt/bytes.hpp"
#include "weft/crdt/limits.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace weft::crdt {

/// First byte of everything that Weft encodes.
inline constexpr std::uint8_t format_magic = 0x57;
/// Format version 1 in the upper half, order rule 1 (FugueMax, ties by lamport and replica id) in
/// the lower. A reader that does not know both refuses the input.
inline constexpr std::uint8_t format_version = 0x11;

enum class format_form : std::uint8_t {
  keystroke = 'k',
  small_update = 'u',
  update = 'U',
  snapshot = 'S',
  block = 'B',
};

void write_format(byte_writer& out, format_form form);
/// Reads the three bytes that start every encoding; fails on foreign magic or version.
[[nodiscard]] format_form read_format(byte_reader& in);

/// Appends a column frame. Level 0 stores plain, 1..19 compresses with zstd at that level.
void write_columns(byte_writer& out, std::span<const byte_view> columns, int level);
/// A level for each column; negative ones are zstd's fast ones.
void write_columns(byte_writer& out, std::span<const byte_view> columns,
                   std::span<const int> levels);

/// Decompressed columns; plain ones point into the input, which must outlive this.
class column_frame {
public:
  /// Reads exactly `count` columns; the last one to `text`, if given. Faults are kept in `in`.
  void read(byte_reader& in, std::size_t count, const limits& bounds, std::string* text = nullptr);
  [[nodiscard]] byte_view operator[](std::size_t i) const { return views_[i]; }

private:
  std::vector<bytes> owned_;
  std::vector<byte_view> views_;
};

}  // namespace weft::crdt
