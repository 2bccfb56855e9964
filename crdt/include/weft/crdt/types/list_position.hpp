// SPDX-License-Identifier: MIT
// list_position: a place in a dense order that ends in the dot of who made it.
//
// A path of steps (digit, dot), compared step by step; a prefix comes first. Between any two there
// is room for another: where the digits leave none, the path grows. Two who choose the same digits
// differ in their dots. Invariants: a path has a step; the last digit is not 0, so that there is
// room before it. Integers only: positions are never rounded. A plain value.
// Source: Weiss, Urso, Molli, "Logoot: a scalable optimistic replication algorithm for
// collaborative editing on P2P networks", ICDCS 2009.
#pragma once

#include "weft/crdt/causality/causal_context.hpp"
#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/few.hpp"

#include <algorithm>
#include <compare>
#include <cstdint>
#include <span>
#include <vector>

namespace weft::crdt {

struct position_step {
  std::uint32_t digit = 0;
  dot maker{};
  friend auto operator<=>(const position_step&, const position_step&) = default;
};

class list_position {
public:
  /// More steps than this are neither made nor read.
  static constexpr std::size_t max_steps = 1'024;
  static constexpr std::uint32_t end_digit = 0xffff'ffffU;     ///< greater than any digit
  static constexpr std::uint32_t first_digit = end_digit / 2;  ///< of the first in an empty list

  list_position() = default;
  explicit list_position(std::span<const position_step> steps) : steps_(steps) {}

  [[nodiscard]] std::span<const position_step> steps() const noexcept { return steps_.view(); }
  /// Who made it. Pre: not empty.
  [[nodiscard]] const dot& maker() const { return steps_.back().maker; }
  friend bool operator==(const list_position&, const list_position&) = default;
  friend std::strong_ordering operator<=>(const list_position& a, const list_position& b) noexcept {
    return std::lexicographical_compare_three_way(a.steps_.begin(), a.steps_.end(),
                                                  b.steps_.begin(), b.steps_.end());
  }

  /// A place after `before` and before `after`; nullptr is the start, or the end.
  /// Pre: `*before < *after`. O(steps); may be longer than max_steps, which the caller refuses.
  [[nodiscard]] static list_position between(const list_position* before,
                                             const list_position* after, const dot& maker) {
    std::vector<position_step> path;
    // Whether all of `path` is also the start of that neighbour.
    bool along_before = before != nullptr;
    bool along_after = after != nullptr;
    for (std::size_t i = 0;; ++i) {
      const position_step* low =
          along_before && i < before->steps_.size() ? &before->steps_[i] : nullptr;
      const position_step* high = along_after ? &after->steps_[i] : nullptr;
      const std::uint32_t low_digit = low != nullptr ? low->digit : 0;
      const std::uint32_t high_digit = high != nullptr ? high->digit : end_digit;
      if (high_digit > low_digit && high_digit - low_digit > 1) {
        path.push_back({digit_between(low, low_digit, high, high_digit), maker});
        return list_position(path);
      }
      if (low != nullptr) {
        // After `before` from here on; also before `after` as soon as the two part.
        along_after = along_after && *low == *high;
        path.push_back(*low);
      } else if (high_digit == 0) {
        path.push_back(*high);
        along_before = false;
      } else {
        // Room before the digit 1 is behind a 0.
        path.push_back({0, maker});
        along_before = along_after = false;
      }
    }
  }

private:
  // Near the neighbour if there is one only, so that appending uses digits sparingly.
  static std::uint32_t digit_between(const position_step* low, std::uint32_t low_digit,
                                     const position_step* high, std::uint32_t high_digit) {
    constexpr std::uint32_t stride = 1'024;
    const std::uint32_t half = (high_digit - low_digit) / 2;
    if (low != nullptr && high == nullptr) {
      return low_digit + std::min(half, stride);
    }
    if (low == nullptr && high != nullptr) {
      return high_digit - std::min(half, stride);
    }
    return low_digit + half;
  }

  few<position_step> steps_;  // mostly one
};

}  // namespace weft::crdt
