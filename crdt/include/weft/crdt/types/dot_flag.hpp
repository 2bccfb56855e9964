// SPDX-License-Identifier: MIT
// dot_flag: the common part of ew_flag and dw_flag. A flag is raised while a dot stands.
//
// Raising makes a new dot, also where one stands, so that it wins over what is concurrent; it
// replaces those that it sees. Lowering removes those that it sees. Cost: one dot per concurrent
// raise and the context. A plain value; concurrent const calls are safe. Source: Almeida, Shoker,
// Baquero, JPDC 2018.
#pragma once

#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/causal_crdt.hpp"

#include <utility>

namespace weft::crdt {

// Its constructors are those of the types; see causal_crdt.
template <class Self>
// NOLINTNEXTLINE(bugprone-crtp-constructor-accessibility)
class dot_flag : public causal_crdt<Self, dot_set> {
  using base = causal_crdt<Self, dot_set>;

public:
  using base::base;

protected:
  [[nodiscard]] bool raised() const noexcept { return !this->store().empty(); }

  /// errc::overflow, and no change, after 2^31 raises of one replica.
  result<Self> raise(const replica_id& self) {
    if (raised() && WEFT_DEFECT("dot_flag.raise.only_when_down")) {
      return Self();
    }
    const result<dot> fresh = this->context().next(self);
    if (!fresh) {
      return unexpected(fresh.error());
    }
    causal_context covered;
    if (!WEFT_DEFECT("dot_flag.raise.keeps_old_dots")) {
      covered = this->seen();
    }
    covered.insert(*fresh);
    dot_set dots;
    dots.insert(*fresh);
    return this->apply({std::move(dots), std::move(covered)});
  }
  Self lower() {
    causal_context covered =
        WEFT_DEFECT("dot_flag.lower.whole_context") ? this->context() : this->seen();
    return this->apply({{}, std::move(covered)});
  }
};

}  // namespace weft::crdt
