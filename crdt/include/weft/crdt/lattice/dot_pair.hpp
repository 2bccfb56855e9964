// SPDX-License-Identifier: MIT
// dot_pair<A, B>: two dot stores side by side under one context, such as the presence of a map's
// entry and its value.
//
// A plain value; concurrent const calls are safe. Source: Baquero et al., "Composition in
// state-based replicated data types", 2017.
#pragma once

#include "weft/crdt/lattice/dot_set.hpp"

#include <utility>

namespace weft::crdt {

template <class A, class B>
struct dot_pair {
  A first;
  B second;

  [[nodiscard]] bool has(const dot& d) const { return first.has(d) || second.has(d); }
  [[nodiscard]] bool empty() const noexcept { return first.empty() && second.empty(); }
  template <class F>
  void for_each_dot(F&& f) const {
    first.for_each_dot(f);
    second.for_each_dot(f);
  }
  template <class F>
  void for_each_single(F&& f) const {
    first.for_each_single([&](const A& part, const dot& d) { f(dot_pair{part, {}}, d); });
    second.for_each_single([&](const B& part, const dot& d) { f(dot_pair{{}, part}, d); });
  }
  template <class Keep>
  [[nodiscard]] dot_pair only(Keep&& keep) const {
    return {first.only(keep), second.only(keep)};
  }
  template <class Gone>
  bool drop(Gone&& gone) {
    const bool changed = first.drop(gone);
    return second.drop(gone) || changed;
  }
  bool merge(const dot_pair& other, const unseen& by_theirs, const unseen& by_mine) {
    const bool changed = first.merge(other.first, by_theirs, by_mine);
    return second.merge(other.second, by_theirs, by_mine) || changed;
  }
  template <class Seen>
  [[nodiscard]] bool within(const dot_pair& upper, Seen&& seen) const {
    return first.within(upper.first, seen) && second.within(upper.second, seen);
  }
  template <class Struck>
  [[nodiscard]] dot_pair beyond(const dot_pair& base, const unseen& by_base,
                                Struck&& struck) const {
    return {first.beyond(base.first, by_base, struck), second.beyond(base.second, by_base, struck)};
  }
  void encode(byte_writer& out, const dot_numbers& numbers) const {
    first.encode(out, numbers);
    second.encode(out, numbers);
  }
  [[nodiscard]] static dot_pair decode(byte_reader& in, const limits& bounds,
                                       const dot_numbers& numbers) {
    dot_pair pair;
    pair.first = A::decode(in, bounds, numbers);
    pair.second = B::decode(in, bounds, numbers);
    return pair;
  }
  friend bool operator==(const dot_pair&, const dot_pair&) = default;
};

}  // namespace weft::crdt
