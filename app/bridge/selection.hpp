// SPDX-License-Identifier: MIT
// A person's selection in UTF-16 positions, and how it moves when the text changes under it.
#pragma once

#include "bridge/text_difference.hpp"

#include <algorithm>

namespace weft::app {

/// Which neighbour a position keeps when text comes exactly where it stands.
enum class Sticks { Left, Right };

/// Where `position` stands after `change`.
[[nodiscard]] constexpr int moved(int position, const TextDifference& change, Sticks sticks) {
  if (position < change.position) {
    return position;
  }
  if (position > change.position + change.removed) {
    return position + change.inserted - change.removed;
  }
  return sticks == Sticks::Left ? change.position : change.position + change.inserted;
}

/// `caret` is the end that moves with Shift and an arrow key.
struct Selection {
  int anchor = 0;
  int caret = 0;

  [[nodiscard]] constexpr int first() const noexcept { return std::min(anchor, caret); }
  [[nodiscard]] constexpr int end() const noexcept { return std::max(anchor, caret); }
  [[nodiscard]] constexpr bool empty() const noexcept { return anchor == caret; }
  friend bool operator==(const Selection&, const Selection&) = default;
};

/// The same selection after somebody else's change. A bare caret keeps its left neighbour. A
/// selection never grows: its start sticks right, its end sticks left, in both directions.
[[nodiscard]] constexpr Selection moved(const Selection& s, const TextDifference& change) {
  if (s.empty()) {
    // Where the left neighbour went and the right one stayed, the caret keeps the right one.
    const bool leftGone = change.removed > 0 && s.caret == change.position + change.removed;
    const int at = moved(s.caret, change, leftGone ? Sticks::Right : Sticks::Left);
    return {at, at};
  }
  const int end = moved(s.end(), change, Sticks::Left);
  const int first = std::min(moved(s.first(), change, Sticks::Right), end);
  return s.anchor <= s.caret ? Selection{first, end} : Selection{end, first};
}

}  // namespace weft::app
