// SPDX-License-Identifier: MIT
// cl_set for the generic tests: an element's number is that of the longest chain of effective
// toggles somebody saw; an operation that finds the element as it wants it leaves the number.
#pragma once

#include "set_ops.hpp"
#include "weft/crdt/types/cl_set.hpp"
#include "weft/testing/subject.hpp"

#include <string>
#include <vector>

namespace weft::tests {

struct cl_set_subject : add_remove_subject<crdt::cl_set<std::uint32_t>> {
  static std::string expected(const testing::history<op>& h) {
    // What an event saw stands before it. One that changed nothing sent nothing: it counts as 0.
    std::vector<std::uint64_t> number(h.events.size());
    const auto greatest_of = [&](testing::event_set set, std::uint32_t element) {
      return greatest(
          h, set, [&](const op& o) { return o.element == element; },
          [&](std::size_t e) { return number[e]; });
    };
    for (std::size_t e = 0; e < h.events.size(); ++e) {
      const op& o = h.events[e].op;
      const std::uint64_t before = greatest_of(h.events[e].seen, o.element);
      const bool wants_odd = o.what == set_kind::add;
      number[e] = (before % 2 == 1) == wants_odd ? 0 : before + 1;
    }
    std::vector<std::uint32_t> present;
    for (const std::uint32_t element : {1U, 2U}) {
      if (greatest_of(h.visible, element) % 2 == 1) {
        present.push_back(element);
      }
    }
    return braced(present);
  }
};

}  // namespace weft::tests
