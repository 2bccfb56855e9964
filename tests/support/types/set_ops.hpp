// SPDX-License-Identifier: MIT
// What the subjects of sets and maps share: operations of a set, and how elements are listed.
#pragma once

#include "weft/crdt/error.hpp"
#include "weft/crdt/ids.hpp"
#include "weft/testing/history.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weft::tests {

enum class set_kind : std::uint8_t { add, remove, clear };

struct set_op {
  set_kind what = set_kind::add;
  std::uint32_t element = 0;
  friend bool operator==(const set_op&, const set_op&) = default;
};

/// Two elements; `clear` only where the type has it.
[[nodiscard]] inline std::vector<set_op> set_alphabet(bool with_clear) {
  std::vector<set_op> all{
      {set_kind::add, 1}, {set_kind::remove, 1}, {set_kind::add, 2}, {set_kind::remove, 2}};
  if (with_clear) {
    all.push_back({set_kind::clear, 0});
  }
  return all;
}
[[nodiscard]] inline std::string set_op_name(const set_op& o) {
  const std::string element = "(" + std::to_string(o.element) + ")";
  return o.what == set_kind::add      ? "add" + element
         : o.what == set_kind::remove ? "remove" + element
                                      : "clear()";
}

/// "{1, 2}".
template <class Range>
[[nodiscard]] std::string braced(const Range& values) {
  std::string out;
  for (const auto& v : values) {
    out += (out.empty() ? "" : ", ") + std::to_string(v);
  }
  return "{" + out + "}";
}

/// What the subjects of sets with `add` and `remove` have in common; `expected` is their own.
template <class State>
struct add_remove_subject {
  using state = State;
  using op = set_op;

  static std::vector<op> alphabet() { return set_alphabet(false); }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    auto writer = on(s, me);
    return o.what == set_kind::add ? writer.add(o.element) : writer.remove(o.element);
  }
  static std::string name(const op& o) { return set_op_name(o); }
  static std::string shown(const state& s) { return braced(s.values()); }
};

/// Greatest number that `measure(event number)` gives for a visible event about an element.
template <class Op, class About, class Measure>
[[nodiscard]] std::uint64_t greatest(const testing::history<Op>& h, testing::event_set set,
                                     About&& about, Measure&& measure) {
  std::uint64_t most = 0;
  for (std::size_t e = 0; e < h.events.size(); ++e) {
    if (testing::holds(set, e) && about(h.events[e].op)) {
      most = std::max<std::uint64_t>(most, measure(e));
    }
  }
  return most;
}

}  // namespace weft::tests
