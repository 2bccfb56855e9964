// SPDX-License-Identifier: MIT
// slot_set: a set of small numbers as bits, asked and changed by ranges.
//
// Without members it has no memory. Calls are O(length of the range / 64). A plain value;
// concurrent const calls are safe.
#pragma once

#include "weft/crdt/lattice/roomy.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace weft::crdt {

class slot_set {
public:
  using slot = std::uint32_t;

  [[nodiscard]] bool contains(slot s) const noexcept {
    return s / 64 < words_.size() && (words_[s / 64] >> (s % 64) & 1U) != 0;
  }
  /// Members among the `count` numbers from `first` on.
  [[nodiscard]] std::uint32_t count(slot first, std::uint32_t count) const noexcept {
    if (words_.empty()) {
      return 0;
    }
    std::uint32_t found = 0;
    for_each_word(first, count, [&](std::size_t w, std::uint64_t mask) {
      found += w < words_.size() ? static_cast<std::uint32_t>(std::popcount(words_[w] & mask)) : 0;
    });
    return found;
  }
  /// Adds them and calls f(slot) for those that were not here, ascending; returns their number.
  template <class F>
  std::uint32_t insert(slot first, std::uint32_t count, F&& f) {
    const std::size_t words = (std::size_t{first} + count + 63) / 64;
    if (words > words_.size()) {
      words_.resize(words);
    }
    std::uint32_t added = 0;
    for_each_word(first, count, [&](std::size_t w, std::uint64_t mask) {
      for (std::uint64_t fresh = mask & ~words_[w]; fresh != 0; fresh &= fresh - 1) {
        f(static_cast<slot>(w * 64 + static_cast<unsigned>(std::countr_zero(fresh))));
        ++added;
      }
      words_[w] |= mask;
    });
    return added;
  }
  /// The `index`-th number from `first` on that is no member.
  [[nodiscard]] slot missing(slot first, std::size_t index) const noexcept {
    std::size_t w = first / 64;
    std::uint64_t free = ~word(w) & ~std::uint64_t{0} << (first % 64);
    while (w < words_.size()) {
      const auto here = static_cast<std::size_t>(std::popcount(free));
      if (index < here) {
        for (; index > 0; --index) {
          free &= free - 1;
        }
        return static_cast<slot>(w * 64 + static_cast<unsigned>(std::countr_zero(free)));
      }
      index -= here;
      free = ~word(++w);
    }
    return static_cast<slot>(std::max<std::size_t>(first, w * 64) + index);
  }

private:
  [[nodiscard]] std::uint64_t word(std::size_t w) const noexcept {
    return w < words_.size() ? words_[w] : 0;
  }
  // Calls f(word, bits of it that belong to the range).
  template <class F>
  static void for_each_word(std::size_t first, std::size_t count, F&& f) {
    const std::size_t end = first + count;
    for (std::size_t at = first; at < end;) {
      const std::size_t next = std::min(end, (at / 64 + 1) * 64);
      const std::uint64_t ones = ~std::uint64_t{0} >> (64 - (next - at));
      f(at / 64, ones << (at % 64));
      at = next;
    }
  }

  roomy<std::uint64_t> words_;
};

}  // namespace weft::crdt
