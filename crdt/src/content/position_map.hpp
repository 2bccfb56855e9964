// SPDX-License-Identifier: MIT
// position_map: what a stretch of effects, taken together, did to the positions of a text.
//
// Segments in text order: scalars that were kept, that were erased (they stand in the gap that they
// left), or that were inserted and are still there. What was inserted and erased within the stretch
// is not mentioned. An insertion stands right of what was erased in the same gap.
// Invariants: segments are not empty, neighbours that can be one are one; so there are at most
// 2 * runs + 1 of them, 12 bytes each. Immutable.
#pragma once

#include "content/sequence_run.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weft::crdt {

class position_map {
public:
  /// One effect on a text of `length` scalars. Pre: it lies inside the text.
  position_map(const sequence_run& run, std::uint32_t length);
  /// Consecutive effects on a text of `length` scalars. O(n log n). Pre: at least one.
  [[nodiscard]] static position_map of(std::span<const sequence_run> runs, std::uint32_t length);
  /// `first`, then `second`. O(segments of both).
  [[nodiscard]] static position_map compose(const position_map& first, const position_map& second);

  /// Where a scalar after the stretch comes from.
  struct origin {
    std::uint32_t position = 0;       ///< before the stretch
    local_index inserted = no_index;  ///< no_index: it was there before
    std::uint32_t length = 0;         ///< so many scalars from it on come from the same segment
  };
  /// O(log segments). Pre: inside the text after the stretch.
  [[nodiscard]] origin back(std::uint32_t position) const {
    std::size_t near = 0;
    return back(position, near);
  }
  /// The same. `near`: a segment, best the one of the last question; then the one of this. O(log of
  /// the segments between both) if this one is not the earlier.
  [[nodiscard]] origin back(std::uint32_t position, std::size_t& near) const;

  /// A scalar, or (not visible) the gap that it left.
  struct place {
    std::uint32_t position = 0;
    bool visible = false;
    friend bool operator==(const place&, const place&) = default;
  };
  /// Where it stands after the stretch. O(log segments).
  [[nodiscard]] place forward(place before) const;

  [[nodiscard]] std::size_t size() const noexcept { return segments_.size(); }
  void shrink() { segments_.shrink_to_fit(); }
  [[nodiscard]] std::uint32_t length_before() const noexcept { return before_; }
  [[nodiscard]] std::uint32_t length_after() const noexcept { return after_; }

private:
  enum class kind : std::uint8_t { kept, erased, inserted };
  struct segment {
    std::uint32_t before = 0;         // scalars left of it before the stretch
    std::uint32_t after = 0;          // and after it
    local_index inserted = no_index;  // its first insertion; no_index: kept or erased
  };
  class reader;

  position_map() = default;
  [[nodiscard]] std::uint32_t before_end(std::size_t i) const noexcept {
    return i + 1 < segments_.size() ? segments_[i + 1].before : before_;
  }
  [[nodiscard]] std::uint32_t after_end(std::size_t i) const noexcept {
    return i + 1 < segments_.size() ? segments_[i + 1].after : after_;
  }
  [[nodiscard]] kind kind_of(std::size_t i) const noexcept {
    if (segments_[i].inserted != no_index) {
      return kind::inserted;
    }
    return after_end(i) == segments_[i].after ? kind::erased : kind::kept;
  }
  void add(kind what, std::uint32_t length, local_index inserted = no_index);

  std::vector<segment> segments_;
  std::uint32_t before_ = 0;
  std::uint32_t after_ = 0;
};

}  // namespace weft::crdt
