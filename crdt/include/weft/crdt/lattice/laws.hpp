// SPDX-License-Identifier: MIT
// The concepts of state-based types, and what they promise.
//
// `lattice`: a value type with a join. Laws that the compiler cannot check, for all reachable a, b,
// c:
//   merge is idempotent, commutative and associative; a merged with T{} is a;
//   leq(a, b) exactly when merging a into b changes nothing; merge returns whether it changed the
//   state; equal states have equal canonical bytes, and the other way round.
// `delta_crdt`: a lattice with mutators on a replica-bound handle, each of which returns its delta:
//   inflation: leq(a, m(a)); delta law: m(a) equals a merged with the delta, computed before;
//   difference(a, b) is the least d with b merged with d == b merged with a.
// A delta is a state of the same type, and so may be merged, grouped, repeated and reordered.
//
// Sources: Shapiro et al., INRIA RR-7506, 2011; Almeida, Shoker, Baquero, "Delta state replicated
// data types", JPDC 2018; Enes et al., "Efficient synchronization of state-based CRDTs", ICDE 2019.
#pragma once

#include "weft/crdt/bytes.hpp"
#include "weft/crdt/error.hpp"
#include "weft/crdt/ids.hpp"
#include "weft/crdt/limits.hpp"

#include <concepts>

namespace weft::crdt {

template <class T>
concept lattice = std::regular<T> && requires(T a, const T b, byte_writer& out, byte_reader& in) {
  { a.merge(b) } -> std::same_as<bool>;
  { leq(b, b) } -> std::same_as<bool>;
  b.encode(out);
  { T::decode(in, limits{}) } -> std::same_as<result<T>>;
};

template <class T>
concept delta_crdt =
    lattice<T> && std::constructible_from<typename T::mutator, T&, const replica_id&> &&
    requires(const T b) {
      { difference(b, b) } -> std::same_as<T>;
      b.for_each_irreducible([](const T&) {});
    };

/// Mutators of `state` as replica `self`: `on(counter, me).increment(2)` returns the delta.
/// Pre: nobody else writes as `self`.
template <class T>
  requires delta_crdt<T>
[[nodiscard]] typename T::mutator on(T& state, const replica_id& self) {
  return typename T::mutator(state, self);
}

/// Whole canonical bytes of a state or delta.
template <class T>
[[nodiscard]] bytes to_bytes(const T& state) {
  byte_writer out;
  state.encode(out);
  return out.take();
}

/// Reads what to_bytes wrote; refuses anything else, trailing bytes included.
template <class T>
[[nodiscard]] result<T> from_bytes(byte_view in, const limits& bounds = {}) {
  byte_reader reader(in);
  result<T> state = T::decode(reader, bounds);
  if (state) {
    reader.expect_end("bytes after the state");
    if (reader.failed()) {
      return reader.failure();
    }
  }
  return state;
}

}  // namespace weft::crdt
