// SPDX-License-Identifier: MIT
// pair_lattice: two lattices side by side, joined each for itself. A plain value.
#pragma once

#include "weft/crdt/lattice/decomposable.hpp"

#include <utility>

namespace weft::crdt {

template <decomposable A, decomposable B>
struct pair_lattice {
  A first{};
  B second{};

  bool merge(const pair_lattice& other) {
    const bool changed = first.merge(other.first);
    return second.merge(other.second) || changed;
  }
  friend bool leq(const pair_lattice& a, const pair_lattice& b) {
    return leq(a.first, b.first) && leq(a.second, b.second);
  }
  friend pair_lattice difference(const pair_lattice& a, const pair_lattice& b) {
    return {difference(a.first, b.first), difference(a.second, b.second)};
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    first.for_each_irreducible([&](const A& part) { f(pair_lattice{part, {}}); });
    second.for_each_irreducible([&](const B& part) { f(pair_lattice{{}, part}); });
  }

  void encode(byte_writer& out) const {
    first.encode(out);
    second.encode(out);
  }
  [[nodiscard]] static result<pair_lattice> decode(byte_reader& in, const limits& bounds = {}) {
    result<A> a = A::decode(in, bounds);
    if (!a) {
      return unexpected(a.error());
    }
    result<B> b = B::decode(in, bounds);
    if (!b) {
      return unexpected(b.error());
    }
    return pair_lattice{std::move(*a), std::move(*b)};
  }
  friend bool operator==(const pair_lattice&, const pair_lattice&) = default;
};

}  // namespace weft::crdt
