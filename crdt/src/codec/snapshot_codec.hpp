// SPDX-License-Identifier: MIT
// Snapshots: the visible state of a document, readable at once, and its history as an update.
// docs/format.md has the bytes. Pure functions; any thread.
#pragma once

#include "codec/columns.hpp"
#include "codec/op_batch.hpp"
#include "weft/crdt/bytes.hpp"
#include "weft/crdt/causality/version.hpp"
#include "weft/crdt/error.hpp"
#include "weft/crdt/limits.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::crdt {

/// What one container shows.
struct shown_container {
  batch_container name;
  std::string_view text;                               ///< whoever made the state keeps it
  std::vector<std::pair<std::string, value>> entries;  ///< of a map; keys ascend
  std::int64_t sum = 0;
};

struct snapshot_state {
  version_vector version;
  crdt::frontier tip;
  std::uint64_t op_count = 0;
  std::vector<shown_container> containers;  ///< a parent stands before its children
};

[[nodiscard]] bytes encode_snapshot(const snapshot_state& state, byte_view history, int level);

/// Texts point into the frame or the input.
struct decoded_snapshot {
  snapshot_state state;
  column_frame frame;
  byte_view history;  ///< an update in columns; points into the input; not looked at yet
};
/// O(state): the history may be of any length.
[[nodiscard]] result<decoded_snapshot> decode_snapshot(byte_view in, const limits& bounds);

/// The history of a snapshot, without reading its state. O(state) for its checksum.
[[nodiscard]] result<byte_view> snapshot_history(byte_view in, const limits& bounds);

/// Whether the bytes claim to be a snapshot.
[[nodiscard]] bool is_snapshot(byte_view in) noexcept;

}  // namespace weft::crdt
