// SPDX-License-Identifier: MIT
// g_map of counters for the generic tests: per key the sum of what was counted.
#pragma once

#include "weft/crdt/types/g_counter.hpp"
#include "weft/crdt/types/g_map.hpp"
#include "weft/testing/subject.hpp"

#include <map>
#include <string>
#include <vector>

namespace weft::tests {

struct g_map_subject {
  using state = crdt::g_map<std::uint32_t, crdt::g_counter>;
  struct op {
    std::uint32_t key = 0;
    std::uint32_t amount = 0;
    friend bool operator==(const op&, const op&) = default;
  };

  static std::vector<op> alphabet() { return {{1, 1}, {1, 2}, {2, 1}, {2, 0}}; }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    return on(s, me).apply(o.key, [&](auto counter) { return counter.increment(o.amount); });
  }
  static std::string name(const op& o) {
    return "count(" + std::to_string(o.key) + ", " + std::to_string(o.amount) + ")";
  }
  static std::string shown(const state& s) {
    std::map<std::uint32_t, std::uint64_t> sums;
    for (const auto& [key, counter] : s.entries()) {
      sums[key] = counter.value();
    }
    return listed(sums);
  }

  // Counters travel as totals: of each replica's visible ones the last, with all before it, counts.
  static std::string expected(const testing::history<op>& h) {
    std::map<std::uint32_t, std::uint64_t> sums;
    h.for_each([&](std::size_t e, const testing::event<op>& event) {
      if (event.op.amount != 0 && is_last(h, e)) {
        sums[event.op.key] += event.op.amount;
        for (std::size_t k = 0; k < e; ++k) {
          const testing::event<op>& earlier = h.events[k];
          const bool same = earlier.replica == event.replica && earlier.op.key == event.op.key;
          sums[event.op.key] += same ? earlier.op.amount : 0;
        }
      }
    });
    return listed(sums);
  }

private:
  static bool is_last(const testing::history<op>& h, std::size_t e) {
    bool last = true;
    h.for_each([&](std::size_t k, const testing::event<op>& later) {
      last = last && !(k > e && later.replica == h.events[e].replica &&
                       later.op.key == h.events[e].op.key && later.op.amount != 0);
    });
    return last;
  }
  static std::string listed(const std::map<std::uint32_t, std::uint64_t>& sums) {
    std::string out;
    for (const auto& [key, sum] : sums) {
      out += (out.empty() ? "" : ", ") + std::to_string(key) + ": " + std::to_string(sum);
    }
    return "{" + out + "}";
  }
};

}  // namespace weft::tests
