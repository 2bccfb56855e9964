// SPDX-License-Identifier: MIT
// The two resettable counters for the generic tests.
//
// Observed reset: the sum of the steps that still stand, and a reset removes those that it saw.
// Reset wins: the steps of one replica form groups; a reset that saw a group removes all of it,
// also the steps that it did not see. A replica begins a group when its last one does not stand.
#pragma once

#include "support/types/counter_op.hpp"
#include "support/types/traces.hpp"
#include "weft/crdt/types/resettable_counter.hpp"
#include "weft/testing/subject.hpp"

#include <string>
#include <vector>

namespace weft::tests {

template <class State>
struct resettable_subject {
  using state = State;
  using op = counter_op;

  static std::vector<op> alphabet() {
    return {op::increment(1), op::increment(5), op::decrement(1), op::decrement(3), op::reset()};
  }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    return apply_to(s, me, o);
  }
  static std::string name(const op& o) { return name_of(o); }
  static std::string shown(const state& s) { return std::to_string(s.value()); }
};

struct resettable_counter_subject : resettable_subject<crdt::resettable_counter> {
  static std::string expected(const testing::history<op>& h) {
    const auto about = [&](std::size_t k, std::size_t) { return h.events[k].op.resets(); };
    std::int64_t sum = 0;
    h.for_each([&](std::size_t e, const testing::event<op>& event) {
      sum += !event.op.resets() && stands(h, e, h.visible, about) ? event.op.step() : 0;
    });
    return std::to_string(sum);
  }
};

struct reset_wins_counter_subject : resettable_subject<crdt::reset_wins_counter> {
  static std::string expected(const testing::history<op>& h) {
    const std::size_t count = h.events.size();
    // Which group a step belongs to: the number of its first step.
    std::vector<std::size_t> group(count);
    for (std::size_t e = 0; e < count; ++e) {
      group[e] = e;
      for (std::size_t last = e; last-- > 0 && !h.events[e].op.resets();) {
        if (!h.events[last].op.resets() && h.events[last].replica == h.events[e].replica) {
          group[e] = alive(h, group, group[last], h.events[e].seen) ? group[last] : e;
          break;
        }
      }
    }
    std::int64_t sum = 0;
    for (std::size_t g = 0; g < count; ++g) {
      if (group[g] == g && !h.events[g].op.resets() && alive(h, group, g, h.visible)) {
        // The last step that is known tells all of the group before it.
        std::int64_t total = 0;
        std::int64_t told = 0;
        for (std::size_t e = g; e < count; ++e) {
          if (group[e] == g) {
            total += h.events[e].op.step();
            told = h.sees(e) ? total : told;
          }
        }
        sum += told;
      }
    }
    return std::to_string(sum);
  }

private:
  static bool alive(const testing::history<op>& h, const std::vector<std::size_t>& group,
                    std::size_t g, testing::event_set set) {
    bool known = false;
    for (std::size_t k = g; k < h.events.size(); ++k) {
      if (testing::holds(set, k)) {
        known |= !h.events[k].op.resets() && group[k] == g;
        if (h.events[k].op.resets() && alive(h, group, g, h.events[k].seen)) {
          return false;
        }
      }
    }
    return known;
  }
};

}  // namespace weft::tests
