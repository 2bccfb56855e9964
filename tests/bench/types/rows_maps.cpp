// SPDX-License-Identifier: MIT
#include "rows.hpp"
#include "weft/crdt/types/g_counter.hpp"
#include "weft/crdt/types/g_map.hpp"
#include "weft/crdt/types/lww_map.hpp"
#include "weft/crdt/types/or_map.hpp"
#include "weft/crdt/types/or_set.hpp"

#include <numeric>

namespace weft::bench {
namespace {

// `put(state, writer, key)` changes one key and returns the delta.
template <class T, class Put>
states<T> filled(const shape& s, Put&& put) {
  states<T> made;
  const std::size_t c = s.changes();
  for (std::size_t i = 0; i < s.size; ++i) {
    put(made.base, writer(i % s.replicas), i);
  }
  made.left = made.base;
  made.right = made.base;
  for (std::size_t j = 0; j < c; ++j) {  // some old keys, some new ones
    put(made.left, writer(s.replicas), 2 * j);
    put(made.right, writer(s.replicas + 1), 2 * j + 1);
    put(made.left, writer(s.replicas), s.size + j);
    put(made.right, writer(s.replicas + 1), s.size + c + j);
  }
  T source = made.base;
  for (std::size_t j = 0; j < s.deltas(); ++j) {
    made.deltas.push_back(put(source, writer(s.replicas + 2), 2 * s.size + j));
  }
  return made;
}

}  // namespace

bool row_of_maps(const std::string& type, const shape& s) {
  using crdt::on;
  std::vector<std::uint64_t> shown;
  if (type == "g_map") {
    const auto made = filled<crdt::g_map<std::uint64_t, crdt::g_counter>>(
        s, [](auto& state, const auto& me, std::size_t i) {
          return on(state, me)
              .apply(element(i), [&](auto counter) { return counter.increment(1); })
              .value();
        });
    const auto all = crdt::join(made.left, made.right);
    for (const auto& [key, counter] : all.entries()) {
      shown.push_back(key + counter.value());
    }
    measure(type, s, made, told(shown));
  } else if (type == "or_map") {
    const auto made = filled<crdt::or_map<std::uint64_t, crdt::or_set<std::uint64_t>>>(
        s, [](auto& state, const auto& me, std::size_t i) {
          return on(state, me).apply(element(i), [&](auto set) { return set.add(i); }).value();
        });
    const auto all = crdt::join(made.left, made.right);
    for (const std::uint64_t key : all.keys()) {
      const auto values = all.find(key)->values();
      shown.push_back(std::accumulate(values.begin(), values.end(), key));
    }
    measure(type, s, made, told(shown));
  } else if (type == "lww_map") {
    const auto made = filled<crdt::lww_map<std::uint64_t, std::uint64_t>>(
        s, [](auto& state, const auto& me, std::size_t i) {
          return on(state, me).set(element(i), i).value();
        });
    for (const auto& [key, value] : crdt::join(made.left, made.right).values()) {
      shown.push_back(key + value);
    }
    measure(type, s, made, told(shown));
  } else {
    return false;
  }
  return true;
}

}  // namespace weft::bench
