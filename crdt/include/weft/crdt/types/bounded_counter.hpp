// SPDX-License-Identifier: MIT
// bounded_counter: a counter that never goes below (or above) a bound, without any agreement.
//
// Each replica may only move towards the bound by its own quota, which it earns by moving away from
// it or is given by others. State and cost are those of escrow. With side::upper it is the mirror
// image: it starts at the bound, a decrement earns and an increment spends. Bound and side are part
// of the type, so all replicas agree on them; for both bounds use two. A plain value; concurrent
// const calls are safe. Source: Balegas et al., SRDS 2015.
#pragma once

#include "weft/crdt/lattice/laws.hpp"
#include "weft/crdt/lattice/wrapped_lattice.hpp"
#include "weft/crdt/types/escrow.hpp"

#include <cstdint>
#include <limits>
#include <optional>

namespace weft::crdt {

enum class bound_side : std::uint8_t { lower, upper };

template <std::int64_t Bound = 0, bound_side Side = bound_side::lower>
class bounded_counter : public wrapped_lattice<bounded_counter<Bound, Side>, escrow> {
  using base = wrapped_lattice<bounded_counter, escrow>;

public:
  using base::base;

  /// Never beyond the bound; held to the range of the type. O(replicas).
  [[nodiscard]] std::int64_t value() const noexcept {
    const std::uint64_t level = this->state_.level();
    // In 64 bits without sign: exact as long as the room up to the end of the type suffices.
    const auto bound = static_cast<std::uint64_t>(Bound);
    if constexpr (Side == bound_side::lower) {
      const std::uint64_t room = static_cast<std::uint64_t>(highest) - bound;
      return static_cast<std::int64_t>(bound + (level < room ? level : room));
    } else {
      const std::uint64_t room = bound - static_cast<std::uint64_t>(lowest);
      return static_cast<std::int64_t>(bound - (level < room ? level : room));
    }
  }
  /// How far `replica` may move towards the bound, as far as is known here. A replica whose device
  /// is lost keeps its quota for ever.
  [[nodiscard]] std::uint64_t quota(const replica_id& replica) const {
    return this->state_.quota(replica);
  }
  /// Whom to ask for a transfer; empty if nobody has quota.
  [[nodiscard]] std::optional<replica_id> richest() const { return this->state_.richest(); }

  /// Writes as one replica; see `on`. Each returns the delta; on an error nothing has changed.
  /// errc::insufficient_quota: this replica may not move so far; the error's `offset` says how far
  /// it may. That is no fault while others have quota: ask one of them for a transfer.
  /// errc::overflow when a total of this replica leaves 64 bits.
  class mutator {
  public:
    mutator(bounded_counter& state, const replica_id& self) noexcept : state_(state), self_(self) {}
    [[nodiscard]] result<bounded_counter> increment(std::uint64_t amount = 1) {
      return move(amount, Side == bound_side::lower);
    }
    [[nodiscard]] result<bounded_counter> decrement(std::uint64_t amount = 1) {
      return move(amount, Side == bound_side::upper);
    }
    /// Gives quota away; see escrow::mutator::give.
    [[nodiscard]] result<bounded_counter> transfer(std::uint64_t amount, const replica_id& to) {
      return base::wrap(on(state_.state_, self_).give(amount, to));
    }

  private:
    result<bounded_counter> move(std::uint64_t amount, bool away) {
      auto writer = on(state_.state_, self_);
      return base::wrap(away ? writer.make(amount) : writer.spend(amount));
    }
    bounded_counter& state_;
    replica_id self_;
  };

private:
  static constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  static constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
};

}  // namespace weft::crdt
