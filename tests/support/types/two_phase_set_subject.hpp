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

struct two_phase_set_subject {
  using state = crdt::two_phase_set<std::uint32_t>;
  using op = set_op;

  static std::vector<op> alphabet() { return set_alphabet(false); }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    auto writer = on(s, me);
    return o.what == set_kind::add ? writer.add(o.element) : writer.remove(o.element);
  }
  static std::string name(const op& o) { return set_op_name(o); }
  static std::string shown(const state& s) { return braced(s.values()); }

  static std::string expected(const testing::history<op>& h) {
    std::set<std::uint32_t> added;
    std::set<std::uint32_t> removed;
    h.for_each([&](std::size_t e, const testing::event<op>& event) {
      if (tells(h, e)) {
        (event.op.what == set_kind::add ? added : removed).insert(event.op.element);
      }
    });
    for (const std::uint32_t e : removed) {
      added.erase(e);
    }
    return braced(added);
  }

private:
  static bool tells(const testing::history<op>& h, std::size_t e) {
    const op& mine = h.events[e].op;
    for (std::size_t k = 0; k < e; ++k) {
      const op& o = h.events[k].op;
      const bool covers = mine.what == set_kind::add || o.what == set_kind::remove;
      if (o.element == mine.element && covers && h.before(k, e) && tells(h, k)) {
        return false;
      }
    }
    return true;
  }
};

}  // namespace weft::tests
