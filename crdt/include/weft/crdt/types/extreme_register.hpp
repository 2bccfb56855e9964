// SPDX-License-Identifier: MIT
// extreme_register: what max_register and min_register have in common.
//
// State: chain_lattice. Cost: one value, no replica ids. The value moves one way only: it is not
// the last one written. A plain value; concurrent const calls are safe.
#pragma once

#include "weft/crdt/lattice/chain_lattice.hpp"
#include "weft/crdt/lattice/laws.hpp"
#include "weft/crdt/lattice/wrapped_lattice.hpp"

#include <optional>
#include <utility>

namespace weft::crdt {

template <element T, class Beats>
class extreme_register
    : public wrapped_lattice<extreme_register<T, Beats>, chain_lattice<T, Beats>> {
  using base = wrapped_lattice<extreme_register, chain_lattice<T, Beats>>;

public:
  using base::base;

  /// Empty until the first write.
  [[nodiscard]] const std::optional<T>& value() const noexcept { return this->state_.value(); }

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
      extreme_register delta(chain_lattice<T, Beats>(std::move(*plain)));
      return state_.merge(delta) ? delta : extreme_register();
    }

  private:
    extreme_register& state_;
  };
};

}  // namespace weft::crdt
