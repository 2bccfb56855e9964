// SPDX-License-Identifier: MIT
// Messages of a live session: op_batch to bytes and back, with what earlier messages agreed on.
//
// A direction is the memory of one way of the channel; writer and reader change theirs alike, so
// they stay equal as long as every message arrives once and in order. Not thread-safe.
#pragma once

#include "codec/op_batch.hpp"
#include "weft/crdt/bytes.hpp"
#include "weft/crdt/error.hpp"
#include "weft/crdt/limits.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace weft::crdt {

struct live_direction {
  struct author {
    replica_id id{};
    std::uint32_t next = 0;  ///< one past the newest operation that was sent or named
  };
  struct container {
    std::vector<batch_container> path;  ///< from the root to it; parents are places in the path
    std::int64_t caret = 0;             ///< where the last run left it
  };
  static constexpr std::uint32_t none = 0xffff'ffffU;

  std::vector<author> authors;
  std::vector<container> containers;
  std::uint32_t last_author = none;
  std::uint32_t last_container = none;
  std::uint32_t check = 0;  ///< checksum of all messages so far

  // Ways into the tables. A container's key is its path as write_path has it.
  std::map<replica_id, std::uint32_t> author_places;
  std::map<std::string, std::uint32_t> container_places;
};

/// Pre: as encode_update; at least one span.
[[nodiscard]] bytes encode_live(live_direction& to, const op_batch& batch);

/// Refills `out`. After an error `from` means nothing.
[[nodiscard]] result<void> decode_live(live_direction& from, byte_view message,
                                       const limits& bounds, op_batch& out);

}  // namespace weft::crdt
