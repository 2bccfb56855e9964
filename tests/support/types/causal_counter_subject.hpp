// SPDX-License-Identifier: MIT
// causal_counter for the generic tests. A step tells the total of its replica, which goes on from
// its step before if that still stands there; a step replaces the one before, a reset removes all
// that stand where it is done.
#pragma once

#include "support/types/counter_op.hpp"
#include "support/types/traces.hpp"
#include "weft/crdt/types/causal_counter.hpp"
#include "weft/testing/subject.hpp"

#include <string>
#include <vector>

namespace weft::tests {

struct causal_counter_subject {
  using state = crdt::causal_counter;
  using op = counter_op;

  static std::vector<op> alphabet() {
    return {op::increment(1), op::increment(5), op::decrement(1), op::decrement(3), op::reset()};
  }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    return apply_to(s, me, o);
  }
  static std::string name(const op& o) { return name_of(o); }
  static std::string shown(const state& s) { return std::to_string(s.value()); }

  static std::string expected(const testing::history<op>& h) {
    const auto about = [&](std::size_t k, std::size_t e) {
      return h.events[k].op.resets() || h.events[k].replica == h.events[e].replica;
    };
    std::vector<std::int64_t> total(h.events.size());
    std::int64_t sum = 0;
    for (std::size_t e = 0; e < h.events.size(); ++e) {
      if (h.events[e].op.resets()) {
        continue;
      }
      total[e] = h.events[e].op.step();
      for (std::size_t last = 0; last < e; ++last) {
        const bool own = h.events[last].replica == h.events[e].replica;
        if (own && !h.events[last].op.resets() && stands(h, last, h.events[e].seen, about)) {
          total[e] += total[last];
        }
      }
      sum += stands(h, e, h.visible, about) ? total[e] : 0;
    }
    return std::to_string(sum);
  }
};

}  // namespace weft::tests
