// SPDX-License-Identifier: MIT
// escrow: units that are made, spent and handed over, and that nobody can spend twice.
//
// State: per replica what it made, what it spent and what it gave to each other replica, all joined
// by maximum; only the replica itself raises its row. A replica may spend its quota: what it made
// and was given, less what it gave and spent. So spending needs no agreement and the level never
// falls below zero. Cost: a row per replica that ever acted and an integer per pair that ever
// handed over. The core of bounded_counter. A plain value; concurrent const calls are safe.
// Source: Balegas et al., "Extending eventually consistent cloud databases for enforcing numeric
// invariants", SRDS 2015.
#pragma once

#include "weft/crdt/lattice/map_lattice.hpp"
#include "weft/crdt/lattice/max_count.hpp"
#include "weft/crdt/lattice/pair_lattice.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace weft::crdt {

class escrow {
public:
  using gifts = map_lattice<replica_id, max_count>;
  using row = pair_lattice<pair_lattice<max_count, max_count>, gifts>;  // ((made, spent), given)
  using state_type = map_lattice<replica_id, row>;

  /// Units made and not spent. O(replicas). With deltas that come before what they build on, spends
  /// may be known and what they spent not yet: then it reads 0.
  [[nodiscard]] std::uint64_t level() const noexcept;
  /// What `replica` may spend or give, as far as is known here. O(replicas * log).
  [[nodiscard]] std::uint64_t quota(const replica_id& replica) const;
  /// The replica with the greatest quota, to be asked for some; the first of several; empty if
  /// nobody has any. O(replicas^2).
  [[nodiscard]] std::optional<replica_id> richest() const;

  bool merge(const escrow& other) { return rows_.merge(other.rows_); }
  friend bool leq(const escrow& a, const escrow& b) { return leq(a.rows_, b.rows_); }
  friend escrow difference(const escrow& a, const escrow& b) {
    return escrow(difference(a.rows_, b.rows_));
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    rows_.for_each_irreducible([&](const state_type& part) { f(escrow(part)); });
  }

  void encode(byte_writer& out) const { rows_.encode(out); }
  /// Refuses a row that gives to itself.
  [[nodiscard]] static result<escrow> decode(byte_reader& in, const limits& bounds = {});
  friend bool operator==(const escrow&, const escrow&) = default;

  /// Acts as one replica; see `on`. Each returns the delta; on an error nothing has changed.
  class mutator {
  public:
    mutator(escrow& state, const replica_id& self) noexcept : state_(state), self_(self) {}
    /// errc::overflow when the total leaves 64 bits.
    [[nodiscard]] result<escrow> make(std::uint64_t units);
    /// errc::insufficient_quota if this replica has less; the error's `offset` is what it has.
    [[nodiscard]] result<escrow> spend(std::uint64_t units);
    /// Hands units over. Store the new state before the delta leaves: a transfer that is done again
    /// after a crash counts twice. Errors as `spend`; errc::bad_value when `to` is this replica.
    [[nodiscard]] result<escrow> give(std::uint64_t units, const replica_id& to);

  private:
    [[nodiscard]] result<void> afford(std::uint64_t units) const;
    escrow apply(row grown);
    escrow& state_;
    replica_id self_;
  };

  escrow() = default;

private:
  explicit escrow(state_type rows) : rows_(std::move(rows)) {}
  state_type rows_;
};

}  // namespace weft::crdt
