// SPDX-License-Identifier: MIT
// lww_element_set for the generic tests: per element the operation with the longest chain of
// operations before it that writers saw decides; among equals the bias.
#pragma once

#include "set_ops.hpp"
#include "weft/crdt/types/lww_element_set.hpp"
#include "weft/testing/subject.hpp"

#include <string>
#include <vector>

namespace weft::tests {

template <crdt::set_bias Bias>
struct lww_element_set_subject : add_remove_subject<crdt::lww_element_set<std::uint32_t, Bias>> {
  using op = set_op;

  static std::string expected(const testing::history<op>& h) {
    // What an event saw stands before it.
    std::vector<std::uint64_t> height(h.events.size());
    for (std::size_t e = 0; e < h.events.size(); ++e) {
      const std::uint32_t element = h.events[e].op.element;
      height[e] = 1 + greatest(
                          h, h.events[e].seen, [&](const op& o) { return o.element == element; },
                          [&](std::size_t k) { return height[k]; });
    }
    std::vector<std::uint32_t> present;
    for (const std::uint32_t element : {1U, 2U}) {
      const auto latest = [&](set_kind what) {
        return greatest(
            h, h.visible, [&](const op& o) { return o.element == element && o.what == what; },
            [&](std::size_t e) { return height[e]; });
      };
      const std::uint64_t added = latest(set_kind::add);
      const std::uint64_t removed = latest(set_kind::remove);
      if (added > removed || (added == removed && added != 0 && Bias == crdt::set_bias::add_wins)) {
        present.push_back(element);
      }
    }
    return braced(present);
  }
};

using lww_add_wins_set_subject = lww_element_set_subject<crdt::set_bias::add_wins>;
using lww_remove_wins_set_subject = lww_element_set_subject<crdt::set_bias::remove_wins>;

}  // namespace weft::tests
