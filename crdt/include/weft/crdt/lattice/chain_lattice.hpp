// SPDX-License-Identifier: MIT
// max_lattice, min_lattice: the greatest or least value of a totally ordered type. Bottom is empty.
//
// Law that the compiler cannot check: the order of T is total (for floating point see real.hpp).
// A plain value; concurrent const calls are safe.
#pragma once

#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/decomposable.hpp"
#include "weft/crdt/lattice/real.hpp"

#include <functional>
#include <optional>
#include <utility>

namespace weft::crdt {

/// `Beats(a, b)`: a is above b in the lattice. A strict total order.
template <element T, class Beats>
class chain_lattice {
public:
  chain_lattice() = default;
  /// Pre: `v` is canonical, so no NaN.
  explicit chain_lattice(T v) : value_(std::move(v)) {}

  /// Empty at bottom.
  [[nodiscard]] const std::optional<T>& value() const noexcept { return value_; }

  bool merge(const chain_lattice& other) {
    if (leq(other, *this) && !(other.value_ && WEFT_DEFECT("chain_lattice.merge.takes_last"))) {
      return false;
    }
    value_ = other.value_;
    return true;
  }
  friend bool leq(const chain_lattice& a, const chain_lattice& b) {
    return !a.value_ || (b.value_ && !Beats{}(*a.value_, *b.value_));
  }
  friend chain_lattice difference(const chain_lattice& a, const chain_lattice& b) {
    return leq(a, b) ? chain_lattice() : a;
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    if (value_) {
      f(*this);
    }
  }

  void encode(byte_writer& out) const {
    codec<bool>::encode(out, value_.has_value());
    if (value_) {
      codec<T>::encode(out, *value_);
    }
  }
  [[nodiscard]] static result<chain_lattice> decode(byte_reader& in, const limits& bounds = {}) {
    chain_lattice state;
    if (codec<bool>::decode(in, bounds)) {
      state.value_ = codec<T>::decode(in, bounds);
    }
    if (in.failed()) {
      return in.failure();
    }
    return state;
  }
  friend bool operator==(const chain_lattice&, const chain_lattice&) = default;

private:
  std::optional<T> value_;
};

template <element T>
using max_lattice = chain_lattice<T, std::greater<T>>;
template <element T>
using min_lattice = chain_lattice<T, std::less<T>>;

}  // namespace weft::crdt
