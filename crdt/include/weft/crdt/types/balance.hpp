// SPDX-License-Identifier: MIT
// Checked arithmetic of the counters: steps and totals that do not overflow, sums that saturate.
#pragma once

#include "weft/crdt/error.hpp"

#include <cstdint>
#include <limits>

namespace weft::crdt {

/// `amount` upwards or downwards. errc::overflow above 2^63-1.
[[nodiscard]] inline result<std::int64_t> signed_step(std::uint64_t amount, bool up) {
  if (amount > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return unexpected(errc::overflow, 0, "step of a counter");
  }
  const auto size = static_cast<std::int64_t>(amount);
  return up ? size : -size;
}

/// errc::overflow when the sum leaves 64 bits.
[[nodiscard]] inline result<std::int64_t> checked_sum(std::int64_t a, std::int64_t b) {
  if (b > 0 ? a > std::numeric_limits<std::int64_t>::max() - b
            : a < std::numeric_limits<std::int64_t>::min() - b) {
    return unexpected(errc::overflow, 0, "counter of one replica");
  }
  return a + b;
}

/// What goes up and what goes down, summed apart, so that the order of adding does not matter.
class balance {
public:
  void up(std::uint64_t amount) noexcept { up_ = plus(up_, amount); }
  void down(std::uint64_t amount) noexcept { down_ = plus(down_, amount); }
  void add(std::int64_t amount) noexcept {
    const auto bits = static_cast<std::uint64_t>(amount);
    amount < 0 ? down(~bits + 1) : up(bits);
  }

  /// Each side is held to 64 bits, then the difference to the range of its type.
  [[nodiscard]] std::int64_t value() const noexcept {
    constexpr std::uint64_t top = std::uint64_t{1} << 63U;
    if (up_ >= down_) {
      const std::uint64_t above = up_ - down_;
      return static_cast<std::int64_t>(above < top ? above : top - 1);
    }
    const std::uint64_t below = down_ - up_;
    return static_cast<std::int64_t>(~(below < top ? below : top) + 1);
  }
  /// The difference, and 0 if more went down than up.
  [[nodiscard]] std::uint64_t surplus() const noexcept { return up_ > down_ ? up_ - down_ : 0; }

private:
  // Held at the greatest number.
  [[nodiscard]] static std::uint64_t plus(std::uint64_t sum, std::uint64_t amount) noexcept {
    const std::uint64_t more = sum + amount;
    return more < sum ? ~std::uint64_t{0} : more;
  }
  std::uint64_t up_ = 0;
  std::uint64_t down_ = 0;
};

}  // namespace weft::crdt
