// SPDX-License-Identifier: MIT
// op_batch: operations of several replicas and containers, between the document and the codec.
//
// A span is a run of one replica's operations of which each follows the one before; spans stand in
// a causal order. Items are runs of operations on one container, in the order of the spans; no item
// crosses the end of a span. All numbers are indexes into the tables of the batch itself, so a
// batch means the same on every replica.
//
// A plain value; no thread-safety of its own.
#pragma once

#include "weft/crdt/document/value.hpp"
#include "weft/crdt/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::crdt {

/// What the operations of an item do. The numbers are private to the process.
enum class item_kind : std::uint8_t {
  insert,
  erase_forward,
  erase_backward,
  map_set,
  map_erase,
  map_reset,
  counter_add,
  counter_reset,
};

inline constexpr std::uint32_t no_parent = 0xffff'ffffU;

/// A container named by its path: a root by its name, an ensured child by parent and key.
struct batch_container {
  container_type type = container_type::text;
  std::uint32_t parent = no_parent;  ///< index of an earlier container, or no_parent for a root
  std::string key;
  friend bool operator==(const batch_container&, const batch_container&) = default;
};

struct batch_item {
  std::uint32_t container = 0;
  item_kind kind = item_kind::insert;
  std::uint32_t position = 0;  ///< text: as in sequence_run; map: index into `keys`
  std::uint32_t length = 1;    ///< operations; 1 unless the container is a text
  std::uint64_t payload = 0;   ///< insert: offset in `content`; set: in `values`; add: the amount
  friend bool operator==(const batch_item&, const batch_item&) = default;
};

/// A parent outside of what the span itself covers.
struct batch_parent {
  std::uint32_t replica = 0;  ///< index into `replicas`
  std::uint32_t counter = 0;
  friend auto operator<=>(const batch_parent&, const batch_parent&) = default;
};

struct batch_span {
  std::uint32_t replica = 0;
  std::uint32_t counter = 0;  ///< of the first operation
  std::uint32_t length = 0;
  std::uint32_t item_end = 0;    ///< its items end here; they start where those of the last end
  std::uint32_t parent_end = 0;  ///< its parents likewise; sorted by replica id, then counter
  std::uint64_t lamport = 0;     ///< of the first operation, to be checked; 0: not given
};

/// The text of the insert at `n` of `items`: up to that of the next one. Pre: place_content or the
/// like was there. O(erasures up to the next insert).
[[nodiscard]] inline std::string_view insert_text(std::span<const batch_item> items,
                                                  std::string_view content, std::size_t n) {
  const std::size_t from = items[n].payload;
  std::size_t end = content.size();
  for (std::size_t i = n + 1; i < items.size(); ++i) {
    if (items[i].kind == item_kind::insert) {
      end = items[i].payload;
      break;
    }
  }
  return content.substr(from, end - from);
}

struct op_batch {
  std::vector<replica_id> replicas;
  std::vector<batch_container> containers;
  std::vector<batch_span> spans;
  std::vector<batch_parent> parents;
  std::vector<batch_item> items;
  std::string content;        ///< UTF-8 of all inserts, in the order of the items
  std::string_view borrowed;  ///< if not empty, in its place: of a log that stays as it is
  std::vector<std::string> keys;
  std::vector<value> values;

  /// Empties all tables; they keep their memory.
  void clear() noexcept;
  /// Memory that the tables hold on to, roughly; what keys and values own apart.
  [[nodiscard]] std::size_t capacity_bytes() const noexcept;

  /// The content, or what is borrowed in its place.
  [[nodiscard]] std::string_view text() const noexcept {
    return borrowed.empty() ? std::string_view{content} : borrowed;
  }
  /// The text of the insert at `n` of `items`.
  [[nodiscard]] std::string_view insert_text(std::size_t n) const {
    return crdt::insert_text(items, text(), n);
  }
  [[nodiscard]] std::uint32_t first_item(std::size_t span) const {
    return span == 0 ? 0 : spans[span - 1].item_end;
  }
  [[nodiscard]] std::uint32_t first_parent(std::size_t span) const {
    return span == 0 ? 0 : spans[span - 1].parent_end;
  }
};

/// Whether a container of that type can hold an operation of that kind.
[[nodiscard]] constexpr bool fits(container_type type, item_kind kind) noexcept {
  switch (type) {
    case container_type::text:
      return kind <= item_kind::erase_backward;
    case container_type::map:
      return kind >= item_kind::map_set && kind <= item_kind::map_reset;
    case container_type::counter:
      return kind >= item_kind::counter_add;
  }
  return false;
}

/// Whether push_item might join a part of `next` to `last`. False is certain.
[[nodiscard]] inline bool may_join(const batch_item& last, const batch_item& next) noexcept {
  const bool inserts = next.kind == item_kind::insert;
  if (last.container != next.container || inserts != (last.kind == item_kind::insert)) {
    return false;
  }
  if (inserts) {
    return next.position == last.position + last.length;
  }
  const std::uint32_t target =
      next.kind == item_kind::erase_backward ? next.position + next.length - 1 : next.position;
  return target == last.position || target + 1 == last.position;
}

/// Appends `item` after the items from `floor` on (the start of its span), joined as far as it
/// continues the last one, atom by atom. So the runs depend on the operations alone, not on how
/// they arrived. Content must be appended by the caller, in order.
void push_item(std::vector<batch_item>& items, std::size_t floor, batch_item item);

}  // namespace weft::crdt
