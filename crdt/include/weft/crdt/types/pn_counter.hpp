// SPDX-License-Identifier: MIT
// pn_counter: a counter that goes up and down.
//
// State: replica -> (what it added, what it took away), each joined by maximum. Cost: two integers
// per replica that ever wrote, for ever; a delta is one entry. The value may go negative even if
// every replica checks before it subtracts; there is no reset. A plain value; concurrent const
// calls are safe. Source: Shapiro et al., INRIA RR-7506, 2011, specification 7.
#pragma once

#include "weft/crdt/lattice/laws.hpp"
#include "weft/crdt/lattice/map_lattice.hpp"
#include "weft/crdt/lattice/max_count.hpp"
#include "weft/crdt/lattice/pair_lattice.hpp"

#include <cstdint>
#include <utility>

namespace weft::crdt {

class pn_counter {
public:
  using amounts = pair_lattice<max_count, max_count>;
  using state_type = map_lattice<replica_id, amounts>;

  /// Additions minus subtractions, held to the range of the type. O(replicas).
  [[nodiscard]] std::int64_t value() const noexcept;
  /// What `replica` added and what it took away. O(log replicas).
  [[nodiscard]] amounts of(const replica_id& replica) const { return amounts_.at(replica); }

  /// O(replicas of both).
  bool merge(const pn_counter& other) { return amounts_.merge(other.amounts_); }
  friend bool leq(const pn_counter& a, const pn_counter& b) { return leq(a.amounts_, b.amounts_); }
  friend pn_counter difference(const pn_counter& a, const pn_counter& b) {
    return pn_counter(difference(a.amounts_, b.amounts_));
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    amounts_.for_each_irreducible([&](const state_type& part) { f(pn_counter(part)); });
  }

  void encode(byte_writer& out) const { amounts_.encode(out); }
  [[nodiscard]] static result<pn_counter> decode(byte_reader& in, const limits& bounds = {});
  friend bool operator==(const pn_counter&, const pn_counter&) = default;

  /// Writes as one replica; see `on`.
  class mutator {
  public:
    mutator(pn_counter& state, const replica_id& self) noexcept : state_(state), self_(self) {}
    /// Return the delta. errc::overflow, and no change, when this replica's total leaves 64 bits.
    [[nodiscard]] result<pn_counter> increment(std::uint64_t amount = 1);
    [[nodiscard]] result<pn_counter> decrement(std::uint64_t amount = 1);

  private:
    result<pn_counter> step(std::uint64_t amount, bool up);
    pn_counter& state_;
    replica_id self_;
  };

  pn_counter() = default;

private:
  explicit pn_counter(state_type state) : amounts_(std::move(state)) {}
  state_type amounts_;
};

}  // namespace weft::crdt
