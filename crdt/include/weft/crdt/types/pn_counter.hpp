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
#include "weft/crdt/lattice/wrapped_lattice.hpp"

#include <cstdint>

namespace weft::crdt {

class pn_counter
    : public wrapped_lattice<pn_counter,
                             map_lattice<replica_id, pair_lattice<max_count, max_count>>> {
public:
  using wrapped_lattice::wrapped_lattice;
  using amounts = pair_lattice<max_count, max_count>;

  /// Additions minus subtractions, held to the range of the type. O(replicas).
  [[nodiscard]] std::int64_t value() const noexcept;
  /// What `replica` added and what it took away. O(log replicas).
  [[nodiscard]] amounts of(const replica_id& replica) const { return state_.at(replica); }

  /// Replicas that only added, that only took away, and that did both, each a list of its own: who
  /// did one of them costs an id and one amount. The first byte says which lists there are.
  void encode(byte_writer& out) const;
  [[nodiscard]] static result<pn_counter> decode(byte_reader& in, const limits& bounds = {});

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
};

}  // namespace weft::crdt
