// SPDX-License-Identifier: MIT
// causal_crdt: the part that all types over a dot store share. `class flag : causal_crdt<flag, S>`.
//
// It forwards joins, differences and bytes to causal<S>. A type so made may also be nested: its
// store lives in a parent's store and its context is the parent's. Then it is made from both for
// the length of one operation, and the delta's `state()` says what the parent must join.
#pragma once

#include "weft/crdt/lattice/dot_store.hpp"
#include "weft/crdt/lattice/laws.hpp"

#include <utility>

namespace weft::crdt {

template <class Self, dot_store S>
class causal_crdt {
public:
  using store_type = S;
  using state_type = causal<S>;

  // Public, since the types inherit them as their own.
  // NOLINTBEGIN(bugprone-crtp-constructor-accessibility)
  causal_crdt() = default;
  explicit causal_crdt(state_type state) : state_(std::move(state)) {}
  // NOLINTEND(bugprone-crtp-constructor-accessibility)

  [[nodiscard]] const state_type& state() const noexcept { return state_; }
  [[nodiscard]] state_type take() && { return std::move(state_); }
  [[nodiscard]] const S& store() const noexcept { return state_.store(); }
  /// Every dot ever seen, whether it still shows or not.
  [[nodiscard]] const causal_context& context() const noexcept { return state_.context(); }

  bool merge(const Self& other) { return state_.merge(other.state()); }
  friend bool leq(const Self& a, const Self& b) { return leq(a.state(), b.state()); }
  friend Self difference(const Self& a, const Self& b) {
    return Self(difference(a.state(), b.state()));
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    state_.for_each_irreducible([&](const state_type& part) { f(Self(part)); });
  }

  void encode(byte_writer& out) const { state_.encode(out); }
  [[nodiscard]] static result<Self> decode(byte_reader& in, const limits& bounds = {}) {
    result<state_type> state = state_type::decode(in, bounds);
    if (!state) {
      return unexpected(state.error());
    }
    return Self(std::move(*state));
  }
  friend bool operator==(const Self& a, const Self& b) { return a.state() == b.state(); }

protected:
  /// Joins a delta that a mutator made, and returns it.
  Self apply(state_type delta) {
    state_.merge(delta);
    return Self(std::move(delta));
  }
  /// The live dots: what a mutation covers that replaces or removes all that it sees.
  [[nodiscard]] causal_context seen() const { return dots_of(store()); }
  /// Calls f(dot, payload) for the live dots of one replica, ascending. O(log dots + own dots).
  template <class F>
  void for_each_of(const replica_id& replica, F&& f) const
    requires requires(const S& s) { s.values(); }
  {
    for (auto at = store().values().lower_bound(dot{replica, 0});
         at != store().values().end() && at->first.replica == replica; ++at) {
      f(at->first, at->second);
    }
  }

private:
  state_type state_;
};

}  // namespace weft::crdt
