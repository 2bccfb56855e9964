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

#include <cstdint>
#include <utility>

namespace weft::crdt {

class g_counter {
public:
  using state_type = map_lattice<replica_id, max_count>;

  /// Sum of all additions; reads as 2^64-1 when the true sum is larger. O(replicas).
  [[nodiscard]] std::uint64_t value() const noexcept;
  /// What `replica` added. O(log replicas).
  [[nodiscard]] std::uint64_t of(const replica_id& replica) const noexcept;

  /// O(replicas of both).
  bool merge(const g_counter& other) { return amounts_.merge(other.amounts_); }
  friend bool leq(const g_counter& a, const g_counter& b) { return leq(a.amounts_, b.amounts_); }
  friend g_counter difference(const g_counter& a, const g_counter& b) {
    return g_counter(difference(a.amounts_, b.amounts_));
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    amounts_.for_each_irreducible([&](const state_type& part) { f(g_counter(part)); });
  }

  void encode(byte_writer& out) const { amounts_.encode(out); }
  [[nodiscard]] static result<g_counter> decode(byte_reader& in, const limits& bounds = {});
  friend bool operator==(const g_counter&, const g_counter&) = default;

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

  g_counter() = default;

private:
  explicit g_counter(state_type amounts) : amounts_(std::move(amounts)) {}
  state_type amounts_;
};

}  // namespace weft::crdt
