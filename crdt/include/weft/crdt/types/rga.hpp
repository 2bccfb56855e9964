// SPDX-License-Identifier: MIT
// rga: the replicated growable array, the classic list: each element hangs on its left neighbour.
//
// Ids are Lamport stamps: the counter of a new one is greater than any counter seen, so that
// counters of one replica may have gaps. Elements behind one neighbour stand with the greatest
// (counter, replica) first. Runs typed forwards at once in one place stay together; typed backwards
// they mix: fugue_list has no such case. State, join and cost: sequence.hpp. A plain value;
// concurrent const calls are safe. Source: Roh, Jeon, Kim, Lee, "Replicated abstract data types:
// building blocks for collaborative applications", JPDC 71(3), 2011.
#pragma once

#include "weft/crdt/types/sequence.hpp"

#include <tuple>

namespace weft::crdt {

struct rga_order {
  static constexpr bool keeps_right = false;

  template <class Tree>
  [[nodiscard]] static bool before(const Tree& tree, sequence_slot a, sequence_slot b,
                                   sequence_side /*side*/) {
    const dot x = tree.id(a);
    const dot y = tree.id(b);
    if (WEFT_DEFECT("rga.order.by_replica_first")) {
      return x > y;
    }
    return std::tie(x.counter, x.replica) > std::tie(y.counter, y.replica);
  }
  template <class Tree>
  [[nodiscard]] static sequence_origin origin_after(const Tree& tree, sequence_slot left) {
    sequence_origin where;
    if (left != no_slot) {
      where.parent = tree.id(left);
    }
    return where;
  }
  [[nodiscard]] static std::uint32_t next_counter(std::uint32_t own, std::uint32_t all) {
    return WEFT_DEFECT("rga.insert.clock_ignores_others") ? own : all;
  }
};

template <element T>
using rga = sequence<T, rga_order>;

}  // namespace weft::crdt
