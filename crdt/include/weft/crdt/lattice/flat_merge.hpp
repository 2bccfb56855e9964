// SPDX-License-Identifier: MIT
// Joins of sorted vectors: what map_lattice and set_lattice have in common.
//
// `key_of(entry)` is what a vector is sorted by, strictly ascending. A join walks both sides once
// and allocates only when keys are new; where one side is much shorter the walk gallops over the
// longer one. Internal to the lattices; no state of its own.
#pragma once

#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/scratch.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace weft::crdt::detail {

/// The first place from `at` on whose key is not less than `key`. O(log of the distance).
template <class It, class K, class KeyOf>
[[nodiscard]] It seek(It at, It end, const K& key, KeyOf key_of) {
  if (at == end || !(key_of(*at) < key)) {
    return at;
  }
  std::ptrdiff_t step = 1;
  while (end - at > step && key_of(at[step]) < key) {
    at += step;
    step *= 2;
  }
  const It high = end - at > step ? at + step : end;
  return std::lower_bound(at + 1, high, key, [&](const auto& entry, const K& wanted) {
    return key_of(entry) < wanted;
  });
}

/// As `seek`, but looks first whether `at` itself is the place: in a join of equal keys it is.
template <class It, class K, class KeyOf>
[[nodiscard]] It seek_near(It at, It end, const K& key, KeyOf key_of) {
  return at != end && key_of(*at) == key ? at : seek(at, end, key, key_of);
}

/// Puts those entries of `theirs` that `wanted` accepts into `mine`, from the back, so that nothing
/// is moved twice. Pre: there are `count` of them, and none has a key of `mine`.
template <class Entry, class KeyOf, class Wanted>
void flat_insert(std::vector<Entry>& mine, const std::vector<Entry>& theirs, std::size_t count,
                 KeyOf key_of, Wanted wanted) {
  std::size_t from = mine.size();
  std::size_t to = from + count;
  mine.resize(to);
  for (std::size_t next = theirs.size(); to != from;) {
    const Entry& entry = theirs[--next];
    if (!wanted(entry)) {
      continue;
    }
    while (from != 0 && key_of(entry) < key_of(mine[from - 1])) {
      mine[--to] = std::move(mine[--from]);
    }
    mine[--to] = entry;
  }
}

/// Joins `theirs` into `mine`; `join(mine, theirs)` joins two entries of one key and says whether
/// that changed something. Returns whether anything changed. O(both), or O(shorter * log longer).
template <class Entry, class KeyOf, class Join>
bool flat_merge(std::vector<Entry>& mine, const std::vector<Entry>& theirs, KeyOf key_of,
                Join join) {
  bool changed = false;
  scratch<std::size_t> fresh;
  auto at = mine.begin();
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    at = seek_near(at, mine.end(), key_of(theirs[i]), key_of);
    if (at != mine.end() && key_of(*at) == key_of(theirs[i])) {
      changed |= join(*at, theirs[i]);
      ++at;
    } else if (at != mine.end() || !WEFT_DEFECT("flat_merge.loses_keys_past_the_end")) {
      fresh.push_back(i);
    }
  }
  if (fresh.empty()) {
    return changed;
  }
  flat_insert(mine, theirs, fresh.size(), key_of, [&](const Entry& entry) {
    const auto index = static_cast<std::size_t>(&entry - theirs.data());
    if (fresh.empty() || fresh.back() != index) {
      return false;
    }
    fresh.pop_back();
    return true;
  });
  return true;
}

/// Calls f(entry of a, entry of b or nullptr) for each entry of a, ascending. O(both), galloping.
template <class Entry, class KeyOf, class F>
void flat_walk(const std::vector<Entry>& a, const std::vector<Entry>& b, KeyOf key_of, F&& f) {
  auto at = b.begin();
  for (const Entry& entry : a) {
    at = seek_near(at, b.end(), key_of(entry), key_of);
    f(entry, at != b.end() && key_of(*at) == key_of(entry) ? &*at : nullptr);
  }
}

}  // namespace weft::crdt::detail
