// SPDX-License-Identifier: MIT
// max_count: a natural number that only grows, joined by maximum. Bottom is 0.
//
// The cell of every counter: where only one replica raises it, no increment is lost. A plain value;
// concurrent const calls are safe.
#pragma once

#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/decomposable.hpp"

#include <compare>
#include <cstdint>
#include <limits>

namespace weft::crdt {

class max_count {
public:
  constexpr max_count() noexcept = default;
  constexpr explicit max_count(std::uint64_t count) noexcept : count_(count) {}

  [[nodiscard]] constexpr std::uint64_t value() const noexcept { return count_; }
  /// The count after `amount` more. errc::overflow when that leaves 64 bits.
  [[nodiscard]] result<max_count> plus(std::uint64_t amount) const {
    if (amount > std::numeric_limits<std::uint64_t>::max() - count_) {
      return unexpected(errc::overflow, 0, "counter of one replica");
    }
    return max_count(count_ + amount);
  }

  bool merge(const max_count& other) noexcept {
    if (WEFT_DEFECT("max_count.merge.adds")) {
      count_ += other.count_;
      return other.count_ != 0;
    }
    const bool grows = count_ < other.count_;
    count_ = grows ? other.count_ : count_;
    return grows;
  }
  friend constexpr bool leq(const max_count& a, const max_count& b) noexcept {
    return a.count_ <= b.count_;
  }
  friend constexpr max_count difference(const max_count& a, const max_count& b) noexcept {
    return leq(a, b) ? max_count() : a;
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    if (count_ != 0) {
      f(*this);
    }
  }

  void encode(byte_writer& out) const { out.varint(count_); }
  [[nodiscard]] static result<max_count> decode(byte_reader& in, const limits& /*bounds*/ = {}) {
    const std::uint64_t count = in.varint();
    if (in.failed()) {
      return in.failure();
    }
    return max_count(count);
  }
  friend constexpr bool operator==(const max_count&, const max_count&) = default;

private:
  std::uint64_t count_ = 0;
};

}  // namespace weft::crdt
