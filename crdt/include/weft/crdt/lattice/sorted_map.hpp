// SPDX-License-Identifier: MIT
// sorted_map and sorted_set: what sets and maps of this library keep their entries in.
//
// Entries stand ascending in chunks of a few kilobytes: walks are as fast as over an array, and one
// insertion moves at most a chunk. Invariant: no chunk is empty, none is longer than `full`, keys
// ascend strictly. Cost: find and insert O(log n + chunk), walks O(n). A plain value; references
// hold until the next insertion or erasure; concurrent const calls are safe.
#pragma once

#include "weft/crdt/assert.hpp"
#include "weft/crdt/lattice/roomy.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft::crdt {

/// The common part of both. `KeyOf` gives the key of an entry.
template <class Entry, class KeyOf>
class sorted_chunks {
  static_assert(!std::is_same_v<Entry, bool>, "a set of bool is two flags");
  using chunk = roomy<Entry>;
  static constexpr std::size_t full = std::max<std::size_t>(16, 4096 / sizeof(Entry));

public:
  using value_type = Entry;

  class const_iterator {
  public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Entry;
    using difference_type = std::ptrdiff_t;
    using pointer = const Entry*;
    using reference = const Entry&;

    const_iterator() = default;
    const Entry& operator*() const noexcept { return *at_; }
    const Entry* operator->() const noexcept { return at_; }
    const_iterator& operator++() noexcept {
      if (++at_ == last_) {
        ++chunk_;
        load();
      }
      return *this;
    }
    const_iterator operator++(int) noexcept {
      const const_iterator old = *this;
      ++*this;
      return old;
    }
    friend bool operator==(const const_iterator& a, const const_iterator& b) noexcept {
      return a.at_ == b.at_;
    }

  private:
    friend sorted_chunks;
    const_iterator(const chunk* first, const chunk* end) : chunk_(first), end_(end) { load(); }
    void load() noexcept {
      at_ = chunk_ == end_ ? nullptr : chunk_->data();
      last_ = chunk_ == end_ ? nullptr : at_ + chunk_->size();
    }
    const chunk* chunk_ = nullptr;
    const chunk* end_ = nullptr;
    const Entry* at_ = nullptr;
    const Entry* last_ = nullptr;
  };

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] const_iterator begin() const noexcept {
    return {chunks_.data(), chunks_.data() + chunks_.size()};
  }
  [[nodiscard]] const_iterator end() const noexcept { return {}; }
  [[nodiscard]] const Entry& back() const noexcept { return chunks_.back().back(); }

  template <class K>
  [[nodiscard]] const_iterator find(const K& key) const {
    const_iterator at = lower_bound(key);
    return at == end() || key < KeyOf{}(*at) ? end() : at;
  }
  /// The first entry whose key is not less.
  template <class K>
  [[nodiscard]] const_iterator lower_bound(const K& key) const {
    const place p = place_of(key);
    const_iterator at;
    if (p.chunk != chunks_.size()) {
      at = const_iterator(chunks_.data() + p.chunk, chunks_.data() + chunks_.size());
      at.at_ += p.at;
    }
    return at;
  }
  template <class K>
  [[nodiscard]] bool contains(const K& key) const {
    return find(key) != end();
  }
  /// Null when it is not there. The key of the entry must stay.
  template <class K>
  [[nodiscard]] Entry* find_entry(const K& key) {
    const place p = place_of(key);
    if (p.chunk == chunks_.size() || key < KeyOf{}(chunks_[p.chunk][p.at])) {
      return nullptr;
    }
    return &chunks_[p.chunk][p.at];
  }

  /// Adds an entry unless its key is there; says where it is and whether it is new.
  std::pair<Entry*, bool> insert(Entry entry) {
    const auto& key = KeyOf{}(entry);
    place p = place_of(key);
    if (p.chunk == chunks_.size()) {
      push_back(std::move(entry));
      return {&chunks_.back().back(), true};
    }
    if (!(key < KeyOf{}(chunks_[p.chunk][p.at]))) {
      return {&chunks_[p.chunk][p.at], false};
    }
    if (chunks_[p.chunk].size() == full) {
      split(p.chunk);
      p = place_of(key);
    }
    chunk& home = chunks_[p.chunk];
    ++size_;
    return {&*home.insert(home.begin() + static_cast<std::ptrdiff_t>(p.at), std::move(entry)),
            true};
  }
  /// Pre: its key is greater than all here.
  void push_back(Entry entry) {
    if (chunks_.empty() || chunks_.back().size() >= full) {
      chunks_.emplace_back();
    }
    chunks_.back().push_back(std::move(entry));
    ++size_;
  }
  template <class K>
  bool erase(const K& key) {
    const place p = place_of(key);
    if (p.chunk == chunks_.size() || key < KeyOf{}(chunks_[p.chunk][p.at])) {
      return false;
    }
    chunk& home = chunks_[p.chunk];
    home.erase(home.begin() + static_cast<std::ptrdiff_t>(p.at));
    --size_;
    shrink(p.chunk);
    return true;
  }
  template <class Pred>
  std::size_t erase_if(Pred&& gone) {
    const std::size_t before = size_;
    size_ = 0;
    for (chunk& c : chunks_) {
      std::erase_if(c, gone);
      size_ += c.size();
    }
    std::erase_if(chunks_, [](const chunk& c) { return c.empty(); });
    return before - size_;
  }
  /// Calls f(entry) for each; f may change all but the key.
  template <class F>
  void for_each_entry(F&& f) {
    for (chunk& c : chunks_) {
      for (Entry& e : c) {
        f(e);
      }
    }
  }
  /// Adds entries that ascend and whose keys are not here; moves out of them. O(new log n) for a
  /// few, else O(chunks that get some).
  void insert_ascending(std::span<Entry> fresh) {
    if (fresh.size() <= 1 || fresh.size() * 16 < chunks_.size()) {
      for (Entry& e : fresh) {
        insert(std::move(e));
      }
      return;
    }
    std::vector<chunk> old = std::exchange(chunks_, {});
    chunks_.reserve(old.size() + fresh.size() / (full / 2) + 1);
    size_ += fresh.size();
    if (old.empty()) {
      old.emplace_back();
    }
    for (chunk& c : old) {
      std::size_t here = fresh.size();
      if (&c != &old.back()) {
        const auto& last = KeyOf{}(c.back());
        here = static_cast<std::size_t>(
            std::find_if_not(fresh.begin(), fresh.end(),
                             [&](const Entry& e) { return KeyOf{}(e) < last; }) -
            fresh.begin());
      }
      append_merged(std::move(c), fresh.first(here));
      fresh = fresh.subspan(here);
    }
  }

  /// Walks this and another side by side: mine(entry), both(entry, other's), theirs(other's). The
  /// calls may change entries of this one, but neither keys nor the number of entries.
  template <class Mine, class Both, class Theirs>
  void walk_with(const sorted_chunks& other, Mine&& mine, Both&& both, Theirs&& theirs) {
    auto at = other.begin();
    const auto last = other.end();
    for_each_entry([&](Entry& e) {
      while (at != last && KeyOf{}(*at) < KeyOf{}(e)) {
        theirs(*at);
        ++at;
      }
      if (at != last && !(KeyOf{}(e) < KeyOf{}(*at))) {
        both(e, *at);
        ++at;
      } else {
        mine(e);
      }
    });
    for (; at != last; ++at) {
      theirs(*at);
    }
  }

  friend bool operator==(const sorted_chunks& a, const sorted_chunks& b) {
    return a.size_ == b.size_ && std::equal(a.begin(), a.end(), b.begin());
  }

private:
  struct place {
    std::size_t chunk;
    std::size_t at;
  };
  // Of the first entry that is not less than `key`; chunk == number of chunks when there is none.
  template <class K>
  [[nodiscard]] place place_of(const K& key) const {
    const auto home = std::partition_point(chunks_.begin(), chunks_.end(),
                                           [&](const chunk& c) { return KeyOf{}(c.back()) < key; });
    if (home == chunks_.end()) {
      return {chunks_.size(), 0};
    }
    const auto at = std::partition_point(home->begin(), home->end(),
                                         [&](const Entry& e) { return KeyOf{}(e) < key; });
    return {static_cast<std::size_t>(home - chunks_.begin()),
            static_cast<std::size_t>(at - home->begin())};
  }
  void split(std::size_t which) {
    chunk& left = chunks_[which];
    const auto middle = left.begin() + static_cast<std::ptrdiff_t>(left.size() / 2);
    chunk right;
    right.reserve(full);
    right.assign(std::make_move_iterator(middle), std::make_move_iterator(left.end()));
    left.erase(middle, left.end());
    chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(which) + 1, std::move(right));
  }
  // Puts a chunk and entries that belong into it at the end, as one chunk or as equal ones.
  void append_merged(chunk mine, std::span<Entry> fresh) {
    if (fresh.empty()) {
      chunks_.push_back(std::move(mine));
      return;
    }
    const std::size_t total = mine.size() + fresh.size();
    const std::size_t pieces = (total + full - 1) / full;
    std::size_t left = total;
    auto at = mine.begin();
    auto next = fresh.begin();
    for (std::size_t piece = pieces; piece != 0; --piece) {
      const std::size_t here = left / piece;
      left -= here;
      chunk& home = chunks_.emplace_back();
      home.reserve(std::min(full, here + here / 8));
      while (home.size() != here) {
        const bool take =
            next != fresh.end() && (at == mine.end() || KeyOf{}(*next) < KeyOf{}(*at));
        home.push_back(std::move(take ? *next++ : *at++));
      }
    }
  }
  // A chunk that ran low joins the next one, so that chunks stay few.
  void shrink(std::size_t which) {
    chunk& low = chunks_[which];
    if (low.empty()) {
      chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(which));
    } else if (low.size() < full / 4 && which + 1 < chunks_.size() &&
               low.size() + chunks_[which + 1].size() <= full / 2) {
      chunk& next = chunks_[which + 1];
      low.insert(low.end(), std::make_move_iterator(next.begin()),
                 std::make_move_iterator(next.end()));
      chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(which) + 1);
    }
  }

  std::vector<chunk> chunks_;
  std::size_t size_ = 0;
};

struct key_is_first {
  template <class P>
  const auto& operator()(const P& entry) const noexcept {
    return entry.first;
  }
};
struct key_is_all {
  template <class E>
  const E& operator()(const E& entry) const noexcept {
    return entry;
  }
};

template <class K, class V>
using sorted_map = sorted_chunks<std::pair<K, V>, key_is_first>;
template <class K>
using sorted_set = sorted_chunks<K, key_is_all>;

/// Walks two ascending ranges side by side and calls one function for each key: mine(a), both(a,
/// b) or theirs(b). `key` gives the key of an entry. Stops when a call returns false.
template <class A, class B, class KeyOf, class Mine, class Theirs, class Both>
bool walk_both(const A& a, const B& b, KeyOf key, Mine&& mine, Theirs&& theirs, Both&& both) {
  auto x = a.begin();
  auto y = b.begin();
  const auto x_end = a.end();
  const auto y_end = b.end();
  while (x != x_end && y != y_end) {
    if (key(*x) < key(*y)) {
      if (!mine(*x)) return false;
      ++x;
    } else if (key(*y) < key(*x)) {
      if (!theirs(*y)) return false;
      ++y;
    } else {
      if (!both(*x, *y)) return false;
      ++x;
      ++y;
    }
  }
  for (; x != x_end; ++x) {
    if (!mine(*x)) return false;
  }
  for (; y != y_end; ++y) {
    if (!theirs(*y)) return false;
  }
  return true;
}

}  // namespace weft::crdt
