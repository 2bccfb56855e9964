// SPDX-License-Identifier: MIT
// The pure operation-based types for the model checker. What they mean is said once more here, over
// histories: an operation stands when nobody who followed it, and is about the same, is visible.
#pragma once

#include "weft/crdt/oplog/pure_counter.hpp"
#include "weft/crdt/oplog/pure_flag.hpp"
#include "weft/crdt/oplog/pure_register.hpp"
#include "weft/crdt/oplog/pure_set.hpp"
#include "weft/testing/operation_subject.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace weft::tests {

template <class Type>
struct pure_type {
  using state = Type;
  using op = typename Type::op;
  using message = crdt::tagged<op>;

  static crdt::result<message> act(state& s, const crdt::replica_id& me, const op& o) {
    message m{{me, s.version().count(me)}, s.version(), s.prepare(o)};
    if (const auto done = s.effect(m); !done) {
      return crdt::unexpected(done.error());
    }
    return m;
  }
  static crdt::result<void> effect(state& s, const message& m) { return s.effect(m); }
  static void settle(state& s, const crdt::version_vector& stable) { s.settle(stable); }
  static crdt::bytes identity(const state& s) {
    std::vector<message> log = s.log();
    std::sort(log.begin(), log.end(),
              [](const message& a, const message& b) { return a.id < b.id; });
    crdt::byte_writer out;
    out.varint(log.size());
    for (const message& m : log) {
      m.encode(out);
    }
    s.version().encode(out);
    add(out, s.compact());
    return out.take();
  }

protected:
  static std::string listed(const std::set<std::uint32_t>& values) {
    std::string out;
    for (const std::uint32_t v : values) {
      out += (out.empty() ? "" : ", ") + std::to_string(v);
    }
    return "{" + out + "}";
  }
  template <class Values>
  static std::string listed_values(const Values& values) {
    return listed({values.begin(), values.end()});
  }
  /// No visible operation follows e, of those that `about` says are about the same.
  template <class About>
  static bool stands(const testing::history<op>& h, std::size_t e, About&& about) {
    bool alone = true;
    h.for_each([&](std::size_t later, const auto& l) {
      alone = alone && !(h.before(e, later) && about(l.op));
    });
    return alone;
  }

private:
  static void add(crdt::byte_writer& out, bool on) { out.u8(on ? 1 : 0); }
  static void add(crdt::byte_writer& out, const std::set<std::uint32_t>& values) {
    for (const std::uint32_t v : values) {
      out.varint(v);
    }
  }
  static void add(crdt::byte_writer& out, const crdt::counter_rules::compact& sums) {
    out.varint(sums.up);
    out.varint(sums.down);
  }
};

template <class Type>
struct pure_set_base : pure_type<Type> {
  using op = typename pure_type<Type>::op;
  static std::string name(const op& o) {
    const char* const words[] = {"add", "remove", "clear"};
    const std::string argument = o.element ? std::to_string(*o.element) : "";
    return words[static_cast<std::size_t>(o.what)] + ("(" + argument + ")");
  }
  static std::string shown(const Type& s) { return pure_type<Type>::listed_values(s.values()); }

protected:
  // Elements of which an operation of this kind stands.
  static std::set<std::uint32_t> standing(const testing::history<op>& h, crdt::set_change what) {
    std::set<std::uint32_t> elements;
    h.for_each([&](std::size_t e, const auto& event) {
      const auto about = [&](const op& later) {
        return !later.element || later.element == event.op.element;
      };
      if (event.op.what == what && pure_type<Type>::stands(h, e, about)) {
        elements.insert(*event.op.element);
      }
    });
    return elements;
  }
};

struct pure_aw_set_subject : pure_set_base<crdt::pure_aw_set<std::uint32_t>> {
  static std::vector<op> alphabet() {
    return {op::add(1), op::remove(1), op::add(2), op::remove(2), op::clear()};
  }
  static std::string expected(const testing::history<op>& h) {
    return listed(standing(h, crdt::set_change::add));
  }
};

struct pure_rw_set_subject : pure_set_base<crdt::pure_rw_set<std::uint32_t>> {
  static std::vector<op> alphabet() {
    return {op::add(1), op::remove(1), op::add(2), op::remove(2)};
  }
  static std::string expected(const testing::history<op>& h) {
    std::set<std::uint32_t> present = standing(h, crdt::set_change::add);
    for (const std::uint32_t gone : standing(h, crdt::set_change::remove)) {
      present.erase(gone);
    }
    return listed(present);
  }
};

struct pure_mv_register_subject : pure_type<crdt::pure_mv_register<std::uint32_t>> {
  static std::vector<op> alphabet() { return {op::write(1), op::write(2), op::clear()}; }
  static std::string name(const op& o) {
    return o.written ? "write(" + std::to_string(*o.written) + ")" : "clear()";
  }
  static std::string shown(const state& s) { return listed_values(s.values()); }
  static std::string expected(const testing::history<op>& h) {
    std::set<std::uint32_t> values;
    h.for_each([&](std::size_t e, const auto& event) {
      if (event.op.written && stands(h, e, [](const op&) { return true; })) {
        values.insert(*event.op.written);
      }
    });
    return listed(values);
  }
};

struct pure_ew_flag_subject : pure_type<crdt::pure_ew_flag> {
  static std::vector<op> alphabet() { return {op::enable(), op::disable()}; }
  static std::string name(const op& o) { return o.enables ? "enable()" : "disable()"; }
  static std::string shown(const state& s) { return s.value() ? "on" : "off"; }
  static std::string expected(const testing::history<op>& h) {
    bool on = false;
    h.for_each([&](std::size_t e, const auto& event) {
      on = on || (event.op.enables && stands(h, e, [](const op&) { return true; }));
    });
    return on ? "on" : "off";
  }
};

struct pure_counter_subject : pure_type<crdt::pure_counter> {
  static std::vector<op> alphabet() { return {{1}, {-1}, {2}, {-2}}; }
  static std::string name(const op& o) { return "add(" + std::to_string(o.amount) + ")"; }
  static std::string shown(const state& s) { return std::to_string(s.value()); }
  static std::string expected(const testing::history<op>& h) {
    std::int64_t sum = 0;
    h.for_each([&](std::size_t, const auto& event) { sum += event.op.amount; });
    return std::to_string(sum);
  }
};

}  // namespace weft::tests
