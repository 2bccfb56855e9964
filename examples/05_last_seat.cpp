// SPDX-License-Identifier: MIT
// Two people each take the last seat. Each looks first, and still there is one seat too few: the
// model checker finds it and shows how. With a counter that keeps its bound there is no such run.
#include "weft/crdt/types/bounded_counter.hpp"
#include "weft/crdt/types/pn_counter.hpp"
#include "weft/testing/model_checker.hpp"

#include <iostream>
#include <optional>
#include <string>
#include <vector>

using namespace weft;

// What the checker must know of a type, here of seats counted by any counter.
template <class Counter>
struct seats {
  using state = Counter;
  enum class op { open, take };

  static std::vector<op> alphabet() { return {op::open, op::take}; }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    if (o == op::open) {
      return on(s, me).increment(1);
    }
    if (s.value() < 1) {  // look before you take
      return crdt::unexpected(crdt::errc::not_found, 0, "no seat is left");
    }
    return on(s, me).decrement(1);
  }
  static std::string name(const op& o) { return o == op::open ? "open a seat" : "take a seat"; }
  static std::string shown(const state& s) { return std::to_string(s.value()) + " left"; }
};

template <class Counter>
void check(const std::string& title) {
  using subject = seats<Counter>;
  testing::model_options<subject> options;
  options.replicas = 3;
  options.operations = 2;
  options.prologue = {{0, subject::op::open}};
  options.invariant = [](const Counter& c) {
    return c.value() < 0 ? std::optional<std::string>("more seats are taken than there are")
                         : std::nullopt;
  };
  std::cout << title << ": " << testing::check_model<subject>(options) << '\n';
}

int main() {
  check<crdt::pn_counter>("pn_counter");
  check<crdt::bounded_counter<0>>("bounded_counter");
}
