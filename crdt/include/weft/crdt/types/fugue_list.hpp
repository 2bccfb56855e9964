// SPDX-License-Identifier: MIT
// fugue_list: the list for most uses. What one person types in one place stays together.
//
// An element hangs to the right of its left neighbour, or, where that has something on its right
// already, to the left of what follows. Left children stand by id; right children by the place of
// what followed them when they were typed, the farthest first, then by id (FugueMax). Runs that are
// typed at once in one place, forwards or backwards, do not mix. State, join and cost:
// sequence.hpp. A plain value; concurrent const calls are safe. Source: Weidner, Kleppmann, "The
// Art of the Fugue: minimizing interleaving in collaborative text editing", 2023.
#pragma once

#include "weft/crdt/types/sequence.hpp"

namespace weft::crdt {

/// FugueMax.
struct fugue_order {
  static constexpr bool keeps_right = true;

  template <class Tree>
  [[nodiscard]] static bool before(const Tree& tree, sequence_slot a, sequence_slot b,
                                   sequence_side side) {
    if (side == sequence_side::right && !WEFT_DEFECT("fugue_list.order.ignores_right_origin")) {
      const auto order = tree.compare_right(a, b);
      if (order != 0) {
        return WEFT_DEFECT("fugue_list.order.nearest_first") ? order < 0 : order > 0;
      }
    }
    return tree.id(a) < tree.id(b);
  }
  template <class Tree>
  [[nodiscard]] static sequence_origin origin_after(const Tree& tree, sequence_slot left) {
    const auto next = left == no_slot ? tree.first() : tree.next(left);
    sequence_origin where;
    if (next != no_slot && tree.has_children(left, sequence_side::right) &&
        !WEFT_DEFECT("fugue_list.insert.always_right_child")) {
      where.parent = tree.id(next);
      where.side = sequence_side::left;
      return where;
    }
    if (left != no_slot) {
      where.parent = tree.id(left);
    }
    if (next != no_slot) {
      where.right = tree.id(next);
    }
    return where;
  }
  [[nodiscard]] static std::uint32_t next_counter(std::uint32_t own, std::uint32_t /*all*/) {
    return own;
  }
};

template <element T>
using fugue_list = sequence<T, fugue_order>;

}  // namespace weft::crdt
