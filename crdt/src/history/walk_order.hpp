// SPDX-License-Identifier: MIT
// walk_order: in which order to take in many concurrent changes, so that replaying them is cheap.
//
// Any order in which parents come first gives the same document. But replay moves between the
// versions of neighbours in the order, so a branch should be walked to its end before the next one
// begins, and the small branch first. Pure functions. Method: docs/internals/causal-graph.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weft::crdt {

/// One change of a batch. Its parents inside of the batch end at `parent_end` of a common list;
/// they start where those of the change before end, and are smaller than its own place.
struct walk_node {
  std::uint32_t parent_end = 0;
  std::uint32_t weight = 0;   ///< runs of operations
  std::uint32_t replica = 0;  ///< who made it; the changes of one replica form a chain
};

/// Whether planning can save more than it costs: not with few runs per change (live typing), nor
/// with very many changes.
[[nodiscard]] bool worth_planning(std::uint64_t nodes, std::uint64_t runs) noexcept;

/// For all other batches: see turn_order.hpp.
[[nodiscard]] std::vector<std::uint32_t> turn_order(std::span<const walk_node> nodes,
                                                    std::span<const std::uint32_t> parents);

/// For batches in which each change merges those of many others that it saw soon: by depth, so that
/// neighbours know about the same. In turns each would go on to where it has seen more of all the
/// others, which the next one takes back. Empty: the batch is not so. O(nodes * log + parents).
[[nodiscard]] std::vector<std::uint32_t> depth_order(std::span<const walk_node> nodes,
                                                     std::span<const std::uint32_t> parents);

/// The places of all nodes in the order to take; a chain keeps its order.
/// O(nodes * nodes / 64 + forks * nodes) at worst: for batches that are worth_planning.
[[nodiscard]] std::vector<std::uint32_t> walk_order(std::span<const walk_node> nodes,
                                                    std::span<const std::uint32_t> parents);

}  // namespace weft::crdt
