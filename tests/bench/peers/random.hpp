// SPDX-License-Identifier: MIT
// The generator that both programs share, so that both make the same edits. SplitMix64 (Steele,
// Lea and Flood, 2014).
#pragma once

#include <cstdint>

namespace weft::bench {

constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  std::uint64_t z = x * 0x9E37'79B9'7F4A'7C15U;
  z = (z ^ (z >> 30U)) * 0xBF58'476D'1CE4'E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D0'49BB'1331'11EBU;
  return z ^ (z >> 31U);
}

class random_source {
public:
  explicit random_source(std::uint64_t seed) noexcept : state_(seed) {}

  /// A number below `bound`. Pre: bound > 0.
  std::uint32_t below(std::uint32_t bound) noexcept {
    return static_cast<std::uint32_t>(mix(++state_) % bound);
  }

private:
  std::uint64_t state_;
};

}  // namespace weft::bench
