// SPDX-License-Identifier: MIT
// pn_counter for the generic tests: the sum of all increments less that of all decrements.
#pragma once

#include "support/types/counter_op.hpp"
#include "weft/crdt/types/pn_counter.hpp"
#include "weft/testing/subject.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace weft::tests {

struct pn_counter_subject {
  using state = crdt::pn_counter;
  using op = counter_op;

  static std::vector<op> alphabet() {
    return {op::increment(1), op::increment(2), op::decrement(1), op::decrement(3)};
  }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    return apply_to(s, me, o);
  }
  static std::string name(const op& o) { return name_of(o); }
  static std::string shown(const state& s) { return std::to_string(s.value()); }
  static std::string expected(const testing::history<op>& h) {
    const auto up = [](const op& o) { return std::max<std::int64_t>(o.step(), 0); };
    const auto down = [](const op& o) { return std::min<std::int64_t>(o.step(), 0); };
    return std::to_string(running_totals(h, up) + running_totals(h, down));
  }
};

}  // namespace weft::tests
