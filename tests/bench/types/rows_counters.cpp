// SPDX-License-Identifier: MIT
// Counters and registers, whose size is that of their writers.
#include "rows.hpp"
#include "weft/crdt/types/g_counter.hpp"
#include "weft/crdt/types/lww_register.hpp"
#include "weft/crdt/types/mv_register.hpp"
#include "weft/crdt/types/pn_counter.hpp"

namespace weft::bench {
namespace {

using crdt::on;

// Every writer acts once; then half of them again on each side, and a new one ten times.
template <class T, class Act>
states<T> counted(const shape& s, Act&& act) {
  states<T> made;
  for (std::size_t i = 0; i < s.replicas; ++i) {
    act(made.base, writer(i), i);
  }
  made.left = made.base;
  made.right = made.base;
  for (std::size_t i = 0; i < s.replicas; ++i) {
    act(i % 2 == 0 ? made.left : made.right, writer(i), i + s.replicas);
  }
  T source = made.base;
  for (std::size_t i = 0; i < 10; ++i) {
    made.deltas.push_back(act(source, writer(s.replicas), i));
  }
  return made;
}

// One register, written by all in turn; then each side once.
template <class T>
states<T> written(const shape& s) {
  states<T> made;
  for (std::size_t i = 0; i < s.replicas; ++i) {
    (void)on(made.base, writer(i)).write(element(i)).value();
  }
  made.left = made.base;
  made.right = made.base;
  (void)on(made.left, writer(s.replicas)).write(element(s.replicas)).value();
  (void)on(made.right, writer(s.replicas + 1)).write(element(s.replicas + 1)).value();
  T source = made.base;
  for (std::size_t i = 0; i < 10; ++i) {
    made.deltas.push_back(on(source, writer(0)).write(element(i)).value());
  }
  return made;
}

template <class T>
T merged(const states<T>& made) {
  return crdt::join(made.left, made.right);
}

}  // namespace

bool row_of_counters(const std::string& type, const shape& s) {
  if (type == "g_counter") {
    const auto made = counted<crdt::g_counter>(s, [](auto& state, const auto& me, std::size_t i) {
      return on(state, me).increment(i % 7 + 1).value();
    });
    measure(type, s, made, std::to_string(merged(made).value()));
  } else if (type == "pn_counter") {
    const auto made = counted<crdt::pn_counter>(s, [](auto& state, const auto& me, std::size_t i) {
      auto mutator = on(state, me);
      return (i % 3 == 0 ? mutator.decrement(i % 7 + 1) : mutator.increment(i % 7 + 1)).value();
    });
    measure(type, s, made, std::to_string(merged(made).value()));
  } else if (type == "lww_register") {
    const auto made = written<crdt::lww_register<std::uint64_t>>(s);
    measure(type, s.of(1), made, std::to_string(*merged(made).value()));
  } else if (type == "mv_register") {
    const auto made = written<crdt::mv_register<std::uint64_t>>(s);
    measure(type, s, made, told(merged(made).values()));
  } else {
    return false;
  }
  return true;
}

}  // namespace weft::bench
