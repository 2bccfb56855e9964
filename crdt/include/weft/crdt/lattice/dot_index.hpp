// SPDX-License-Identifier: MIT
// dot_index<K>: under which key of a large dot_map a dot stands, for deltas that remove by dot
// alone.
//
// It is made when it is needed for the second time, and then every dot that stands in the map is in
// it. Dots that no longer stand may be, so an answer is a hint; it is given up when there are too
// many of those. No part of the map's value: copies start without one. Cost: a dot and a key per
// dot; O(log n) to add and find.
#pragma once

#include "weft/crdt/causality/causal_context.hpp"
#include "weft/crdt/lattice/sorted_map.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace weft::crdt {

template <class K>
class dot_index {
public:
  dot_index() = default;
  dot_index(const dot_index& /*other*/) noexcept {}
  dot_index(dot_index&& other) noexcept { *this = std::move(other); }
  dot_index& operator=(const dot_index& /*other*/) noexcept {
    clear();
    return *this;
  }
  dot_index& operator=(dot_index&& other) noexcept {
    keys_ = std::exchange(other.keys_, {});
    most_ = std::exchange(other.most_, 0);
    searched_ = std::exchange(other.searched_, false);
    return *this;
  }
  ~dot_index() = default;

  [[nodiscard]] bool ready() const noexcept { return most_ != 0; }
  /// The map had to be searched; true when it was before, too.
  [[nodiscard]] bool searched_again() noexcept { return std::exchange(searched_, true); }
  /// Null when the dot does not stand in the map. Pre: ready.
  [[nodiscard]] const K* find(const dot& d) const {
    const auto found = keys_.find(d);
    return found == keys_.end() ? nullptr : &found->second;
  }
  /// Of all entries of a map. O(n log n).
  template <class Map>
  void build(const Map& parts) {
    std::vector<std::pair<dot, K>> all;
    for (const auto& entry : parts) {
      entry.second.for_each_dot([&](const dot& d) { all.emplace_back(d, entry.first); });
    }
    std::sort(all.begin(), all.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    most_ = 2 * all.size() + 64;
    keys_ = {};
    keys_.insert_ascending(all);
  }
  /// The dots of a part now stand under `key`.
  template <class S>
  void add(const K& key, const S& part) {
    if (!ready()) {
      return;
    }
    part.for_each_dot([&](const dot& d) {
      const auto [at, is_new] = keys_.insert({d, key});
      if (!is_new) {
        at->second = key;
      }
    });
    if (keys_.size() > most_) {
      clear();
    }
  }
  void clear() noexcept {
    keys_ = {};
    most_ = 0;
    searched_ = false;
  }
  friend bool operator==(const dot_index&, const dot_index&) noexcept { return true; }

private:
  sorted_map<dot, K> keys_;
  std::size_t most_ = 0;  ///< entries it may have; 0 while there is none
  bool searched_ = false;
};

}  // namespace weft::crdt
