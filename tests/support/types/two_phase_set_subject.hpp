// SPDX-License-Identifier: MIT
// two_phase_set for the generic tests: what somebody added and nobody removed. An add
// of what was added and a remove of what was removed send nothing.
#pragma once

#include "set_ops.hpp"
#include "weft/crdt/types/two_phase_set.hpp"
#include "weft/testing/subject.hpp"

#include <set>
#include <string>
#include <vector>

namespace weft::tests {

struct two_phase_set_subject : add_remove_subject<crdt::two_phase_set<std::uint32_t>> {
  static std::string expected(const testing::history<op>& h) {
    // What an event saw stands before it.
    std::vector<bool> tells(h.events.size(), true);
    for (std::size_t e = 0; e < h.events.size(); ++e) {
      const op& mine = h.events[e].op;
      for (std::size_t k = 0; k < e; ++k) {
        const op& o = h.events[k].op;
        const bool covers = mine.what == set_kind::add || o.what == set_kind::remove;
        if (o.element == mine.element && covers && h.before(k, e) && tells[k]) {
          tells[e] = false;
        }
      }
    }
    std::set<std::uint32_t> added;
    std::set<std::uint32_t> removed;
    h.for_each([&](std::size_t e, const testing::event<op>& event) {
      if (tells[e]) {
        (event.op.what == set_kind::add ? added : removed).insert(event.op.element);
      }
    });
    for (const std::uint32_t e : removed) {
      added.erase(e);
    }
    return braced(added);
  }
};

}  // namespace weft::tests
