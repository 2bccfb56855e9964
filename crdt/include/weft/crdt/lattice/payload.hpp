// SPDX-License-Identifier: MIT
// Payloads: how values that stand under one dot or stamp join.
//
// A lattice joins by its own merge. Any other value never changes once written, so two different
// ones mean that a replica id was reused; the greater wins, so that all agree all the same.
#pragma once

#include <concepts>

namespace weft::crdt {

/// Joins `theirs` into `mine`; returns whether that changed it.
template <class V>
bool join_payload(V& mine, const V& theirs) {
  if constexpr (requires {
                  { mine.merge(theirs) } -> std::same_as<bool>;
                }) {
    return mine.merge(theirs);
  } else {
    if (!(mine < theirs)) {
      return false;
    }
    mine = theirs;
    return true;
  }
}

/// Joining a into b would change nothing.
template <class V>
[[nodiscard]] bool payload_leq(const V& a, const V& b) {
  if constexpr (requires { leq(a, b); }) {
    return leq(a, b);
  } else {
    return !(b < a);
  }
}

}  // namespace weft::crdt
