// SPDX-License-Identifier: MIT
// Slow twin of the merge: replays single operations with positions, in any topological order.
//
// The method is Eg-walker (Gentle and Kleppmann, EuroSys 2025) without any of its speed: a vector
// of single items, no runs, no clearing, positions found by counting, and the version moved by
// comparing whole sets. It places items by the scan over the list, so it also checks that the scan
// and the tree definition of naive_list agree. Pure functions.
#pragma once

#include "support/naive_graph.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace weft::test {

/// One operation as its author made it: `position` counts what the author saw.
struct walk_op {
  node at = 0;  ///< its node in the graph
  bool inserts = false;
  std::uint32_t position = 0;
  char32_t scalar = 0;
};

/// The text that all of `ops` give. `order`: a topological order of their places in `ops`.
/// Throws std::runtime_error if a position is outside its author's text.
[[nodiscard]] std::u32string naive_walk(const naive_graph& graph, const std::vector<walk_op>& ops,
                                        const std::vector<std::size_t>& order);

}  // namespace weft::test
