// SPDX-License-Identifier: MIT
// g_counter: a counter that only grows.
//
// State: replica -> what it added, joined by maximum. No stored amount is zero. Cost: one integer
// per replica that ever added, for ever; a delta is one entry. A plain value; concurrent const
// calls are safe. Two writers under one id lose additions silently: ids are never shared. Source:
// Shapiro et al., INRIA RR-7506, 2011, specification 6.
#pragma once

#include "weft/crdt/lattice/laws.hpp"
#include "weft/crdt/lattice/map_lattice.hpp"
#include "weft/crdt/lattice/max_count.hpp"
#include "weft/crdt/lattice/wrapped_lattice.hpp"

#include <cstdint>

namespace weft::crdt {

class g_counter : public wrapped_lattice<g_counter, map_lattice<replica_id, max_count>> {
public:
  using wrapped_lattice::wrapped_lattice;

  /// Sum of all additions; reads as 2^64-1 when the true sum is larger. O(replicas).
  [[nodiscard]] std::uint64_t value() const noexcept;
  /// What `replica` added. O(log replicas).
  [[nodiscard]] std::uint64_t of(const replica_id& replica) const noexcept;

  /// Id and amount of each replica; of one alone the amount, doubled, comes first.
  void encode(byte_writer& out) const;
  [[nodiscard]] static result<g_counter> decode(byte_reader& in, const limits& bounds = {});

  /// Adds as one replica; see `on`.
  class mutator {
  public:
    mutator(g_counter& state, const replica_id& self) noexcept : state_(state), self_(self) {}
    /// Returns the delta. errc::overflow, and no change, when this replica's total leaves 64 bits.
    [[nodiscard]] result<g_counter> increment(std::uint64_t amount = 1);

  private:
    g_counter& state_;
    replica_id self_;
  };
};

}  // namespace weft::crdt
