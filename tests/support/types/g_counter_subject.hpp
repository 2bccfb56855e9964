// SPDX-License-Identifier: MIT
// g_counter for the generic tests: the sum of all increments.
#pragma once

#include "support/types/counter_op.hpp"
#include "weft/crdt/types/g_counter.hpp"
#include "weft/testing/subject.hpp"

#include <string>
#include <vector>

namespace weft::tests {

struct g_counter_subject {
  using state = crdt::g_counter;
  using op = counter_op;

  static std::vector<op> alphabet() { return {op::increment(1), op::increment(2)}; }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    return apply_to(s, me, o);
  }
  static std::string name(const op& o) { return name_of(o); }
  static std::string shown(const state& s) { return std::to_string(s.value()); }
  static std::string expected(const testing::history<op>& h) {
    return std::to_string(running_totals(h, [](const op& o) { return o.step(); }));
  }
};

}  // namespace weft::tests
