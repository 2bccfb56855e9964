// SPDX-License-Identifier: MIT
// g_list for the generic tests. Positions are part of what the type promises, so the specification
// states them: the shortest path with room, written with whole numbers for the steps that all have.
#pragma once

#include "support/types/list_edits.hpp"
#include "weft/crdt/types/g_list.hpp"
#include "weft/testing/subject.hpp"

#include <tuple>

namespace weft::tests {

struct g_list_subject {
  using state = crdt::g_list<std::uint8_t>;
  using op = list_edit;
  static std::vector<op> alphabet() { return op::inserts(); }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    return apply_edit(s, me, o);
  }
  static std::string name(const op& o) { return o.name(); }
  static std::string shown(const state& s) { return shown_letters(s); }

  static std::string expected(const testing::history<op>& h) {
    std::vector<path> places;
    for (const auto& event : h.events) {
      std::vector<path> seen = in_order(places, h, event.seen);
      std::int64_t own = 0;
      for (std::size_t e = 0; e < places.size(); ++e) {
        own += h.events[e].replica == event.replica ? 1 : 0;
      }
      const std::size_t index = event.op.index;
      // Before all others is the empty path; after them, one that is greater than any.
      const path low = index == 0 ? path{} : seen[index - 1];
      const path high = index == seen.size() ? path{{top, 0, 0}} : seen[index];
      places.push_back(middle(low, high, std::int64_t(event.replica), own));
    }
    std::string out;
    for (const path& p : in_order(places, h, h.visible)) {
      const auto e = std::find(places.begin(), places.end(), p) - places.begin();
      out += h.events[std::size_t(e)].op.letter;
    }
    return "[" + out + "]";
  }

private:
  using step = std::tuple<std::int64_t, std::int64_t, std::int64_t>;  // digit, replica, counter
  using path = std::vector<step>;
  static constexpr std::int64_t top = 0xffff'ffff;

  static std::vector<path> in_order(const std::vector<path>& places, const testing::history<op>& h,
                                    testing::event_set set) {
    std::vector<path> some;
    for (std::size_t e = 0; e < places.size() && e < h.events.size(); ++e) {
      if (testing::holds(set, e)) {
        some.push_back(places[e]);
      }
    }
    std::sort(some.begin(), some.end());
    return some;
  }
  static path behind(const step& head, path rest) {
    rest.insert(rest.begin(), head);
    return rest;
  }
  static path middle(const path& low, const path& high, std::int64_t me, std::int64_t own) {
    const std::int64_t from = low.empty() ? 0 : std::get<0>(low[0]);
    const std::int64_t to = std::get<0>(high[0]);
    if (to - from >= 2) {
      const std::int64_t half = (to - from) / 2;
      const std::int64_t near = std::min<std::int64_t>(half, 1'024);
      const bool open_low = low.empty();
      const bool open_high = to == top;
      const std::int64_t digit = open_low == open_high ? from + half
                                 : open_high           ? from + near
                                                       : to - near;
      return {{digit, me, own}};
    }
    const path open{{top, 0, 0}};
    if (!low.empty()) {
      const path rest(low.begin() + 1, low.end());
      const bool shared = low[0] == high[0];
      return behind(low[0],
                    middle(rest, shared ? path(high.begin() + 1, high.end()) : open, me, own));
    }
    if (to == 0) {
      return behind(high[0], middle({}, path(high.begin() + 1, high.end()), me, own));
    }
    return behind({0, me, own}, middle({}, open, me, own));
  }
};

}  // namespace weft::tests
