// SPDX-License-Identifier: MIT
// bool_or: a flag that is raised once and never lowered. Bottom is false. A plain value.
#pragma once

#include "weft/crdt/lattice/codec.hpp"
#include "weft/crdt/lattice/decomposable.hpp"

namespace weft::crdt {

class bool_or {
public:
  constexpr bool_or() noexcept = default;
  constexpr explicit bool_or(bool raised) noexcept : raised_(raised) {}

  [[nodiscard]] constexpr bool value() const noexcept { return raised_; }

  bool merge(const bool_or& other) noexcept {
    const bool grows = !raised_ && other.raised_;
    raised_ = raised_ || other.raised_;
    return grows;
  }
  friend constexpr bool leq(const bool_or& a, const bool_or& b) noexcept {
    return !a.raised_ || b.raised_;
  }
  friend constexpr bool_or difference(const bool_or& a, const bool_or& b) noexcept {
    return bool_or(!leq(a, b));
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    if (raised_) {
      f(*this);
    }
  }

  void encode(byte_writer& out) const { codec<bool>::encode(out, raised_); }
  [[nodiscard]] static result<bool_or> decode(byte_reader& in, const limits& bounds = {}) {
    const bool raised = codec<bool>::decode(in, bounds);
    if (in.failed()) {
      return in.failure();
    }
    return bool_or(raised);
  }
  friend constexpr bool operator==(const bool_or&, const bool_or&) = default;

private:
  bool raised_ = false;
};

}  // namespace weft::crdt
