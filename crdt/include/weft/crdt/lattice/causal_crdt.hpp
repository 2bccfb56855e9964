// SPDX-License-Identifier: MIT
// causal_crdt: the part that all types over a dot store share. `class flag : causal_crdt<flag, S>`.
//
// It forwards joins, differences and bytes to causal<S>. A type so made may also be nested: its
// store lives in a parent's store and its context is the parent's. Then it is made from both for
// the length of one operation, and the delta's `state()` says what the parent must join.
#pragma once

#include "weft/crdt/lattice/dot_store.hpp"
#include "weft/crdt/lattice/laws.hpp"
#include "weft/crdt/lattice/wrapped_lattice.hpp"

namespace weft::crdt {

template <class Self, dot_store S>
// Its constructors are those of the types. NOLINTNEXTLINE(bugprone-crtp-constructor-accessibility)
class causal_crdt : public wrapped_lattice<Self, causal<S>> {
public:
  using store_type = S;
  using wrapped_lattice<Self, causal<S>>::wrapped_lattice;

  [[nodiscard]] const S& store() const noexcept { return this->state_.store(); }
  /// Every dot ever seen, whether it still shows or not.
  [[nodiscard]] const causal_context& context() const noexcept { return this->state_.context(); }

protected:
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
};

}  // namespace weft::crdt
