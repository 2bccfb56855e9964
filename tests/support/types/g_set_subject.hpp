// SPDX-License-Identifier: MIT
// g_set for the generic tests: what anybody added. An add of what is there sends nothing.
#pragma once

#include "set_ops.hpp"
#include "weft/crdt/types/g_set.hpp"
#include "weft/testing/subject.hpp"

#include <set>
#include <string>
#include <vector>

namespace weft::tests {

struct g_set_subject {
  using state = crdt::g_set<std::uint32_t>;
  using op = set_op;

  static std::vector<op> alphabet() { return {{set_kind::add, 1}, {set_kind::add, 2}}; }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    return on(s, me).add(o.element);
  }
  static std::string name(const op& o) { return set_op_name(o); }
  static std::string shown(const state& s) { return braced(s.values()); }

  static std::string expected(const testing::history<op>& h) {
    std::set<std::uint32_t> present;
    h.for_each([&](std::size_t e, const testing::event<op>& add) {
      if (tells(h, e)) {
        present.insert(add.op.element);
      }
    });
    return braced(present);
  }

private:
  static bool tells(const testing::history<op>& h, std::size_t e) {
    for (std::size_t k = 0; k < e; ++k) {
      if (h.before(k, e) && h.events[k].op == h.events[e].op && tells(h, k)) {
        return false;
      }
    }
    return true;
  }
};

}  // namespace weft::tests
