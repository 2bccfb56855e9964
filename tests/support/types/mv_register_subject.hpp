// SPDX-License-Identifier: MIT
// mv_register for the generic tests: the values of the writes that no later operation replaced.
#pragma once

#include "support/types/traces.hpp"
#include "weft/crdt/types/mv_register.hpp"
#include "weft/testing/subject.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace weft::tests {

struct mv_register_subject {
  using state = crdt::mv_register<std::uint32_t>;
  struct op {
    std::optional<std::uint32_t> value;  // none: clear
    friend bool operator==(const op&, const op&) = default;
  };

  static std::vector<op> alphabet() { return {{1}, {2}, {std::nullopt}}; }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    auto writer = on(s, me);
    if (!o.value) {
      return writer.clear();
    }
    return writer.write(*o.value);
  }
  static std::string name(const op& o) {
    return o.value ? "write(" + std::to_string(*o.value) + ")" : "clear()";
  }
  static std::string shown(const state& s) { return listed(s.values()); }
  static std::string expected(const testing::history<op>& h) {
    std::set<std::uint32_t> values;
    h.for_each([&](std::size_t e, const testing::event<op>& event) {
      if (event.op.value &&
          stands(h, e, h.visible, [](std::size_t, std::size_t) { return true; })) {
        values.insert(*event.op.value);
      }
    });
    return listed(values);
  }
};

}  // namespace weft::tests
