// SPDX-License-Identifier: MIT
// or_set for the generic tests. An element is in the set when some add of it was not undone: a
// later remove, clear or add of the element undoes the adds that stood where it was done. (Without
// gaps that is "no remove saw it"; with gaps an add may undo an older one alone.)
#pragma once

#include "weft/crdt/types/or_set.hpp"
#include "weft/testing/subject.hpp"

#include <set>
#include <string>
#include <vector>

namespace weft::tests {

struct or_set_subject {
  using state = crdt::or_set<std::uint32_t>;
  enum class kind : std::uint8_t { add, remove, clear };
  struct op {
    kind what = kind::add;
    std::uint32_t element = 0;
    friend bool operator==(const op&, const op&) = default;
  };

  static std::vector<op> alphabet() {
    return {{kind::add, 1}, {kind::remove, 1}, {kind::add, 2}, {kind::remove, 2}, {kind::clear, 0}};
  }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    auto writer = on(s, me);
    switch (o.what) {
      case kind::add:
        return writer.add(o.element);
      case kind::remove:
        return writer.remove(o.element);
      default:
        return writer.clear();
    }
  }
  static std::string name(const op& o) {
    const std::string element = "(" + std::to_string(o.element) + ")";
    return o.what == kind::add      ? "add" + element
           : o.what == kind::remove ? "remove" + element
                                    : "clear()";
  }
  static std::string shown(const state& s) { return listed(s.values()); }

  static std::string expected(const testing::history<op>& h) {
    std::set<std::uint32_t> present;
    h.for_each([&](std::size_t e, const testing::event<op>& add) {
      if (stands(h, e, h.visible)) {
        present.insert(add.op.element);
      }
    });
    return listed({present.begin(), present.end()});
  }

private:
  static bool stands(const testing::history<op>& h, std::size_t e, testing::event_set set) {
    const op& add = h.events[e].op;
    if (add.what != kind::add || !testing::holds(set, e)) {
      return false;
    }
    for (std::size_t later = e + 1; later < h.events.size(); ++later) {
      const op& o = h.events[later].op;
      const bool about = o.what == kind::clear || o.element == add.element;
      if (about && testing::holds(set, later) && stands(h, e, h.events[later].seen)) {
        return false;
      }
    }
    return true;
  }
  static std::string listed(const std::vector<std::uint32_t>& values) {
    std::string out;
    for (const std::uint32_t v : values) {
      out += (out.empty() ? "" : ", ") + std::to_string(v);
    }
    return "{" + out + "}";
  }
};

}  // namespace weft::tests
