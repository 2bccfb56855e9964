// SPDX-License-Identifier: MIT
// bounded_counter for the generic tests: the value, and the quota of replicas 1 and 2.
//
// A delta tells a running total of its replica: of increments, of decrements, or of what it gave to
// one other. What is spent may be known before what it was spent from; then less than nothing reads
// as nothing. The mirrored one is the same with the names of the operations exchanged.
#pragma once

#include "weft/crdt/types/bounded_counter.hpp"
#include "weft/testing/subject.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace weft::tests {

template <std::int64_t Bound, crdt::bound_side Side>
struct bounded_subject {
  using state = crdt::bounded_counter<Bound, Side>;
  enum class kind : std::uint8_t { increment, decrement, transfer };
  struct op {
    kind what = kind::increment;
    std::uint64_t amount = 0;
    std::size_t to = 0;  // replica number from 0
    friend bool operator==(const op&, const op&) = default;
  };

  static std::vector<op> alphabet() {
    return {{kind::increment, 1, 0}, {kind::increment, 2, 0}, {kind::decrement, 1, 0},
            {kind::decrement, 2, 0}, {kind::transfer, 1, 0},  {kind::transfer, 1, 1}};
  }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    auto writer = on(s, me);
    return o.what == kind::increment   ? writer.increment(o.amount)
           : o.what == kind::decrement ? writer.decrement(o.amount)
                                       : writer.transfer(o.amount, id(o.to));
  }
  static std::string name(const op& o) {
    const std::string n = std::to_string(o.amount);
    return o.what == kind::increment   ? "increment(" + n + ")"
           : o.what == kind::decrement ? "decrement(" + n + ")"
                                       : "transfer(" + n + ", " + std::to_string(o.to + 1) + ")";
  }
  static std::string shown(const state& s) {
    return words(s.value(), static_cast<std::int64_t>(s.quota(id(0))),
                 static_cast<std::int64_t>(s.quota(id(1))));
  }

  static std::string expected(const testing::history<op>& h) {
    const auto same_total = [&](std::size_t a, std::size_t b) {
      const testing::event<op>& x = h.events[a];
      const testing::event<op>& y = h.events[b];
      return x.replica == y.replica && x.op.what == y.op.what &&
             (x.op.what != kind::transfer || x.op.to == y.op.to);
    };
    std::int64_t level = 0;
    std::int64_t quota[2] = {0, 0};
    const auto change = [&](std::size_t replica, std::int64_t n) {
      if (replica < 2) {
        quota[replica] += n;
      }
    };
    std::vector<std::size_t> latest;  // of each running total the last that arrived
    h.for_each([&](std::size_t e, const testing::event<op>&) {
      std::erase_if(latest, [&](std::size_t other) { return same_total(other, e); });
      latest.push_back(e);
    });
    for (const std::size_t e : latest) {
      std::int64_t n = 0;
      for (std::size_t k = 0; k <= e; ++k) {
        n += same_total(k, e) ? static_cast<std::int64_t>(h.events[k].op.amount) : 0;
      }
      const auto& [replica, o, seen] = h.events[e];
      if (o.what == kind::transfer) {
        change(replica, -n);
        change(o.to, n);
      } else {
        const bool away = (o.what == kind::increment) == (Side == crdt::bound_side::lower);
        level += away ? n : -n;
        change(replica, away ? n : -n);
      }
    }
    level = std::max<std::int64_t>(level, 0);
    return words(Side == crdt::bound_side::lower ? Bound + level : Bound - level,
                 std::max<std::int64_t>(quota[0], 0), std::max<std::int64_t>(quota[1], 0));
  }

private:
  static crdt::replica_id id(std::size_t replica) {
    return crdt::replica_id::from_number(replica + 1);
  }
  static std::string words(std::int64_t value, std::int64_t first, std::int64_t second) {
    return std::to_string(value) + ", quota " + std::to_string(first) + " and " +
           std::to_string(second);
  }
};

using bounded_counter_subject = bounded_subject<0, crdt::bound_side::lower>;
using upper_bounded_counter_subject = bounded_subject<10, crdt::bound_side::upper>;

}  // namespace weft::tests
