// SPDX-License-Identifier: MIT
// wrapped_lattice: a type that is one lattice inside, with queries and mutators of its own.
//
// `class likes : public wrapped_lattice<likes, map_lattice<replica_id, max_count>>` has joins,
// order, differences, parts and bytes from that map; it adds what a user wants to ask and do.
#pragma once

#include "weft/crdt/lattice/decomposable.hpp"

#include <utility>

namespace weft::crdt {

template <class Self, decomposable State>
class wrapped_lattice {
public:
  using state_type = State;

  // Public, since the types inherit them as their own.
  // NOLINTBEGIN(bugprone-crtp-constructor-accessibility)
  wrapped_lattice() = default;
  explicit wrapped_lattice(State state) : state_(std::move(state)) {}
  // NOLINTEND(bugprone-crtp-constructor-accessibility)

  [[nodiscard]] const State& state() const noexcept { return state_; }
  /// Gives the state away; what is left is only good for being assigned or destroyed.
  [[nodiscard]] State take() && { return std::move(state_); }

  bool merge(const Self& other) { return state_.merge(other.state()); }
  friend bool leq(const Self& a, const Self& b) { return leq(a.state(), b.state()); }
  friend Self difference(const Self& a, const Self& b) {
    return Self(difference(a.state(), b.state()));
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    state_.for_each_irreducible([&](const State& part) { f(Self(part)); });
  }

  void encode(byte_writer& out) const { state_.encode(out); }
  [[nodiscard]] static result<Self> decode(byte_reader& in, const limits& bounds = {}) {
    return wrap(State::decode(in, bounds));
  }
  friend bool operator==(const Self& a, const Self& b) { return a.state() == b.state(); }

protected:
  [[nodiscard]] static result<Self> wrap(result<State> state) {
    if (!state) {
      return unexpected(state.error());
    }
    return Self(std::move(*state));
  }
  /// Joins a delta that a mutator made, and returns it.
  Self apply(State delta) {
    state_.merge(delta);
    return Self(std::move(delta));
  }
  State state_;
};

}  // namespace weft::crdt
