// SPDX-License-Identifier: MIT
// dw_flag: a flag for which disabling wins over a concurrent enabling.
//
// State and cost: dot_flag, which is raised while the flag is disabled. So the empty state reads
// enabled, which surprises: make the first replica's flag with `starting`, which asks for the
// value; the others begin with the empty state and merge that.
#pragma once

#include "weft/crdt/types/dot_flag.hpp"

namespace weft::crdt {

class dw_flag : public dot_flag<dw_flag> {
public:
  using dot_flag::dot_flag;

  /// A new flag with this value, made by `self`, who tells the others. Starting disabled is an
  /// operation like any other: it wins over a concurrent enabling.
  [[nodiscard]] static dw_flag starting(bool enabled, const replica_id& self) {
    dw_flag flag;
    if (!enabled && !WEFT_DEFECT("dw_flag.starting.forgets_the_value")) {
      const result<dw_flag> made = flag.raise(self);
      WEFT_ASSERT(made.has_value(), "an empty context has room for a dot");
    }
    return flag;
  }

  /// Enabled in the empty state.
  [[nodiscard]] bool value() const noexcept { return !raised(); }

  /// Writes as one replica; see `on`. Each returns the delta.
  class mutator {
  public:
    mutator(dw_flag& state, const replica_id& self) noexcept : state_(state), self_(self) {}
    /// Undoes what was seen here. The delta is empty where it is enabled.
    dw_flag enable() { return state_.lower(); }
    /// Makes a new dot also where it is disabled. errc::overflow after 2^31 of one replica.
    [[nodiscard]] result<dw_flag> disable() { return state_.raise(self_); }

  private:
    dw_flag& state_;
    replica_id self_;
  };

private:
  friend class mutator;
};

}  // namespace weft::crdt
