// SPDX-License-Identifier: MIT
// lww_register for the generic tests. The specification numbers writes by itself: each is one above
// the greatest that its writer had seen, and equal numbers are ordered by replica.
#pragma once

#include "support/types/plain_register.hpp"
#include "weft/crdt/types/lww_register.hpp"
#include "weft/testing/subject.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace weft::tests {

struct lww_register_subject : plain_register<crdt::lww_register<std::uint32_t>> {
  static std::string expected(const testing::history<op>& h) {
    std::vector<std::size_t> height(h.events.size(), 1);
    for (std::size_t e = 0; e < h.events.size(); ++e) {
      for (std::size_t k = 0; k < e; ++k) {
        height[e] = h.before(k, e) ? std::max(height[e], height[k] + 1) : height[e];
      }
    }
    std::string winner = "nothing";
    std::pair<std::size_t, std::size_t> best{0, 0};
    h.for_each([&](std::size_t e, const testing::event<op>& write) {
      const std::pair<std::size_t, std::size_t> mine{height[e], write.replica};
      if (mine > best) {
        best = mine;
        winner = std::to_string(write.op.value);
      }
    });
    return winner;
  }
};

}  // namespace weft::tests
