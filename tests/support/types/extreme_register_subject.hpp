// SPDX-License-Identifier: MIT
// max_register and min_register for the generic tests: the extreme of all that was written.
#pragma once

#include "weft/crdt/types/max_register.hpp"
#include "weft/crdt/types/min_register.hpp"
#include "weft/testing/subject.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace weft::tests {

template <class State, bool Greatest>
struct extreme_register_subject {
  using state = State;
  struct op {
    std::int32_t value = 0;
    friend bool operator==(const op&, const op&) = default;
  };

  static std::vector<op> alphabet() { return {{-1}, {0}, {2}}; }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    return on(s, me).write(o.value);
  }
  static std::string name(const op& o) { return "write(" + std::to_string(o.value) + ")"; }
  static std::string shown(const state& s) {
    return s.value() ? std::to_string(*s.value()) : "nothing";
  }
  static std::string expected(const testing::history<op>& h) {
    std::vector<std::int32_t> written;
    h.for_each([&](std::size_t e, const testing::event<op>& write) {
      if (counts(h, e)) {
        written.push_back(write.op.value);
      }
    });
    if (written.empty()) {
      return "nothing";
    }
    std::sort(written.begin(), written.end());
    return std::to_string(Greatest ? written.back() : written.front());
  }

private:
  // A write that its writer saw beaten tells nobody anything.
  static bool counts(const testing::history<op>& h, std::size_t e) {
    for (std::size_t k = 0; k < e; ++k) {
      const std::int32_t before = h.events[k].op.value;
      const std::int32_t mine = h.events[e].op.value;
      if (h.before(k, e) && (Greatest ? before >= mine : before <= mine) && counts(h, k)) {
        return false;
      }
    }
    return true;
  }
};

using max_register_subject = extreme_register_subject<crdt::max_register<std::int32_t>, true>;
using min_register_subject = extreme_register_subject<crdt::min_register<std::int32_t>, false>;

}  // namespace weft::tests
