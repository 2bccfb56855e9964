// SPDX-License-Identifier: MIT
// Random seeds of property tests: how many, which, and how one is run again.
//
// WEFT_SEED=n runs seed n alone; WEFT_SCALE=x multiplies the number of seeds (0.1, 10, ...).
// Under sanitizers fewer run unless WEFT_SCALE says otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace weft::test {

/// Small, fast, the same on every machine (splitmix64).
class rng {
public:
  explicit rng(std::uint64_t seed) : state_(seed) {}
  [[nodiscard]] std::uint64_t next() {
    state_ += 0x9e37'79b9'7f4a'7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58'476d'1ce4'e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d0'49bb'1331'11ebU;
    return z ^ (z >> 31U);
  }
  /// 0 .. end - 1. Pre: end > 0.
  [[nodiscard]] std::size_t below(std::size_t end) {
    return static_cast<std::size_t>(next() % end);
  }
  [[nodiscard]] bool chance(unsigned percent) { return below(100) < percent; }
  template <class T>
  void shuffle(T& items) {
    for (std::size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[below(i)]);
    }
  }

private:
  std::uint64_t state_;
};

/// Sanitizers or deep checks are on: work that is long already should be cut.
[[nodiscard]] bool slow_build();

/// Scaled number of repetitions, at least 1.
[[nodiscard]] std::size_t scaled(std::size_t count);

/// Runs `f` for seeds 1..scaled(count), or for WEFT_SEED alone. A std::exception out of `f` becomes
/// a std::runtime_error that names the seed and the environment to run it again; so does a failed
/// assertion of the library.
void for_seeds(std::size_t count, const std::function<void(std::uint64_t seed)>& f);

}  // namespace weft::test
