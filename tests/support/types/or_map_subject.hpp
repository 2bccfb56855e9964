// SPDX-License-Identifier: MIT
// or_map of sets for the generic tests. An add stands until a remove or add of its element or an
// erasure of its key is done where it stood; a mark (of `ensure`) until an `ensure` or an erasure.
// A key is there while anything stands under it.
#pragma once

#include "set_ops.hpp"
#include "weft/crdt/types/or_map.hpp"
#include "weft/crdt/types/or_set.hpp"
#include "weft/testing/subject.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace weft::tests {

struct or_map_subject {
  using state = crdt::or_map<std::uint32_t, crdt::or_set<std::uint32_t>>;
  enum class kind : std::uint8_t { add, remove, ensure, erase };
  struct op {
    kind what = kind::add;
    std::uint32_t key = 0;
    std::uint32_t element = 0;
    friend bool operator==(const op&, const op&) = default;
  };

  static std::vector<op> alphabet() {
    return {{kind::add, 1, 1}, {kind::remove, 1, 1}, {kind::ensure, 1, 0}, {kind::erase, 1, 0},
            {kind::add, 1, 2}, {kind::add, 2, 1},    {kind::erase, 2, 0}};
  }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    auto writer = on(s, me);
    switch (o.what) {
      case kind::add:
        return writer.apply(o.key, [&](auto set) { return set.add(o.element); });
      case kind::remove:
        return writer.apply(o.key, [&](auto set) { return set.remove(o.element); });
      case kind::ensure:
        return writer.ensure(o.key);
      default:
        return writer.erase(o.key);
    }
  }
  static std::string name(const op& o) {
    const std::string key = std::to_string(o.key);
    const std::string both = key + ", " + std::to_string(o.element) + ")";
    return o.what == kind::add      ? "add(" + both
           : o.what == kind::remove ? "remove(" + both
           : o.what == kind::ensure ? "ensure(" + key + ")"
                                    : "erase(" + key + ")";
  }
  static std::string shown(const state& s) {
    std::map<std::uint32_t, std::set<std::uint32_t>> sets;
    for (const std::uint32_t key : s.keys()) {
      const auto values = s.find(key)->values();
      sets[key] = {values.begin(), values.end()};
    }
    return listed(sets);
  }

  static std::string expected(const testing::history<op>& h) {
    std::map<std::uint32_t, std::set<std::uint32_t>> sets;
    h.for_each([&](std::size_t e, const testing::event<op>& event) {
      if (stands(h, e, h.visible)) {
        std::set<std::uint32_t>& set = sets[event.op.key];
        if (event.op.what == kind::add) {
          set.insert(event.op.element);
        }
      }
    });
    return listed(sets);
  }

private:
  static bool stands(const testing::history<op>& h, std::size_t e, testing::event_set set) {
    const op& mine = h.events[e].op;
    if (!testing::holds(set, e) || (mine.what != kind::add && mine.what != kind::ensure)) {
      return false;
    }
    for (std::size_t later = e + 1; later < h.events.size(); ++later) {
      const op& o = h.events[later].op;
      const bool about =
          o.key == mine.key &&
          (o.what == kind::erase || (mine.what == kind::ensure && o.what == kind::ensure) ||
           (mine.what == kind::add && o.what != kind::ensure && o.element == mine.element));
      if (about && testing::holds(set, later) && stands(h, e, h.events[later].seen)) {
        return false;
      }
    }
    return true;
  }
  static std::string listed(const std::map<std::uint32_t, std::set<std::uint32_t>>& sets) {
    std::string out;
    for (const auto& [key, set] : sets) {
      out += (out.empty() ? "" : ", ") + std::to_string(key) + ": " + braced(set);
    }
    return "{" + out + "}";
  }
};

}  // namespace weft::tests
