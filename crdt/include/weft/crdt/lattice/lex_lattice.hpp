// SPDX-License-Identifier: MIT
// lex_lattice: the higher first wins and takes its second along; equal firsts join their seconds.
//
// Law that the compiler cannot check: A is a chain, so of two firsts one includes the other. With
// two concurrent firsts the join would have to be (both, nothing), and would lose both seconds. A
// plain value.
#pragma once

#include "weft/crdt/lattice/decomposable.hpp"
#include "weft/crdt/lattice/pair_lattice.hpp"

#include <utility>

namespace weft::crdt {

template <decomposable A, decomposable B>
struct lex_lattice {
  A first{};
  B second{};

  bool merge(const lex_lattice& other) {
    if (first == other.first) {
      return second.merge(other.second);
    }
    if (leq(other.first, first)) {
      return false;
    }
    WEFT_ASSERT(leq(first, other.first), "the firsts of a lexicographic pair form a chain");
    *this = other;
    return true;
  }
  friend bool leq(const lex_lattice& a, const lex_lattice& b) {
    return a.first == b.first ? leq(a.second, b.second) : leq(a.first, b.first);
  }
  friend lex_lattice difference(const lex_lattice& a, const lex_lattice& b) {
    if (leq(a, b)) {
      return {};
    }
    return a.first == b.first ? lex_lattice{a.first, difference(a.second, b.second)} : a;
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    if (second == B{}) {
      first.for_each_irreducible([&](const A& part) { f(lex_lattice{part, {}}); });
    }
    second.for_each_irreducible([&](const B& part) { f(lex_lattice{first, part}); });
  }

  void encode(byte_writer& out) const {
    first.encode(out);
    second.encode(out);
  }
  [[nodiscard]] static result<lex_lattice> decode(byte_reader& in, const limits& bounds = {}) {
    auto both = pair_lattice<A, B>::decode(in, bounds);
    if (!both) {
      return unexpected(both.error());
    }
    return lex_lattice{std::move(both->first), std::move(both->second)};
  }
  friend bool operator==(const lex_lattice&, const lex_lattice&) = default;
};

}  // namespace weft::crdt
