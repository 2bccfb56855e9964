// SPDX-License-Identifier: MIT
// rga for the generic tests. The specification in its words for arrivals: start behind the left
// neighbour and skip what has a greater stamp.
#pragma once

#include "support/types/list_edits.hpp"
#include "weft/crdt/types/rga.hpp"
#include "weft/testing/subject.hpp"

#include <utility>

namespace weft::tests {

struct rga_rule {
  static constexpr bool lamport = true;
  static void arrange(std::vector<std::size_t>& list, const std::vector<listed_element>& elements,
                      std::size_t fresh) {
    const auto stamp = [&](std::size_t e) {
      return std::pair(elements[e].counter, elements[e].replica);
    };
    auto at = list.begin();
    if (elements[fresh].left != listed_element::nothing) {
      at = std::find(list.begin(), list.end(), elements[fresh].left) + 1;
    }
    while (at != list.end() && stamp(*at) > stamp(fresh)) {
      ++at;
    }
    list.insert(at, fresh);
  }
};

struct rga_subject {
  using state = crdt::rga<std::uint8_t>;
  using op = list_edit;
  static std::vector<op> alphabet() { return op::inserts_and_erases(); }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    return apply_edit(s, me, o);
  }
  static std::string name(const op& o) { return o.name(); }
  static std::string shown(const state& s) { return shown_letters(s); }
  static std::string expected(const testing::history<op>& h) {
    return list_replay<rga_rule>(h).letters();
  }
};

}  // namespace weft::tests
