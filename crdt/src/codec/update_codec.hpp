// SPDX-License-Identifier: MIT
// Updates and change bodies: op_batch to bytes and back. docs/format.md has the bytes.
//
// Pure functions; any thread.
#pragma once

#include "codec/op_batch.hpp"
#include "weft/crdt/bytes.hpp"
#include "weft/crdt/error.hpp"
#include "weft/crdt/limits.hpp"

#include <cstddef>
#include <cstdint>

namespace weft::crdt {

/// Which form an update takes. All mean the same.
enum class update_form : std::uint8_t {
  best,       ///< the small one for a few operations, else columns
  columns,    ///< compressed columns with a checksum
  canonical,  ///< columns, stored plain
};

/// Pre: replicas ascend by id and are distinct; parents of a span ascend; no span names a parent
/// that stands later. O(size).
[[nodiscard]] bytes encode_update(const op_batch& batch, int level, update_form form);

/// Checks all that can be checked without a document. Bytes after the update are refused. Refills
/// `out`, whose memory is used again: small updates then allocate nothing. What `out` holds after
/// an error means nothing.
[[nodiscard]] result<void> decode_update(byte_view in, const limits& bounds, op_batch& out);
[[nodiscard]] result<op_batch> decode_update(byte_view in, const limits& bounds);

/// The canonical operations of one span: operation count, items, content. Pre: the items were made
/// by push_item, so that they cannot be joined further.
[[nodiscard]] bytes encode_body(const op_batch& batch, std::size_t span);

/// Appends one span without replica and parents to `batch`. Returns its operation count. Refuses
/// all but the canonical form.
[[nodiscard]] result<std::uint32_t> decode_body(byte_view body, op_batch& batch,
                                                const limits& bounds);

}  // namespace weft::crdt
