// SPDX-License-Identifier: MIT
#include "rows.hpp"
#include "weft/crdt/types/g_set.hpp"
#include "weft/crdt/types/or_set.hpp"

namespace weft::bench {
namespace {

using crdt::on;

states<crdt::g_set<std::uint64_t>> grown(const shape& s) {
  states<crdt::g_set<std::uint64_t>> made;
  const std::size_t c = s.changes();
  for (std::size_t i = 0; i < s.size; ++i) {
    on(made.base, writer(0)).add(element(i));
  }
  made.left = made.base;
  made.right = made.base;
  for (std::size_t j = 0; j < c; ++j) {
    on(made.left, writer(0)).add(element(s.size + j));
    on(made.right, writer(0)).add(element(s.size + c + j));
  }
  auto source = made.base;
  for (std::size_t j = 0; j < s.deltas(); ++j) {
    made.deltas.push_back(on(source, writer(0)).add(element(2 * s.size + j)));
  }
  return made;
}

states<crdt::or_set<std::uint64_t>> changed(const shape& s) {
  states<crdt::or_set<std::uint64_t>> made;
  const std::size_t c = s.changes();
  for (std::size_t i = 0; i < s.size; ++i) {
    (void)on(made.base, writer(i % s.replicas)).add(element(i)).value();
  }
  made.left = made.base;
  made.right = made.base;
  for (std::size_t j = 0; j < c; ++j) {
    on(made.left, writer(s.replicas)).remove(element(2 * j));
    on(made.right, writer(s.replicas + 1)).remove(element(2 * j + 1));
    (void)on(made.left, writer(s.replicas)).add(element(s.size + j)).value();
    (void)on(made.right, writer(s.replicas + 1)).add(element(s.size + c + j)).value();
  }
  auto source = made.base;
  for (std::size_t j = 0; j < s.deltas(); ++j) {
    made.deltas.push_back(on(source, writer(s.replicas + 2)).add(element(2 * s.size + j)).value());
  }
  for (std::size_t j = 0; j < s.deltas(); ++j) {
    made.removals.push_back(on(source, writer(s.replicas + 2)).remove(element(s.size - 1 - j)));
  }
  return made;
}

}  // namespace

bool row_of_sets(const std::string& type, const shape& s) {
  if (type == "g_set") {
    const auto made = grown(s);
    measure(type, s, made, told(crdt::join(made.left, made.right).values()));
  } else if (type == "or_set") {
    const auto made = changed(s);
    measure(type, s, made, told(crdt::join(made.left, made.right).values()));
  } else {
    return false;
  }
  return true;
}

}  // namespace weft::bench
