// SPDX-License-Identifier: MIT
// lww_map for the generic tests: per key the write with the longest chain of writes before it that
// writers saw; among equals the greatest replica.
#pragma once

#include "weft/crdt/types/lww_map.hpp"
#include "weft/testing/subject.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace weft::tests {

struct lww_map_subject {
  using state = crdt::lww_map<std::uint32_t, std::uint32_t>;
  struct op {
    std::uint32_t key = 0;
    std::uint32_t value = 0;  ///< 0 erases
    friend bool operator==(const op&, const op&) = default;
  };

  static std::vector<op> alphabet() { return {{1, 1}, {1, 2}, {1, 0}, {2, 1}, {2, 0}}; }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    auto writer = on(s, me);
    return o.value == 0 ? writer.erase(o.key) : writer.set(o.key, o.value);
  }
  static std::string name(const op& o) {
    const std::string key = std::to_string(o.key);
    return o.value == 0 ? "erase(" + key + ")"
                        : "set(" + key + ", " + std::to_string(o.value) + ")";
  }
  static std::string shown(const state& s) {
    std::string out;
    for (const auto& [key, value] : s.values()) {
      out += (out.empty() ? "" : ", ") + std::to_string(key) + ": " + std::to_string(value);
    }
    return "{" + out + "}";
  }

  static std::string expected(const testing::history<op>& h) {
    std::string out;
    for (const std::uint32_t key : {1U, 2U}) {
      std::tuple<std::size_t, std::size_t, std::uint32_t> best{0, 0, 0};
      h.for_each([&](std::size_t e, const testing::event<op>& write) {
        if (write.op.key == key) {
          best = std::max(best, {height(h, e), write.replica, write.op.value});
        }
      });
      const std::uint32_t value = std::get<2>(best);
      if (value != 0) {
        out += (out.empty() ? "" : ", ") + std::to_string(key) + ": " + std::to_string(value);
      }
    }
    return "{" + out + "}";
  }

private:
  static std::size_t height(const testing::history<op>& h, std::size_t e) {
    std::size_t most = 0;
    for (std::size_t k = 0; k < e; ++k) {
      if (h.before(k, e) && h.events[k].op.key == h.events[e].op.key) {
        most = std::max(most, height(h, k));
      }
    }
    return most + 1;
  }
};

}  // namespace weft::tests
