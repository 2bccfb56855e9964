// SPDX-License-Identifier: MIT
// What the specifications of the causal types have in common: which operations still count.
//
// A delta removes what its author saw standing. `about(k, e)` says whether operation k, where it
// was done, replaces or removes what e left if that still stood there. Without gaps "stands" is "no
// such k saw e"; with gaps k may have seen e removed by something that the observer does not know.
#pragma once

#include "weft/testing/history.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace weft::tests {

template <class Op, class About>
[[nodiscard]] bool stands(const testing::history<Op>& h, std::size_t e, testing::event_set set,
                          const About& about) {
  if (!testing::holds(set, e)) {
    return false;
  }
  for (std::size_t k = e + 1; k < h.events.size(); ++k) {
    if (testing::holds(set, k) && about(k, e) && stands(h, e, h.events[k].seen, about)) {
      return false;
    }
  }
  return true;
}

/// "{1, 2}"
template <class Values>
[[nodiscard]] std::string listed(const Values& values) {
  std::string out;
  for (const auto& v : values) {
    out += (out.empty() ? "" : ", ") + std::to_string(v);
  }
  return "{" + out + "}";
}

}  // namespace weft::tests
