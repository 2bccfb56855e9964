// SPDX-License-Identifier: MIT
// Subjects of the simplest types, for the tests of the checkers themselves.
#pragma once

#include "weft/crdt/types/g_counter.hpp"
#include "weft/crdt/types/mv_register.hpp"
#include "weft/crdt/types/pn_counter.hpp"
#include "weft/testing/subject.hpp"

#include <set>
#include <string>
#include <vector>

namespace weft::tests {

/// Sum of what is visible and `counts`; a delta carries its replica's earlier ones as well.
template <class Op, class Counts>
Op visible_sum(const testing::history<Op>& h, Counts&& counts) {
  Op sum = 0;
  for (std::size_t e = 0; e < h.events.size(); ++e) {
    bool carried = false;
    h.for_each([&](std::size_t later, const auto& l) {
      carried = carried || (later >= e && l.replica == h.events[e].replica && counts(l.op));
    });
    sum += carried && counts(h.events[e].op) ? h.events[e].op : 0;
  }
  return sum;
}

/// Adds 1 or 2; the value is the sum.
struct adding {
  using state = crdt::g_counter;
  using op = std::uint64_t;
  static std::vector<op> alphabet() { return {1, 2}; }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    return on(s, me).increment(o);
  }
  static std::string name(const op& o) { return "increment(" + std::to_string(o) + ")"; }
  static std::string shown(const state& s) { return std::to_string(s.value()); }
  static std::string expected(const testing::history<op>& h) {
    return std::to_string(visible_sum(h, [](op) { return true; }));
  }
};

/// Adds or takes.
struct counting {
  using state = crdt::pn_counter;
  using op = int;
  static std::vector<op> alphabet() { return {1, 2, -1, -2}; }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    return o > 0 ? on(s, me).increment(static_cast<std::uint64_t>(o))
                 : on(s, me).decrement(static_cast<std::uint64_t>(-o));
  }
  static std::string name(const op& o) {
    return (o > 0 ? "increment(" : "decrement(") + std::to_string(o > 0 ? o : -o) + ")";
  }
  static std::string shown(const state& s) { return std::to_string(s.value()); }
  static std::string expected(const testing::history<op>& h) {
    return std::to_string(visible_sum(h, [](op o) { return o > 0; }) +
                          visible_sum(h, [](op o) { return o < 0; }));
  }
};

/// Writes 1 or 2, or clears (0). What stands is what no visible later operation had seen.
struct writing {
  static constexpr bool closed_expectation = true;
  using state = crdt::mv_register<std::uint32_t>;
  using op = std::uint32_t;
  static std::vector<op> alphabet() { return {1, 2, 0}; }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    auto writer = on(s, me);
    return o == 0 ? crdt::result<state>(writer.clear()) : writer.write(o);
  }
  static std::string name(const op& o) {
    return o == 0 ? "clear()" : "write(" + std::to_string(o) + ")";
  }
  static std::string shown(const state& s) {
    const std::vector<op> all = s.values();
    return listed({all.begin(), all.end()});
  }
  static std::string expected(const testing::history<op>& h) {
    std::set<op> standing;
    h.for_each([&](std::size_t e, const auto& written) {
      bool over = written.op == 0;
      h.for_each([&](std::size_t later, const auto&) { over = over || h.before(e, later); });
      if (!over) {
        standing.insert(written.op);
      }
    });
    return listed(standing);
  }

private:
  static std::string listed(const std::set<op>& values) {
    std::string out;
    for (const op v : values) {
      out += (out.empty() ? "" : " ") + std::to_string(v);
    }
    return "{" + out + "}";
  }
};

}  // namespace weft::tests
