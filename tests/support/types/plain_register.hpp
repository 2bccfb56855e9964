// SPDX-License-Identifier: MIT
// What the subjects of registers that are just written to have in common.
#pragma once

#include "weft/testing/subject.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace weft::tests {

template <class State>
struct plain_register {
  using state = State;
  struct op {
    std::uint32_t value = 0;
    friend bool operator==(const op&, const op&) = default;
  };

  static std::vector<op> alphabet() { return {{1}, {2}}; }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    return on(s, me).write(o.value);
  }
  static std::string name(const op& o) { return "write(" + std::to_string(o.value) + ")"; }
  static std::string shown(const state& s) {
    return s.value() ? std::to_string(*s.value()) : "nothing";
  }
};

}  // namespace weft::tests
