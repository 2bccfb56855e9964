// SPDX-License-Identifier: MIT
// ew_flag and dw_flag for the generic tests. One of the two operations leaves a trace until a later
// operation sees it; the flag shows whether a trace stands.
#pragma once

#include "support/types/traces.hpp"
#include "weft/crdt/types/dw_flag.hpp"
#include "weft/crdt/types/ew_flag.hpp"
#include "weft/testing/subject.hpp"

#include <string>
#include <vector>

namespace weft::tests {

template <class State, bool EnableWins>
struct flag_subject {
  using state = State;
  struct op {
    bool enables = false;
    friend bool operator==(const op&, const op&) = default;
  };

  static std::vector<op> alphabet() { return {{true}, {false}}; }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    auto writer = on(s, me);
    if (o.enables) {
      return writer.enable();
    }
    return writer.disable();
  }
  static std::string name(const op& o) { return o.enables ? "enable()" : "disable()"; }
  static std::string shown(const state& s) { return s.value() ? "enabled" : "disabled"; }
  static std::string expected(const testing::history<op>& h) {
    bool trace = false;
    h.for_each([&](std::size_t e, const testing::event<op>& event) {
      trace |= event.op.enables == EnableWins &&
               stands(h, e, h.visible, [](std::size_t, std::size_t) { return true; });
    });
    return trace == EnableWins ? "enabled" : "disabled";
  }
};

using ew_flag_subject = flag_subject<crdt::ew_flag, true>;
using dw_flag_subject = flag_subject<crdt::dw_flag, false>;

}  // namespace weft::tests
