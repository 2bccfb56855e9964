// SPDX-License-Identifier: MIT
// Bytes that no honest writer makes, written by hand after docs/format.md. If the format changes,
// this file changes with it, and the tests above it do not.
#pragma once

#include "codec/columns.hpp"
#include "codec/crc32c.hpp"
#include "weft/crdt/bytes.hpp"
#include "weft/crdt/document/document.hpp"
#include "weft/crdt/ids.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace weft::test {

enum column : std::size_t {
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
inline constexpr std::size_t column_count = 9;

/// The streams of an update, to be filled at will.
struct raw_update {
  std::array<crdt::byte_writer, column_count> in;

  crdt::byte_writer& operator[](column c) { return in[c]; }

  /// One stream, form `u`.
  [[nodiscard]] crdt::bytes small() const {
    crdt::byte_writer out;
    crdt::write_format(out, crdt::format_form::small_update);
    out.raw(in[tables].view());
    for (std::size_t c = spans; c < column_count; ++c) {
      out.raw(in[c].view());
    }
    return out.take();
  }
  /// Columns, form `U`, with a right checksum.
  [[nodiscard]] crdt::bytes columns(int level = 0) const {
    std::array<crdt::byte_view, column_count> views;
    for (std::size_t c = 0; c < column_count; ++c) {
      views[c] = in[c].view();
    }
    crdt::byte_writer out;
    crdt::write_format(out, crdt::format_form::update);
    crdt::write_columns(out, views, level);
    out.u32_le(crdt::crc32c(out.view()));
    return out.take();
  }
};

inline void put_id(crdt::byte_writer& out, std::uint64_t number) {
  const crdt::replica_id id = crdt::replica_id::from_number(number);
  out.raw(crdt::byte_view{id.bytes});
}

/// Tables of one replica whose first operation in the update is `base`.
inline void one_replica(raw_update& u, std::uint64_t number, std::uint64_t base,
                        std::uint64_t span_count) {
  u[tables].varint(1);
  put_id(u[tables], number);
  u[tables].varint(base);
  u[tables].varint(span_count);
}

/// `(length - 1) << 2 | parents`; parents 0 own, 1 the span before, 2 both, 3 listed.
inline void span(raw_update& u, std::uint64_t length, unsigned parents_code) {
  u[spans].varint((length - 1) << 2U | parents_code);
}
inline void listed(raw_update& u, std::initializer_list<std::uint64_t> backs) {
  u[parents].varint(backs.size());
  for (const std::uint64_t back : backs) {
    u[parents].varint(back);
  }
}

/// All items go to the root text "t".
inline void root_text(raw_update& u) {
  u[containers].varint(0);
  u[containers].varint(0);
  u[containers].varint(1);
  u[containers].sized("t");
}
inline void insert_token(raw_update& u, std::uint64_t length, std::int64_t delta = 0) {
  u[tokens].varint((length - 1) << 3U | (delta != 0 ? 4U : 0U));
  if (delta != 0) {
    u[deltas].zigzag(delta);
  }
}
inline void erase_token(raw_update& u, std::uint64_t length, std::int64_t delta = 0,
                        bool backward = false) {
  u[tokens].varint((length - 1) << 3U | (delta != 0 ? 4U : 0U) | (backward ? 2U : 0U) | 1U);
  if (delta != 0) {
    u[deltas].zigzag(delta);
  }
}

/// An honest update: replica 1 types `text` into the empty root text.
inline raw_update typed(std::string_view text) {
  raw_update u;
  one_replica(u, 1, 0, 1);
  span(u, text.size(), 3);
  listed(u, {});
  root_text(u);
  insert_token(u, text.size());
  u[content].raw(text);
  return u;
}

/// A valid zstd frame of `size` equal bytes, four bytes for each 128 KiB. `told`: the content size
/// that its header tells.
inline crdt::bytes equal_bytes_frame(std::uint32_t size, std::uint8_t value, std::uint32_t told) {
  crdt::byte_writer out;
  out.u32_le(0xfd2f'b528);
  out.u8(0xa0);  // single segment, content size in four bytes
  out.u32_le(told);
  for (std::uint32_t left = size; left > 0;) {
    const std::uint32_t n = left < 131'072 ? left : 131'072;
    left -= n;
    const std::uint32_t head = n << 3U | 1U << 1U | (left == 0 ? 1U : 0U);  // a run block
    out.u8(static_cast<std::uint8_t>(head));
    out.u8(static_cast<std::uint8_t>(head >> 8U));
    out.u8(static_cast<std::uint8_t>(head >> 16U));
    out.u8(value);
  }
  return out.take();
}

/// Form `U` where one column is these stored bytes, said to be `raw` bytes long.
inline crdt::bytes with_stored_column(const raw_update& u, column c, std::uint64_t raw,
                                      crdt::byte_view stored) {
  crdt::byte_writer out;
  crdt::write_format(out, crdt::format_form::update);
  for (std::size_t i = 0; i < column_count; ++i) {
    out.varint(i == c ? raw : u.in[i].size());
    out.varint(i == c ? stored.size() : 0);
  }
  for (std::size_t i = 0; i < column_count; ++i) {
    out.raw(i == c ? stored : u.in[i].view());
  }
  out.u32_le(crdt::crc32c(out.view()));
  return out.take();
}

}  // namespace weft::test
