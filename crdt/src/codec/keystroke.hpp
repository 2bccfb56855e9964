// SPDX-License-Identifier: MIT
// keystroke: the form of an update that holds one short run on one container (form `k`).
//
// It names what its reader must have anyway in terms of the operation before it: the container is
// the one of that operation, a parent by another replica is found through an earlier operation of
// the same author that had a parent by that replica too. So no name is ever a guess: a reader that
// lacks what is referred to lacks a parent. docs/format.md has the bytes; the document resolves the
// references (document/keystroke.cpp).
//
// Pure functions; any thread.
#pragma once

#include "codec/columns.hpp"
#include "codec/op_batch.hpp"
#include "weft/crdt/bytes.hpp"
#include "weft/crdt/error.hpp"
#include "weft/crdt/limits.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace weft::crdt {

/// A parent by another replica than the author.
struct foreign_parent {
  bool by_id = false;
  replica_id id{};             ///< if by_id
  std::uint32_t distance = 0;  ///< else: the operation that names it is `counter - 1 - distance`,
  std::uint32_t place = 0;     ///< among its foreign parents, ascending by id, this one,
  std::uint32_t counter = 0;   ///< which stands so far before the parent; by_id: its counter
  friend bool operator==(const foreign_parent&, const foreign_parent&) = default;
};

struct keystroke {
  replica_id author{};
  std::uint32_t counter = 0;  ///< of the first operation
  std::uint32_t length = 0;
  bool own_parent = false;  ///< the author's previous operation is a parent
  bool named = false;       ///< the container is named; else it is that of the operation before,
                            ///< or without one that of the first parent
  container_type type = container_type::text;
  std::vector<foreign_parent> foreign;
  friend bool operator==(const keystroke&, const keystroke&) = default;
};

/// What a keystroke does to one text. Views into what it was decoded from.
struct text_run {
  std::uint32_t length = 0;  ///< operations
  std::span<const batch_item> items;
  std::string_view content;
};

/// Pre: `batch` has one span, and its items one container, whose ancestors stand in the batch.
[[nodiscard]] bytes encode_keystroke(const keystroke& k, const op_batch& batch);

[[nodiscard]] inline bool is_keystroke(byte_view in) noexcept {
  return in.size() >= 2 && in[0] == format_magic &&
         in[1] == static_cast<std::uint8_t>(format_form::keystroke);
}

/// Refills both. Replicas and parents of `batch` stay empty, and its only container is a blank of
/// the right type unless it is named.
[[nodiscard]] result<void> decode_keystroke(byte_view in, const limits& bounds, keystroke& k,
                                            op_batch& batch);

/// The same for the commonest form without a batch: one item on a text that is not named. False,
/// and both hold anything: it is another form, or bad. `text` is a view into `in`.
[[nodiscard]] bool decode_one_item(byte_view in, const limits& bounds, keystroke& k,
                                   batch_item& item, std::string_view& text);

}  // namespace weft::crdt
