// SPDX-License-Identifier: MIT
// The variants of lww_register for the generic tests: first writer wins, and hybrid stamps.
#pragma once

#include "support/types/plain_register.hpp"
#include "weft/crdt/types/lww_register.hpp"
#include "weft/testing/subject.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace weft::tests {

/// A write counts only where its writer saw none; of those the least replica's wins, since all have
/// the first time.
struct fww_register_subject : plain_register<crdt::fww_register<std::uint32_t>> {
  static std::string expected(const testing::history<op>& h) {
    std::pair<std::size_t, std::size_t> first{h.events.size(), h.events.size()};
    std::string value = "nothing";
    h.for_each([&](std::size_t e, const testing::event<op>& write) {
      const std::pair mine{write.replica, e};
      if (counts(h, e) && (value == "nothing" || mine < first)) {
        first = mine;
        value = std::to_string(write.op.value);
      }
    });
    return value;
  }

private:
  // A writer that had only seen writes that did nothing saw an empty register.
  static bool counts(const testing::history<op>& h, std::size_t e) {
    for (std::size_t k = 0; k < e; ++k) {
      if (h.before(k, e) && counts(h, k)) {
        return false;
      }
    }
    return true;
  }
};

/// Times as (milliseconds, counter): above what the writer saw by two, or its wall time.
struct hybrid_register_subject {
  using state = crdt::lww_register<std::uint32_t, crdt::hybrid_stamp>;
  struct op {
    std::uint32_t value = 0;
    std::uint64_t ms = 0;
    friend bool operator==(const op&, const op&) = default;
  };

  static std::vector<op> alphabet() { return {{1, 10}, {2, 20}, {3, 10}}; }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    crdt::hybrid_clock clock;
    return on(s, me).write(o.value, clock, o.ms);
  }
  static std::string name(const op& o) {
    return "write(" + std::to_string(o.value) + " at " + std::to_string(o.ms) + ")";
  }
  static std::string shown(const state& s) {
    return s.value() ? std::to_string(*s.value()) : "nothing";
  }
  static std::string expected(const testing::history<op>& h) {
    using time = std::pair<std::uint64_t, std::size_t>;
    std::vector<time> times(h.events.size());
    std::tuple<time, std::size_t> best;
    std::string value = "nothing";
    for (std::size_t e = 0; e < h.events.size(); ++e) {
      time seen{0, 0};
      for (std::size_t k = 0; k < e; ++k) {
        seen = h.before(k, e) ? std::max(seen, times[k]) : seen;
      }
      const std::uint64_t now = h.events[e].op.ms;
      if (seen.first >= now) {
        times[e] = {seen.first, seen.second + 2};
      } else {
        // Taking note of an older write and writing are two events of one millisecond.
        times[e] = {now, seen.first == 0 ? 0 : 1};
      }
      const std::tuple mine{times[e], h.events[e].replica};
      if (h.sees(e) && mine > best) {
        best = mine;
        value = std::to_string(h.events[e].op.value);
      }
    }
    return value;
  }
};

}  // namespace weft::tests
