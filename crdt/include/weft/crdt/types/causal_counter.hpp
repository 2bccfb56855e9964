// SPDX-License-Identifier: MIT
// causal_counter: a counter that may live inside a map and be removed with its key.
//
// State: one live dot per replica with that replica's running total, and the causal context. An
// increment replaces its replica's dot. A reset removes the dots it has seen; it is approximate: an
// increment concurrent with a reset brings back what its replica had counted before
// (resettable_counter does not). Cost: one dot and one integer per replica that counted since the
// last reset. A plain value; concurrent const calls are safe. Source: Almeida, Shoker, Baquero,
// JPDC 2018.
#pragma once

#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/causal_crdt.hpp"
#include "weft/crdt/types/balance.hpp"

#include <cstdint>
#include <utility>

namespace weft::crdt {

class causal_counter : public causal_crdt<causal_counter, dot_fun<std::int64_t>> {
public:
  using causal_crdt::causal_crdt;

  /// Held to the range of the type. O(replicas).
  [[nodiscard]] std::int64_t value() const noexcept {
    balance sum;
    for (const auto& [d, total] : store().values()) {
      sum.add(total);
    }
    return sum.value();
  }

  /// Writes as one replica; see `on`.
  class mutator {
  public:
    mutator(causal_counter& state, const replica_id& self) noexcept : state_(state), self_(self) {}
    /// Return the delta. errc::overflow, and no change, when the step or this replica's total
    /// leaves its type, or after 2^31 steps. O(log replicas).
    [[nodiscard]] result<causal_counter> increment(std::uint64_t amount = 1) {
      return add(signed_step(amount, true));
    }
    [[nodiscard]] result<causal_counter> decrement(std::uint64_t amount = 1) {
      return add(signed_step(amount, false));
    }
    /// Removes the totals seen here. Returns the delta; it is empty if there was nothing.
    causal_counter reset() {
      causal_context covered = state_.seen();
      if (WEFT_DEFECT("causal_counter.reset.only_own")) {
        covered = causal_context();
        state_.for_each_of(self_, [&](const dot& d, std::int64_t) { covered.insert(d); });
      }
      return state_.apply({{}, std::move(covered)});
    }

  private:
    result<causal_counter> add(result<std::int64_t> total) {
      if (total && *total == 0) {
        return causal_counter();
      }
      // There is more than one own dot only after bytes that no honest replica wrote.
      causal_context covered;
      state_.for_each_of(self_, [&](const dot& d, std::int64_t before) {
        if (!WEFT_DEFECT("causal_counter.increment.keeps_old_dot")) {
          covered.insert(d);
        }
        if (!WEFT_DEFECT("causal_counter.increment.forgets_total")) {
          total = total ? checked_sum(*total, before) : total;
        }
      });
      const result<dot> fresh = state_.context().next(self_);
      if (!total || !fresh) {
        return unexpected(total ? fresh.error() : total.error());
      }
      covered.insert(*fresh);
      store_type store;
      store.insert(*fresh, *total);
      return state_.apply({std::move(store), std::move(covered)});
    }
    causal_counter& state_;
    replica_id self_;
  };

private:
  friend class mutator;
};

}  // namespace weft::crdt
