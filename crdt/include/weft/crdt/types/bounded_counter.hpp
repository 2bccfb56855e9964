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
#include "weft/crdt/types/escrow.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace weft::crdt {

enum class bound_side : std::uint8_t { lower, upper };

template <std::int64_t Bound = 0, bound_side Side = bound_side::lower>
class bounded_counter {
public:
  /// Never beyond the bound; held to the range of the type. O(replicas).
  [[nodiscard]] std::int64_t value() const noexcept {
    const std::uint64_t level = units_.level();
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
    return units_.quota(replica);
  }
  /// Whom to ask for a transfer; empty if nobody has quota.
  [[nodiscard]] std::optional<replica_id> richest() const { return units_.richest(); }

  bool merge(const bounded_counter& other) { return units_.merge(other.units_); }
  friend bool leq(const bounded_counter& a, const bounded_counter& b) {
    return leq(a.units_, b.units_);
  }
  friend bounded_counter difference(const bounded_counter& a, const bounded_counter& b) {
    return bounded_counter(difference(a.units_, b.units_));
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    units_.for_each_irreducible([&](const escrow& part) { f(bounded_counter(part)); });
  }
  void encode(byte_writer& out) const { units_.encode(out); }
  [[nodiscard]] static result<bounded_counter> decode(byte_reader& in, const limits& bounds = {}) {
    return wrap(escrow::decode(in, bounds));
  }
  friend bool operator==(const bounded_counter&, const bounded_counter&) = default;

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
      return wrap(on(state_.units_, self_).give(amount, to));
    }

  private:
    result<bounded_counter> move(std::uint64_t amount, bool away) {
      auto writer = on(state_.units_, self_);
      return wrap(away ? writer.make(amount) : writer.spend(amount));
    }
    bounded_counter& state_;
    replica_id self_;
  };

  bounded_counter() = default;

private:
  static constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  static constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();

  static result<bounded_counter> wrap(result<escrow> units) {
    if (!units) {
      return unexpected(units.error());
    }
    return bounded_counter(std::move(*units));
  }
  explicit bounded_counter(escrow units) : units_(std::move(units)) {}
  escrow units_;
};

}  // namespace weft::crdt
