// SPDX-License-Identifier: MIT
// subject: one description of a type that every kind of test can drive.
//
// The model checker, the random laws, the fuzz scripts and the tables of the documentation all use
// the same few lines. For a type of your own:
//
//   struct seats {
//     using state = crdt::pn_counter;
//     struct op { int n; friend bool operator==(const op&, const op&) = default; };
//     static std::vector<op> alphabet();                            // what a script may do
//     static crdt::result<state> apply(state&, const crdt::replica_id&, const op&);  // the delta
//     static std::string name(const op&);                           // "take(1)"
//     static std::string shown(const state&);                       // what a user sees
//     static std::string expected(const history<op>&);              // the specification, F(E, vis)
//   };
//
// An operation that is refused returns an error, must leave the state as it was, and is not an
// event. `expected` is a naive function of the visible events and shares no code with the type.
// Optional, as `static constexpr bool`:
//   causal_delivery = true      the type needs it: only causally closed sets are ever delivered
//   closed_expectation = true   deltas may come with gaps, but `expected` only knows closed sets
//   minimal_deltas = false      a delta may say more than difference(after, before)
#pragma once

#include "weft/crdt/lattice/laws.hpp"
#include "weft/testing/history.hpp"

#include <concepts>
#include <optional>
#include <string>
#include <vector>

namespace weft::testing {

template <class S>
concept subject = crdt::lattice<typename S::state> && std::regular<typename S::op> &&
                  requires(typename S::state& s, const typename S::state& c,
                           const crdt::replica_id& me, const typename S::op& o) {
                    { S::alphabet() } -> std::same_as<std::vector<typename S::op>>;
                    { S::apply(s, me, o) } -> std::same_as<crdt::result<typename S::state>>;
                    { S::name(o) } -> std::same_as<std::string>;
                    { S::shown(c) } -> std::same_as<std::string>;
                  };

/// A subject that says what must be seen, as a function of the history.
template <class S>
concept specified_subject = subject<S> && requires(const history<typename S::op>& h) {
  { S::expected(h) } -> std::same_as<std::string>;
};

/// Whether the observer may only be shown causally closed sets of events.
template <class S>
[[nodiscard]] constexpr bool needs_causal_delivery() noexcept {
  if constexpr (requires { S::causal_delivery; }) {
    return S::causal_delivery;
  } else {
    return false;
  }
}

/// Whether `expected` may only be asked about causally closed histories: between gaps, an operation
/// may carry part of an earlier one (a counter's delta holds its replica's whole sum).
template <class S>
[[nodiscard]] constexpr bool has_closed_expectation() noexcept {
  if constexpr (requires { S::closed_expectation; }) {
    return S::closed_expectation;
  } else {
    return false;
  }
}

/// What `expected` says and `shown` does not, if they differ; nothing where there is no
/// expectation.
template <class S>
[[nodiscard]] std::optional<std::string> differing_expectation(const typename S::state& state,
                                                               const history<typename S::op>& h) {
  if constexpr (specified_subject<S>) {
    if (!has_closed_expectation<S>() || causally_closed(h)) {
      std::string expected = S::expected(h);
      if (expected != S::shown(state)) {
        return expected;
      }
    }
  }
  return {};
}

/// Whether deltas are the least that says what an operation changed. True unless a subject has
/// `static constexpr bool minimal_deltas = false`.
template <class S>
[[nodiscard]] constexpr bool has_minimal_deltas() noexcept {
  if constexpr (requires { S::minimal_deltas; }) {
    return S::minimal_deltas;
  } else {
    return true;
  }
}

}  // namespace weft::testing
