// SPDX-License-Identifier: MIT
// ew_flag: a flag for which enabling wins over a concurrent disabling. At first disabled.
//
// State and cost: dot_flag, which is raised while the flag is enabled.
#pragma once

#include "weft/crdt/types/dot_flag.hpp"

namespace weft::crdt {

class ew_flag : public dot_flag<ew_flag> {
public:
  using dot_flag::dot_flag;

  [[nodiscard]] bool value() const noexcept { return raised(); }

  /// Writes as one replica; see `on`. Each returns the delta.
  class mutator {
  public:
    mutator(ew_flag& state, const replica_id& self) noexcept : state_(state), self_(self) {}
    /// Makes a new dot also where it is enabled. errc::overflow after 2^31 of one replica.
    [[nodiscard]] result<ew_flag> enable() { return state_.raise(self_); }
    /// Undoes what was seen here. The delta is empty where it is disabled.
    ew_flag disable() { return state_.lower(); }

  private:
    ew_flag& state_;
    replica_id self_;
  };

private:
  friend class mutator;
};

}  // namespace weft::crdt
