// SPDX-License-Identifier: MIT
// resettable_counter: a counter with a reset that removes exactly what its writer had seen.
//
// State: dots with amounts, and the causal context. Two policies:
//   observed_reset (the default): every increment has a dot of its own, so an increment that a
//     reset had not seen survives it. Cost: one dot per increment since the last reset; add in
//     batches. Own dots cannot be folded into one: a reset of them may be under way.
//   reset_wins: a replica counts on under one dot until a reset removes it, so a reset also takes
//     the concurrent increments of every replica that it had seen counting. Cost: one dot per
//     replica that counted since.
// A plain value; concurrent const calls are safe. Sources: Almeida, Shoker, Baquero, JPDC 2018;
// Younes, Almeida, Baquero, "Compact resettable counters through causal stability", PaPoC 2017.
#pragma once

#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/causal_crdt.hpp"
#include "weft/crdt/lattice/max_count.hpp"
#include "weft/crdt/types/balance.hpp"

#include <compare>
#include <cstdint>
#include <utility>

namespace weft::crdt {

/// One step of a counter: what `payload` it puts under which dot. `own_live(f)` calls f(dot,
/// payload) for the live dots of the writer, ascending.
struct observed_reset {
  using payload = std::int64_t;
  static void count(balance& sum, payload amount) noexcept { sum.add(amount); }

  template <class OwnLive>
  static result<std::pair<dot, payload>> step(const result<dot>& fresh, OwnLive&& /*own_live*/,
                                              std::uint64_t amount, bool up) {
    const result<payload> counted = signed_step(amount, up);
    if (!counted || !fresh) {
      return unexpected(counted ? fresh.error() : counted.error());
    }
    return std::pair(*fresh, *counted);
  }
};

/// See observed_reset.
struct reset_wins {
  /// All that one replica counted under one dot. Only grows, so the greater is the later one.
  struct payload {
    std::uint64_t up = 0;
    std::uint64_t down = 0;
    friend constexpr auto operator<=>(const payload&, const payload&) = default;
  };
  static void count(balance& sum, const payload& amounts) noexcept {
    sum.up(amounts.up);
    sum.down(amounts.down);
  }

  template <class OwnLive>
  static result<std::pair<dot, payload>> step(result<dot> at, OwnLive&& own_live,
                                              std::uint64_t amount, bool up) {
    payload total;
    own_live([&](const dot& d, const payload& before) {
      if (!WEFT_DEFECT("reset_wins.increment.new_dot_each_time")) {
        at = d;
        total = before;
      }
    });
    std::uint64_t& side = up ? total.up : total.down;
    const result<max_count> grown = max_count(side).plus(amount);
    if (!grown || !at) {
      return unexpected(grown ? at.error() : grown.error());
    }
    side = grown->value();
    return std::pair(*at, total);
  }
};

template <>
struct codec<reset_wins::payload> {
  static void encode(byte_writer& out, const reset_wins::payload& v) {
    out.varint(v.up);
    out.varint(v.down);
  }
  static reset_wins::payload decode(byte_reader& in, const limits& /*bounds*/) {
    const std::uint64_t up = in.varint();
    return {up, in.varint()};
  }
};

template <class Policy>
class basic_resettable_counter
    : public causal_crdt<basic_resettable_counter<Policy>, dot_fun<typename Policy::payload>> {
  using base = causal_crdt<basic_resettable_counter, dot_fun<typename Policy::payload>>;
  using payload = typename Policy::payload;

public:
  using base::base;

  /// Held to the range of the type. O(dots).
  [[nodiscard]] std::int64_t value() const noexcept {
    balance sum;
    for (const auto& [d, amount] : this->store().values()) {
      Policy::count(sum, amount);
    }
    return sum.value();
  }

  /// Writes as one replica; see `on`.
  class mutator {
  public:
    mutator(basic_resettable_counter& state, const replica_id& self) noexcept
        : state_(state), self_(self) {}
    /// Return the delta. errc::overflow, and no change, when an amount or this replica's total
    /// leaves its type, or after 2^31 steps.
    [[nodiscard]] result<basic_resettable_counter> increment(std::uint64_t amount = 1) {
      return step(amount, true);
    }
    [[nodiscard]] result<basic_resettable_counter> decrement(std::uint64_t amount = 1) {
      return step(amount, false);
    }
    /// Removes what was seen here. Returns the delta; it is empty if there was nothing.
    basic_resettable_counter reset() {
      causal_context covered = state_.seen();
      if (WEFT_DEFECT("resettable_counter.reset.only_own")) {
        covered = causal_context();
        state_.for_each_of(self_, [&](const dot& d, const payload&) { covered.insert(d); });
      }
      return state_.apply({{}, std::move(covered)});
    }

  private:
    result<basic_resettable_counter> step(std::uint64_t amount, bool up) {
      if (amount == 0) {
        return basic_resettable_counter();
      }
      const auto own = [&](auto&& f) { state_.for_each_of(self_, f); };
      const auto made = Policy::step(state_.context().next(self_), own, amount, up);
      if (!made) {
        return unexpected(made.error());
      }
      causal_context covered;
      if (WEFT_DEFECT("resettable_counter.increment.whole_context")) {
        covered = state_.context();
      }
      if (WEFT_DEFECT("resettable_counter.increment.drops_own_dots")) {
        own([&](const dot& d, const payload&) { covered.insert(d); });
      }
      covered.insert(made->first);
      dot_fun<payload> store;
      store.insert(made->first, made->second);
      return state_.apply({std::move(store), std::move(covered)});
    }
    basic_resettable_counter& state_;
    replica_id self_;
  };

private:
  friend class mutator;
};

using resettable_counter = basic_resettable_counter<observed_reset>;
using reset_wins_counter = basic_resettable_counter<reset_wins>;

}  // namespace weft::crdt
