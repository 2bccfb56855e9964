// SPDX-License-Identifier: MIT
// sum_lattice: a value of A until somebody moves it to B; every B is above every A.
//
// For "deleted beats present" and the like. Bottom is A's bottom. A plain value.
#pragma once

#include "weft/crdt/lattice/codec.hpp"
#include "weft/crdt/lattice/decomposable.hpp"

#include <utility>
#include <variant>

namespace weft::crdt {

template <decomposable A, decomposable B>
class sum_lattice {
public:
  sum_lattice() = default;
  [[nodiscard]] static sum_lattice left(A a) { return sum_lattice(side(lower, std::move(a))); }
  [[nodiscard]] static sum_lattice right(B b) { return sum_lattice(side(upper, std::move(b))); }

  /// nullptr once it is on the right.
  [[nodiscard]] const A* as_left() const noexcept { return std::get_if<0>(&side_); }
  /// nullptr until it is on the right.
  [[nodiscard]] const B* as_right() const noexcept { return std::get_if<1>(&side_); }

  bool merge(const sum_lattice& other) {
    if (side_.index() < other.side_.index()) {
      side_ = other.side_;
      return true;
    }
    if (side_.index() > other.side_.index()) {
      return false;
    }
    return as_left() != nullptr ? std::get_if<0>(&side_)->merge(*other.as_left())
                                : std::get_if<1>(&side_)->merge(*other.as_right());
  }
  friend bool leq(const sum_lattice& a, const sum_lattice& b) {
    if (a.side_.index() != b.side_.index()) {
      return a.side_.index() < b.side_.index();
    }
    return a.as_left() != nullptr ? leq(*a.as_left(), *b.as_left())
                                  : leq(*a.as_right(), *b.as_right());
  }
  friend sum_lattice difference(const sum_lattice& a, const sum_lattice& b) {
    if (leq(a, b)) {
      return {};
    }
    if (a.side_.index() != b.side_.index()) {
      return a;
    }
    return a.as_left() != nullptr ? left(difference(*a.as_left(), *b.as_left()))
                                  : right(difference(*a.as_right(), *b.as_right()));
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    if (as_left() != nullptr) {
      as_left()->for_each_irreducible([&](const A& part) { f(left(part)); });
    } else if (*as_right() == B{}) {
      f(*this);  // not bottom: it is above all of A
    } else {
      as_right()->for_each_irreducible([&](const B& part) { f(right(part)); });
    }
  }

  void encode(byte_writer& out) const {
    codec<bool>::encode(out, as_right() != nullptr);
    if (as_left() != nullptr) {
      as_left()->encode(out);
    } else {
      as_right()->encode(out);
    }
  }
  [[nodiscard]] static result<sum_lattice> decode(byte_reader& in, const limits& bounds = {}) {
    if (codec<bool>::decode(in, bounds)) {
      return of(B::decode(in, bounds), &right);
    }
    return of(A::decode(in, bounds), &left);
  }
  friend bool operator==(const sum_lattice&, const sum_lattice&) = default;

private:
  using side = std::variant<A, B>;
  static constexpr auto lower = std::in_place_index<0>;
  static constexpr auto upper = std::in_place_index<1>;

  template <class Part, class Make>
  static result<sum_lattice> of(result<Part> part, Make make) {
    if (!part) {
      return unexpected(part.error());
    }
    return make(std::move(*part));
  }
  explicit sum_lattice(side s) : side_(std::move(s)) {}
  side side_;
};

}  // namespace weft::crdt
