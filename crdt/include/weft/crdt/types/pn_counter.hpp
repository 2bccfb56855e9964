// SPDX-License-Identifier: MIT
// pn_counter: a counter that goes up and down.
//
// State: two grow-only counters, so cost and joins are theirs. The value may go negative even if
// every replica checks before it subtracts; there is no reset. A plain value; concurrent const
// calls are safe. Source: Shapiro et al., INRIA RR-7506, 2011, specification 7.
#pragma once

#include "weft/crdt/types/g_counter.hpp"

#include <cstdint>

namespace weft::crdt {

class pn_counter {
public:
  /// Additions minus subtractions, held to the range of the type. O(replicas).
  [[nodiscard]] std::int64_t value() const noexcept;

  bool merge(const pn_counter& other);
  friend bool leq(const pn_counter& a, const pn_counter& b) noexcept;
  friend pn_counter difference(const pn_counter& a, const pn_counter& b);
  template <class F>
  void for_each_irreducible(F&& f) const {
    up_.for_each_irreducible([&](const g_counter& part) { f(pn_counter(part, {})); });
    down_.for_each_irreducible([&](const g_counter& part) { f(pn_counter({}, part)); });
  }

  void encode(byte_writer& out) const;
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
    pn_counter& state_;
    replica_id self_;
  };

  pn_counter() = default;

private:
  pn_counter(g_counter up, g_counter down) : up_(std::move(up)), down_(std::move(down)) {}
  g_counter up_;
  g_counter down_;
};

}  // namespace weft::crdt
