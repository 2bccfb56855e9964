// SPDX-License-Identifier: MIT
// The operations of all counters, and what a running total per replica amounts to.
#pragma once

#include "weft/crdt/lattice/laws.hpp"
#include "weft/testing/history.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace weft::tests {

struct counter_op {
  enum class kind : std::uint8_t { increment, decrement, reset };
  kind what = kind::increment;
  std::uint64_t amount = 0;

  friend bool operator==(const counter_op&, const counter_op&) = default;
  [[nodiscard]] bool resets() const { return what == kind::reset; }
  [[nodiscard]] std::int64_t step() const {
    const auto size = static_cast<std::int64_t>(amount);
    return what == kind::increment ? size : -size;
  }
  static counter_op increment(std::uint64_t n) { return {kind::increment, n}; }
  static counter_op decrement(std::uint64_t n) { return {kind::decrement, n}; }
  static counter_op reset() { return {kind::reset, 0}; }
};

[[nodiscard]] inline std::string name_of(const counter_op& o) {
  const std::string amount = o.resets() ? "" : std::to_string(o.amount);
  return (o.what == counter_op::kind::increment   ? "increment("
          : o.what == counter_op::kind::decrement ? "decrement("
                                                  : "reset(") +
         amount + ")";
}

/// What `writer` can do of it; a counter without resets or decrements has none in its alphabet.
template <class State, class Writer>
[[nodiscard]] crdt::result<State> act(Writer&& writer, const counter_op& o) {
  if constexpr (requires { writer.reset(); }) {
    if (o.resets()) {
      return writer.reset();
    }
  }
  if constexpr (requires { writer.decrement(1); }) {
    if (o.what == counter_op::kind::decrement) {
      return writer.decrement(o.amount);
    }
  }
  return writer.increment(o.amount);
}

template <class State>
[[nodiscard]] crdt::result<State> apply_to(State& s, const crdt::replica_id& me,
                                           const counter_op& o) {
  return act<State>(on(s, me), o);
}

/// A delta tells the running total of its replica in one direction, so whoever knows a step knows
/// also the earlier ones of the same replica and direction.
template <class Op, class Amount>
[[nodiscard]] std::int64_t running_totals(const testing::history<Op>& h, const Amount& amount) {
  std::map<std::size_t, std::int64_t> total;
  std::map<std::size_t, std::int64_t> told;
  for (std::size_t e = 0; e < h.events.size(); ++e) {
    const std::int64_t n = amount(h.events[e].op);
    total[h.events[e].replica] += n;
    if (n != 0 && h.sees(e)) {
      told[h.events[e].replica] = total[h.events[e].replica];
    }
  }
  std::int64_t sum = 0;
  for (const auto& [replica, n] : told) {
    sum += n;
  }
  return sum;
}

}  // namespace weft::tests
