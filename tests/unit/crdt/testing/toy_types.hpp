// SPDX-License-Identifier: MIT
// Small types with one fault each, to see that the checkers find it, and the same types without.
#pragma once

#include "weft/crdt/lattice/dot_store.hpp"
#include "weft/testing/subject.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace weft::tests {

enum class fault : std::uint8_t {
  none,
  not_commutative,  // the register that came last wins
  not_idempotent,   // counters are added, not the greater taken
  lost_tie_break,   // registers of equal time stay as they are
  wide_delta,       // an add's delta lists all dots seen, and so removes the rest
  wrong_meaning,    // converges, but removes win
};

/// A register with a time and a writer.
template <fault Fault>
struct toy_register {
  std::uint64_t time = 0;
  std::uint64_t writer = 0;
  std::uint64_t value = 0;
  friend bool operator==(const toy_register&, const toy_register&) = default;

  bool merge(const toy_register& other) {
    if (leq(other, *this)) {
      return false;
    }
    *this = other;
    return true;
  }
  friend bool leq(const toy_register& a, const toy_register& b) {
    if constexpr (Fault == fault::not_commutative) {
      return a.time == 0 || a == b;
    } else if constexpr (Fault == fault::lost_tie_break) {
      return a.time <= b.time;
    } else {
      return std::tie(a.time, a.writer) <= std::tie(b.time, b.writer);
    }
  }
  friend toy_register difference(const toy_register& a, const toy_register& b) {
    return leq(a, b) ? toy_register{} : a;
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    if (time != 0) {
      f(*this);
    }
  }
  void encode(crdt::byte_writer& out) const {
    out.varint(time);
    if (time != 0) {
      out.varint(writer);
      out.varint(value);
    }
  }
  static crdt::result<toy_register> decode(crdt::byte_reader& in, const crdt::limits& /*bounds*/) {
    toy_register r;
    r.time = in.varint();
    if (r.time != 0) {
      r.writer = in.varint();
      r.value = in.varint();
    }
    if (in.failed()) {
      return in.failure();
    }
    return r;
  }
};

template <fault Fault>
struct toy_register_subject {
  using state = toy_register<Fault>;
  struct op {
    std::uint64_t value = 0;
    friend bool operator==(const op&, const op&) = default;
  };
  static std::vector<op> alphabet() { return {{1}, {2}}; }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    s = {s.time + 1, me.bytes[15], o.value};
    return s;
  }
  static std::string name(const op& o) { return "write(" + std::to_string(o.value) + ")"; }
  static std::string shown(const state& s) { return std::to_string(s.value); }
};

/// A counter per replica.
template <fault Fault>
struct toy_counter {
  std::map<crdt::replica_id, std::uint64_t> amounts;
  friend bool operator==(const toy_counter&, const toy_counter&) = default;

  bool merge(const toy_counter& other) {
    const toy_counter before = *this;
    for (const auto& [replica, amount] : other.amounts) {
      std::uint64_t& mine = amounts[replica];
      mine = Fault == fault::not_idempotent ? mine + amount : std::max(mine, amount);
    }
    return *this != before;
  }
  friend bool leq(const toy_counter& a, const toy_counter& b) {
    toy_counter all = b;
    return !all.merge(a);
  }
  void encode(crdt::byte_writer& out) const {
    out.varint(amounts.size());
    for (const auto& [replica, amount] : amounts) {
      crdt::codec<crdt::replica_id>::encode(out, replica);
      out.varint(amount);
    }
  }
  static crdt::result<toy_counter> decode(crdt::byte_reader& in, const crdt::limits& bounds) {
    toy_counter c;
    for (std::size_t n = in.count(17, "amounts"); n != 0; --n) {
      const crdt::replica_id id = crdt::codec<crdt::replica_id>::decode(in, bounds);
      const std::uint64_t amount = in.varint();
      if (amount == 0 || (!c.amounts.empty() && !(c.amounts.rbegin()->first < id))) {
        in.fail(crdt::errc::not_canonical, "amounts");
      }
      c.amounts.emplace(id, amount);
    }
    if (in.failed()) {
      return in.failure();
    }
    return c;
  }
};

template <fault Fault>
struct toy_counter_subject {
  static constexpr bool closed_expectation = true;
  using state = toy_counter<Fault>;
  struct op {
    friend bool operator==(const op&, const op&) = default;
  };
  static std::vector<op> alphabet() { return {{}}; }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& /*o*/) {
    state delta;
    if constexpr (Fault == fault::not_idempotent) {
      delta.amounts[me] = 1;
      s.amounts[me] += 1;
    } else {
      delta.amounts[me] = s.amounts[me] += 1;
    }
    return delta;
  }
  static std::string name(const op& /*o*/) { return "add(1)"; }
  static std::string shown(const state& s) {
    std::uint64_t sum = 0;
    for (const auto& [replica, amount] : s.amounts) {
      sum += amount;
    }
    return std::to_string(sum);
  }
  static std::string expected(const testing::history<op>& h) {
    std::size_t sum = 0;
    h.for_each([&](std::size_t, const auto&) { ++sum; });
    return std::to_string(sum);
  }
};

/// A set in which adds win, on the dot stores of the library.
template <fault Fault>
struct toy_set_subject {
  static constexpr bool closed_expectation = true;
  using store = crdt::dot_map<std::uint32_t, crdt::dot_set>;
  using state = crdt::causal<store>;
  struct op {
    bool add = true;
    std::uint32_t element = 0;
    friend bool operator==(const op&, const op&) = default;
  };
  static std::vector<op> alphabet() { return {{true, 1}, {false, 1}, {true, 2}, {false, 2}}; }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    crdt::causal_context about;
    const auto part = s.store().parts().find(o.element);
    if (part != s.store().parts().end()) {
      part->second.for_each_dot([&](const crdt::dot& d) { about.insert(d); });
    }
    if (Fault == fault::wide_delta) {
      about.merge(s.context());
    }
    store fresh;
    if (o.add) {
      crdt::dot_set dots;
      dots.insert(s.context().next(me).value());
      about.insert(s.context().next(me).value());
      fresh.assign(o.element, std::move(dots));
    }
    state delta(std::move(fresh), std::move(about));
    s.merge(delta);
    return delta;
  }
  static std::string name(const op& o) {
    return (o.add ? "add(" : "remove(") + std::to_string(o.element) + ")";
  }
  static std::string shown(const state& s) {
    std::string out = "{";
    for (const auto& [element, dots] : s.store().parts()) {
      out += " " + std::to_string(element);
    }
    return out + " }";
  }
  static std::string expected(const testing::history<op>& h) {
    std::set<std::uint32_t> present;
    h.for_each([&](std::size_t e, const testing::event<op>& add) {
      bool alive = add.op.add;
      h.for_each([&](std::size_t other, const testing::event<op>& gone) {
        const bool wins = Fault == fault::wrong_meaning ? !h.before(other, e) : h.before(e, other);
        alive = alive && !(!gone.op.add && gone.op.element == add.op.element && wins);
      });
      if (alive) {
        present.insert(add.op.element);
      }
    });
    std::string out = "{";
    for (const std::uint32_t element : present) {
      out += " " + std::to_string(element);
    }
    return out + " }";
  }
};

}  // namespace weft::tests
