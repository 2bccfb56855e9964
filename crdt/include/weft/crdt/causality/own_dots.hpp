// SPDX-License-Identifier: MIT
// check_own_dots: notices that somebody else writes under our replica id.
//
// A replica knows all its own dots. If what arrives holds one more, the id is in use twice: by a
// second program, a restored backup or a copied profile. That silently corrupts every causal type,
// so ask before each merge of what came from others, and go on under a new id.
#pragma once

#include "weft/crdt/causality/causal_context.hpp"
#include "weft/crdt/error.hpp"
#include "weft/crdt/ids.hpp"

#include <algorithm>

namespace weft::crdt {

/// errc::id_reuse when `came` holds a dot of `self` that `mine` lacks. O(intervals of both).
[[nodiscard]] inline result<void> check_own_dots(const causal_context& mine,
                                                 const causal_context& came,
                                                 const replica_id& self) {
  const causal_context fresh = minus(came, mine);
  const bool reused = std::any_of(fresh.intervals().begin(), fresh.intervals().end(),
                                  [&](const auto& entry) { return entry.first == self; });
  if (reused) {
    return unexpected(errc::id_reuse, 0, "a dot of ours that we did not make");
  }
  return {};
}

}  // namespace weft::crdt
