// SPDX-License-Identifier: MIT
// The concepts of state-based types, and what they promise.
//
// `lattice`: a value type with a join. Laws that the compiler cannot check, for all reachable a, b,
// c:
//   merge is idempotent, commutative and associative; a merged with T{} is a;
//   leq(a, b) exactly when merging a into b changes nothing; merge returns whether it changed the
//   state; equal states have equal canonical bytes, and the other way round.
// `crdt`: a lattice with mutators on a replica-bound handle, each of which returns its delta, or an
//   error and then leaves the state as it was:
//   inflation: leq(a, m(a)); delta law: m(a) equals a merged with the delta; the delta is T{}
//   exactly when nothing changed.
// `delta_crdt`: a crdt that can tell what another state lacks:
//   difference(a, b) is the least d with b merged with d == b merged with a, so it is also what
//   each mutator returns: m(a)'s delta equals difference(m(a), a); for_each_irreducible calls with
//   states that cannot be split, whose join is the state.
// A delta is a state of the same type, and so may be merged, grouped, repeated and reordered. A
// type of yours joins in by having these members; a lattice alone can be a value of g_map.
//
// Sources: Shapiro et al., INRIA RR-7506, 2011; Almeida, Shoker, Baquero, "Delta state replicated
// data types", JPDC 2018; Enes et al., "Efficient synchronization of state-based CRDTs", ICDE 2019.
#pragma once

#include "weft/crdt/bytes.hpp"
#include "weft/crdt/error.hpp"
#include "weft/crdt/ids.hpp"
#include "weft/crdt/lattice/codec.hpp"
#include "weft/crdt/limits.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <utility>

namespace weft::crdt {

template <class T>
concept lattice = std::regular<T> && requires(T a, const T b, byte_writer& out, byte_reader& in) {
  { a.merge(b) } -> std::same_as<bool>;
  { leq(b, b) } -> std::same_as<bool>;
  b.encode(out);
  { T::decode(in, limits{}) } -> std::same_as<result<T>>;
};

template <class T>
concept crdt = lattice<T> && std::constructible_from<typename T::mutator, T&, const replica_id&>;

template <class T>
concept delta_crdt = crdt<T> && requires(const T b) {
  { difference(b, b) } -> std::same_as<T>;
  b.for_each_irreducible([](const T&) {});
};

/// Mutators of `state` as replica `self`: `on(counter, me).increment(2)` returns the delta.
/// Pre: nobody else writes as `self`.
template <class T>
  requires crdt<T>
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

/// The least state above both.
template <lattice T>
[[nodiscard]] T join(T a, const T& b) {
  a.merge(b);
  return a;
}

/// Of the canonical bytes, so equal states have equal hashes on every machine. FNV-1a: good for
/// comparing what friends hold, no protection against somebody who looks for collisions.
template <lattice T>
[[nodiscard]] std::uint64_t hash(const T& state) {
  std::uint64_t h = 0xcbf2'9ce4'8422'2325U;
  for (const std::uint8_t b : to_bytes(state)) {
    h = (h ^ b) * 0x0000'0100'0000'01b3U;
  }
  return h;
}

/// A lattice is encoded by itself.
template <lattice T>
struct codec<T> {
  static void encode(byte_writer& out, const T& v) { v.encode(out); }
  static T decode(byte_reader& in, const limits& bounds) {
    result<T> state = T::decode(in, bounds);
    if (!state) {
      in.fail(state.error().code, state.error().what);
      return T{};
    }
    return std::move(*state);
  }
};

}  // namespace weft::crdt
