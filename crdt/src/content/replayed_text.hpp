// SPDX-License-Identifier: MIT
// replayed_text: a text since some operation, with all that was erased in between. For undo.
//
// A treap of segments in text order; each node knows the visible scalars below it. An insertion
// stands right of the visible scalar before it, left of what was erased there. Not thread-safe.
#pragma once

#include "content/sequence_run.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace weft::crdt {

class replayed_text {
public:
  /// A stretch of the text as it was at first, or inserted since.
  struct segment {
    std::uint32_t length = 0;
    local_index first = no_index;  ///< insertion of its first scalar; no_index: older text
    std::uint32_t origin = 0;      ///< older text: its position then
    bool visible = true;
    bool ours_inserted = false;
    bool ours_erased = false;
  };

  explicit replayed_text(std::uint32_t length);
  /// O(log segments), and as much for each segment that is erased. Pre: inside the text.
  void apply(const sequence_run& run, bool ours);
  /// In text order. O(segments).
  [[nodiscard]] std::vector<segment> segments() const;

private:
  using node_index = std::uint32_t;  // 0: none
  struct node {
    segment value;
    node_index left = 0;
    node_index right = 0;
    std::uint32_t priority = 0;  // not below those of its children
    std::uint32_t visible = 0;   // scalars, children included
  };

  [[nodiscard]] node_index make(const segment& value);
  void sum_up(node_index n);
  [[nodiscard]] node_index join(node_index left, node_index right);
  /// The shortest beginning that shows `position` scalars, and the rest.
  [[nodiscard]] std::pair<node_index, node_index> split(node_index n, std::uint32_t position);
  void hide(node_index n, bool ours);

  std::vector<node> nodes_;
  node_index root_ = 0;
  std::uint32_t random_ = 0x9e37'79b9U;
};

}  // namespace weft::crdt
