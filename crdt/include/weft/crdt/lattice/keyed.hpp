// SPDX-License-Identifier: MIT
// Maps from keys to lattices: the join, order and difference of every type that is one, key by key.
//
// A missing key reads as the least value. A few keys are looked up in the other map, many are
// walked. Source: Baquero et al., "Composition in state-based replicated data types", 2017.
#pragma once

#include "weft/crdt/lattice/codec.hpp"
#include "weft/crdt/lattice/laws.hpp"
#include "weft/crdt/lattice/scratch.hpp"
#include "weft/crdt/lattice/sorted_map.hpp"

#include <utility>
#include <vector>

namespace weft::crdt {

/// join(mine, theirs) returns whether it changed `mine`. Returns whether anything changed.
template <class K, class V, class Join>
bool merge_keyed(sorted_map<K, V>& mine, const sorted_map<K, V>& theirs, Join&& join) {
  bool changed = false;
  if (theirs.size() * 8 < mine.size()) {
    for (const auto& entry : theirs) {
      const auto [at, is_new] = mine.insert(entry);
      changed |= is_new || join(at->second, entry.second);
    }
    return changed;
  }
  scratch<std::pair<K, V>> fresh;
  mine.walk_with(
      theirs, [](auto&) {},
      [&](auto& here, const auto& there) { changed |= join(here.second, there.second); },
      [&](const auto& there) { fresh.push_back(there); });
  changed |= !fresh.empty();
  mine.insert_ascending(fresh.view());
  return changed;
}

/// `under(x, y)` is the order of values; each key of a must be in b.
template <class K, class V, class Under>
[[nodiscard]] bool leq_keyed(const sorted_map<K, V>& a, const sorted_map<K, V>& b, Under&& under) {
  if (a.size() > b.size()) {
    return false;
  }
  if (a.size() * 8 < b.size()) {
    for (const auto& [key, held] : a) {
      const auto found = b.find(key);
      if (found == b.end() || !under(held, found->second)) {
        return false;
      }
    }
    return true;
  }
  return walk_both(
      a, b, key_is_first{}, [](const auto&) { return false; }, [](const auto&) { return true; },
      [&](const auto& x, const auto& y) { return under(x.second, y.second); });
}

/// What of a is not in b: entries that b lacks, and `rest(x, y)` of those where x is not under y.
template <class K, class V, class Under, class Rest>
[[nodiscard]] sorted_map<K, V> difference_keyed(const sorted_map<K, V>& a,
                                                const sorted_map<K, V>& b, Under&& under,
                                                Rest&& rest) {
  sorted_map<K, V> d;
  walk_both(
      a, b, key_is_first{},
      [&](const auto& x) {
        d.push_back(x);
        return true;
      },
      [](const auto&) { return true; },
      [&](const auto& x, const auto& y) {
        if (!under(x.second, y.second)) d.push_back({x.first, rest(x.second, y.second)});
        return true;
      });
  return d;
}

/// Number of entries, then `put(value)` after each key, which stands as in `encode_ascending`.
template <class K, class V, class Put>
void encode_keyed(byte_writer& out, const sorted_map<K, V>& map, Put&& put) {
  out.varint(map.size());
  const K* before = nullptr;
  for (const auto& [key, held] : map) {
    encode_ascending(out, std::exchange(before, &key), key);
    put(held);
  }
}

/// `get()` reads a value. Keys must ascend, else the reader fails.
template <class K, class V, class Get>
[[nodiscard]] sorted_map<K, V> decode_keyed(byte_reader& in, const limits& bounds, Get&& get) {
  sorted_map<K, V> map;
  const std::size_t count = in.count(1, "keys of a map");
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    K key = decode_ascending<K>(in, bounds, map.empty() ? nullptr : &map.back().first, "keys");
    V held = get();
    if (!in.failed()) {
      map.push_back({std::move(key), std::move(held)});
    }
  }
  return map;
}

/// The same for sets of keys, whose merge is the union.
template <class K>
bool merge_keys(sorted_set<K>& mine, const sorted_set<K>& theirs) {
  const std::size_t before = mine.size();
  if (theirs.size() * 8 < mine.size()) {
    for (const K& key : theirs) {
      mine.insert(key);
    }
    return mine.size() != before;
  }
  scratch<K> fresh;
  mine.walk_with(
      theirs, [](const K&) {}, [](const K&, const K&) {},
      [&](const K& key) { fresh.push_back(key); });
  mine.insert_ascending(fresh.view());
  return mine.size() != before;
}

}  // namespace weft::crdt
