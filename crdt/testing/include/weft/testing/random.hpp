// SPDX-License-Identifier: MIT
// A seeded generator that gives the same numbers on every platform. For tests only.
//
// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014
// (SplitMix64).
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace weft::testing {

class seeded_random {
public:
  explicit seeded_random(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t operator()() noexcept {
    state_ += 0x9e37'79b9'7f4a'7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58'476d'1ce4'e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d0'49bb'1331'11ebU;
    return z ^ (z >> 31U);
  }
  /// A number below `end`. Pre: `end` is not 0.
  std::size_t below(std::size_t end) noexcept { return static_cast<std::size_t>((*this)() % end); }
  /// True `part` times out of `whole`.
  bool chance(std::size_t part, std::size_t whole) noexcept { return below(whole) < part; }

  template <class T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[below(i)]);
    }
  }

private:
  std::uint64_t state_;
};

}  // namespace weft::testing
