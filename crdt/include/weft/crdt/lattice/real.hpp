// SPDX-License-Identifier: MIT
// Floating-point numbers as elements: their order is total only without NaN and with one zero.
//
// `canonical` says which values may enter a lattice and in which form. Anything else would have two
// replicas disagree on which of two values is greater.
#pragma once

#include "weft/crdt/defect.hpp"
#include "weft/crdt/error.hpp"
#include "weft/crdt/lattice/codec.hpp"

#include <bit>
#include <concepts>
#include <cstdint>

namespace weft::crdt {

/// `v` in the one form that is stored: minus zero becomes zero. errc::bad_value for NaN.
template <class T>
[[nodiscard]] result<T> canonical(T v) {
  if constexpr (std::floating_point<T>) {
    if (v != v) {
      return unexpected(errc::bad_value, 0, "not a number");
    }
    return v == T{0} && !WEFT_DEFECT("real.canonical.minus_zero_stays") ? T{0} : v;
  } else {
    return v;
  }
}

/// Eight bytes, little-endian; minus zero and NaN are refused.
template <>
struct codec<double> {
  static void encode(byte_writer& out, double v) {
    WEFT_ASSERT(v == v, "NaN has no place in an order");
    out.u64_le(std::bit_cast<std::uint64_t>(v == 0.0 ? 0.0 : v));
  }
  static double decode(byte_reader& in, const limits& /*bounds*/) {
    const std::uint64_t bits = in.u64_le();
    const auto v = std::bit_cast<double>(bits);
    if (v != v) {
      in.fail(errc::bad_value, "not a number");
      return 0.0;
    }
    if (v == 0.0 && bits != 0) {
      in.fail(errc::not_canonical, "minus zero");
    }
    return v;
  }
};

}  // namespace weft::crdt
