// SPDX-License-Identifier: MIT
// sequence_run: a run of operations on a text as its author made them.
//
// `position` counts scalars in the author's text. insert: scalars come to stand from `position` on.
// erase_forward: the scalar at `position` goes, `length` times (Delete key). erase_backward: goes
// position + length - 1 first, then downwards (Backspace); `position` is the lowest one.
// A run of length 1 that erases is erase_forward. Cutting an erase_backward run keeps the *upper*
// positions in the first part.
#pragma once

#include "history/local_index.hpp"

#include <cstdint>

namespace weft::crdt {

enum class run_kind : std::uint8_t { insert = 0, erase_forward = 1, erase_backward = 2 };

struct sequence_run {
  local_index first = 0;
  std::uint32_t position = 0;
  std::uint32_t length = 0;  ///< operations, and scalars
  run_kind kind = run_kind::insert;
  std::uint64_t content = 0;  ///< insert: byte offset of its text in the arena given with it
  friend bool operator==(const sequence_run&, const sequence_run&) = default;
};

}  // namespace weft::crdt
