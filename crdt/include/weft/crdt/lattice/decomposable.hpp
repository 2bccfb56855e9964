// SPDX-License-Identifier: MIT
// decomposable: a lattice that can say what one state has and another lacks.
//
// Beyond the laws of `lattice`: for_each_irreducible(f) calls f with states whose join is the
// whole, none of which is the join of smaller ones; difference(a, b) is the join of those parts of
// a that b does not include, so it is the least d with b merged with d == b merged with a. The
// combinators of this folder ask it of their parts and promise it themselves, so they may be
// nested. Source: Enes et al., "Efficient synchronization of state-based CRDTs", ICDE 2019.
#pragma once

#include "weft/crdt/lattice/laws.hpp"

#include <concepts>

namespace weft::crdt {

template <class T>
concept decomposable = lattice<T> && requires(const T a, const T b) {
  { difference(a, b) } -> std::same_as<T>;
  a.for_each_irreducible([](const T&) {});
};

}  // namespace weft::crdt
