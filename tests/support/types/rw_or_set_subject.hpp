// SPDX-License-Identifier: MIT
// rw_or_set for the generic tests. An add or remove stands until a later operation on its element,
// or a clear, is done where it stood; an element is there when an add of it stands and no remove.
#pragma once

#include "set_ops.hpp"
#include "weft/crdt/types/rw_or_set.hpp"
#include "weft/testing/subject.hpp"

#include <string>
#include <vector>

namespace weft::tests {

struct rw_or_set_subject {
  using state = crdt::rw_or_set<std::uint32_t>;
  using op = set_op;

  static std::vector<op> alphabet() { return set_alphabet(true); }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    auto writer = on(s, me);
    switch (o.what) {
      case set_kind::add:
        return writer.add(o.element);
      case set_kind::remove:
        return writer.remove(o.element);
      default:
        return writer.clear();
    }
  }
  static std::string name(const op& o) { return set_op_name(o); }
  static std::string shown(const state& s) { return braced(s.values()); }

  static std::string expected(const testing::history<op>& h) {
    std::vector<std::uint32_t> present;
    for (const std::uint32_t element : {1U, 2U}) {
      if (any_stands(h, {set_kind::add, element}) && !any_stands(h, {set_kind::remove, element})) {
        present.push_back(element);
      }
    }
    return braced(present);
  }

private:
  static bool any_stands(const testing::history<op>& h, const op& like) {
    bool any = false;
    h.for_each([&](std::size_t e, const testing::event<op>& event) {
      any = any || (event.op == like && stands(h, e, h.visible));
    });
    return any;
  }
  static bool stands(const testing::history<op>& h, std::size_t e, testing::event_set set) {
    if (!testing::holds(set, e)) {
      return false;
    }
    for (std::size_t later = e + 1; later < h.events.size(); ++later) {
      const op& o = h.events[later].op;
      const bool about = o.what == set_kind::clear || o.element == h.events[e].op.element;
      if (about && testing::holds(set, later) && stands(h, e, h.events[later].seen)) {
        return false;
      }
    }
    return true;
  }
};

}  // namespace weft::tests
