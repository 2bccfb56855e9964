// SPDX-License-Identifier: MIT
// Joins of sorted vectors: what map_lattice and set_lattice have in common.
//
// `key_of(entry)` is what a vector is sorted by, strictly ascending. A join walks both sides once
// and allocates only when keys are new; where one side is much shorter the walk gallops over the
// longer one. Internal to the lattices; no state of its own.
#pragma once

#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/roomy.hpp"
#include "weft/crdt/lattice/scratch.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>
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

/// Puts the entries of `theirs` at the indices `fresh` into `mine`, which has none of their keys.
template <class Entry, class KeyOf>
void flat_insert(roomy<Entry>& mine, const roomy<Entry>& theirs, std::span<const std::size_t> fresh,
                 KeyOf key_of) {
  if (fresh.size() == 1) {
    const Entry& entry = theirs[fresh[0]];
    mine.insert(seek(mine.begin(), mine.end(), key_of(entry), key_of), entry);
    return;
  }
  const auto size = static_cast<std::ptrdiff_t>(mine.size());
  for (const std::size_t i : fresh) {
    mine.push_back(theirs[i]);
  }
  // They stand at the end now, and are put in from the back, so that nothing else moves twice.
  auto from = mine.begin() + size;
  std::vector<Entry> late(std::make_move_iterator(from), std::make_move_iterator(mine.end()));
  auto to = mine.end();
  for (auto next = late.end(); next != late.begin();) {
    const bool stays = from == mine.begin() || key_of(*(from - 1)) < key_of(*(next - 1));
    *--to = stays ? std::move(*--next) : std::move(*--from);
  }
}

/// Joins `theirs` into `mine`; `join(mine, theirs)` joins two entries of one key and says whether
/// that changed something. Returns whether anything changed. O(both), or O(shorter * log longer).
template <class Entry, class KeyOf, class Join>
bool flat_merge(roomy<Entry>& mine, const roomy<Entry>& theirs, KeyOf key_of, Join join) {
  if (theirs.empty()) {
    return false;
  }
  const bool loses = WEFT_DEFECT("flat_merge.loses_keys_past_the_end");
  if (!loses && (mine.empty() || key_of(mine.back()) < key_of(theirs.front()))) {
    mine.insert(mine.end(), theirs.begin(), theirs.end());
    return true;
  }
  bool changed = false;
  scratch<std::size_t> fresh;
  auto at = mine.begin();
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    at = seek_near(at, mine.end(), key_of(theirs[i]), key_of);
    if (at != mine.end() && key_of(*at) == key_of(theirs[i])) {
      changed |= join(*at, theirs[i]);
      ++at;
    } else if (at != mine.end() || !loses) {
      fresh.push_back(i);
    }
  }
  if (fresh.empty()) {
    return changed;
  }
  flat_insert(mine, theirs, fresh.view(), key_of);
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
