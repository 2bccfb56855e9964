// SPDX-License-Identifier: MIT
// element_order: a list of numbered elements, some hidden, that knows where each one stands.
//
// What the sequence types keep beside their tree: which element is the i-th shown one, what follows
// an element, which of two comes first. Stored as chunks of numbers in list order.
// Invariants: a number stands at most once; ranks of chunks ascend in list order; no chunk is empty
// or above `chunk_size`. Cost: 4 bytes an element and 5 to find it again; every call is
// O(n / chunk_size + chunk_size) over plain arrays: a microsecond or two in a million elements.
// A plain value; concurrent const calls are safe.
#pragma once

#include "weft/crdt/lattice/roomy.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::crdt {

class element_order {
public:
  using slot = std::uint32_t;
  static constexpr slot none = 0xffff'ffffU;
  static constexpr std::size_t chunk_size = 1024;

  /// Pre: `fresh` is not here; `before` is, or is `none`, which means the start.
  void insert_after(slot before, slot fresh, bool shown);
  /// Pre: `fresh` is not here; `after` is, or is `none`, which means the end.
  void insert_before(slot after, slot fresh, bool shown);
  /// Pre: `s` is here and shown.
  void hide(slot s);

  [[nodiscard]] std::size_t shown() const noexcept { return shown_total_; }
  [[nodiscard]] bool has(slot s) const noexcept {
    return s < chunk_of_.size() && chunk_of_[s] != none;
  }
  /// Pre (these four): the elements named are here; `index < shown()`.
  [[nodiscard]] bool before(slot a, slot b) const;
  [[nodiscard]] slot next(slot s) const;  ///< `none` at the end
  [[nodiscard]] slot at(std::size_t index) const;
  [[nodiscard]] std::size_t index_of(slot s) const;  ///< shown elements before it
  [[nodiscard]] slot first() const noexcept {
    return sequence_.empty() ? none : chunks_[sequence_.front()].slots.front();
  }

  /// Calls f(slot) for the shown elements from the `from`-th on, until f returns false. O(1) each.
  template <class F>
  void for_each_shown(std::size_t from, F&& f) const {
    for (const std::uint32_t c : sequence_) {
      const chunk& part = chunks_[c];
      if (from >= part.shown) {
        from -= part.shown;
        continue;
      }
      for (const slot s : part.slots) {
        if (hidden_[s]) {
          continue;
        }
        if (from > 0) {
          --from;
        } else if (!f(s)) {
          return;
        }
      }
    }
  }
  void check_invariants() const;

private:
  struct chunk {
    roomy<slot> slots;
    std::uint32_t shown = 0;
    std::uint32_t rank = 0;  ///< its place in `sequence_`
  };
  [[nodiscard]] std::size_t place_in(const chunk& part, slot s) const;
  void put(std::uint32_t c, std::size_t place, slot fresh, bool shown);
  void split(std::uint32_t c);

  roomy<chunk> chunks_;
  std::vector<std::uint32_t> sequence_;  ///< chunks in list order
  roomy<std::uint32_t> chunk_of_;        ///< by slot
  std::vector<bool> hidden_;             ///< by slot
  std::size_t shown_total_ = 0;
};

}  // namespace weft::crdt
