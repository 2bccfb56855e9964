// SPDX-License-Identifier: MIT
// extreme_register: what max_register and min_register have in common.
//
// State: chain_lattice. Cost: one value, no replica ids. The value moves one way only: it is not
// the last one written. A plain value; concurrent const calls are safe.
#pragma once

#include "weft/crdt/lattice/chain_lattice.hpp"
#include "weft/crdt/lattice/laws.hpp"

#include <optional>
#include <utility>

namespace weft::crdt {

template <element T, class Beats>
class extreme_register {
public:
  using state_type = chain_lattice<T, Beats>;

  /// Empty until the first write.
  [[nodiscard]] const std::optional<T>& value() const noexcept { return state_.value(); }

  bool merge(const extreme_register& other) { return state_.merge(other.state_); }
  friend bool leq(const extreme_register& a, const extreme_register& b) {
    return leq(a.state_, b.state_);
  }
  friend extreme_register difference(const extreme_register& a, const extreme_register& b) {
    return extreme_register(difference(a.state_, b.state_));
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    state_.for_each_irreducible([&](const state_type& part) { f(extreme_register(part)); });
  }
  void encode(byte_writer& out) const { state_.encode(out); }
  [[nodiscard]] static result<extreme_register> decode(byte_reader& in, const limits& bounds = {}) {
    result<state_type> state = state_type::decode(in, bounds);
    if (!state) {
      return unexpected(state.error());
    }
    return extreme_register(std::move(*state));
  }
  friend bool operator==(const extreme_register&, const extreme_register&) = default;

  /// Needs no replica: writes of all are alike; see `on`.
  class mutator {
  public:
    mutator(extreme_register& state, const replica_id& /*self*/) noexcept : state_(state) {}
    /// Returns the delta; it is empty unless `v` beats what stands. Minus zero becomes zero.
    /// errc::bad_value, and no change, for NaN.
    [[nodiscard]] result<extreme_register> write(T v) {
      result<T> plain = canonical(std::move(v));
      if (!plain) {
        return unexpected(plain.error());
      }
      extreme_register delta(state_type(std::move(*plain)));
      return state_.merge(delta) ? delta : extreme_register();
    }

  private:
    extreme_register& state_;
  };

  extreme_register() = default;

private:
  explicit extreme_register(state_type state) : state_(std::move(state)) {}
  state_type state_;
};

}  // namespace weft::crdt
