// SPDX-License-Identifier: MIT
// heads: operations that no other one follows, ascending by local index.
//
// New ones come at the end. A merge takes some out, mostly among the oldest or the newest: what
// stays closes the gap from its shorter side, so that a merge among thousands of open heads does
// not move them all. Not thread-safe.
#pragma once

#include "history/local_index.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace weft::crdt {

class heads {
public:
  [[nodiscard]] const local_index* begin() const noexcept { return all_.data() + first_; }
  [[nodiscard]] const local_index* end() const noexcept { return all_.data() + all_.size(); }
  [[nodiscard]] std::size_t size() const noexcept { return all_.size() - first_; }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] local_index front() const { return all_[first_]; }
  [[nodiscard]] local_index back() const { return all_.back(); }
  [[nodiscard]] std::vector<local_index> to_vector() const { return {begin(), end()}; }

  /// Pre: greater than all.
  void push_back(local_index i) { all_.push_back(i); }
  /// Pre: greater than all but the last, whose place it takes.
  void set_back(local_index i) { all_.back() = i; }
  void clear() noexcept {
    all_.clear();
    first_ = 0;
  }
  /// Pre: ascending.
  void assign(std::span<const local_index> ascending) {
    all_.assign(ascending.begin(), ascending.end());
    first_ = 0;
  }
  /// Those below `end` stay; with them come `others`, in any order, which may be among them.
  void restore(local_index end, std::span<const local_index> others) {
    const auto gone = std::lower_bound(begin(), this->end(), end);
    all_.resize(static_cast<std::size_t>(gone - all_.data()));
    all_.insert(all_.end(), others.begin(), others.end());
    const auto start = all_.begin() + static_cast<std::ptrdiff_t>(first_);
    std::sort(start, all_.end());
    all_.erase(std::unique(start, all_.end()), all_.end());
  }
  /// Takes `i` out. False: it is not there. O(log n) and its distance from the nearer end.
  bool erase(local_index i) {
    if (size() <= few) {
      return erase_of_few(i);
    }
    const local_index* const at = std::lower_bound(begin(), end(), i);
    if (at == end() || *at != i) {
      return false;
    }
    close(at, at + 1);
    return true;
  }
  /// Takes out `a` and `b`, if they are there, and calls gone(i) for each; then appends `fresh`.
  /// True: it is alone. Pre: `fresh` is greater than all.
  template <class F>
  bool replace_two(local_index a, local_index b, local_index fresh, F&& gone) {
    if (size() > few) {
      for (const local_index i : {a, b}) {
        if (erase(i)) {
          gone(i);
        }
      }
      all_.push_back(fresh);
      return size() == 1;
    }
    local_index* const first = all_.data() + first_;
    local_index* kept = first;
    for (const local_index *i = first, *const stop = end(); i != stop; ++i) {
      if (*i == a || *i == b) {
        gone(*i);
      } else {
        *kept++ = *i;
      }
    }
    const bool alone = kept == first;
    if (kept == end()) {
      all_.push_back(fresh);
      return alone;
    }
    *kept++ = fresh;
    if (kept != end()) {
      all_.pop_back();
    }
    return alone;
  }
  /// Takes out those below `end` for which `goes(i)`. O(those below, their distance from the end).
  template <class F>
  void erase_below(local_index end, F&& goes) {
    local_index* const stop =
        all_.data() + (std::lower_bound(begin(), this->end(), end) - all_.data());
    local_index* const kept = std::remove_if(all_.data() + first_, stop, std::forward<F>(goes));
    close(kept, stop);
  }

private:
  static constexpr std::size_t few = 4;

  bool erase_of_few(local_index i) {
    const local_index* const found = std::find(begin(), end(), i);
    if (found == end()) {
      return false;
    }
    for (local_index* at = all_.data() + (found - all_.data()); at + 1 != end(); ++at) {
      *at = at[1];
    }
    all_.pop_back();
    return true;
  }
  // Takes out [from, to).
  void close(const local_index* from, const local_index* to) {
    if (from == to) {
      return;
    }
    const auto before = static_cast<std::size_t>(from - begin());
    const auto after = static_cast<std::size_t>(end() - to);
    const auto gap = static_cast<std::size_t>(to - from);
    local_index* const data = all_.data();
    if (before < after) {
      std::move_backward(data + first_, data + first_ + before, data + first_ + before + gap);
      first_ += gap;
      if (first_ > all_.size() / 2) {  // the room at the front is not wasted for ever
        all_.erase(all_.begin(), all_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
      }
    } else {
      std::move(data + all_.size() - after, data + all_.size(), data + all_.size() - after - gap);
      all_.resize(all_.size() - gap);
    }
  }

  std::vector<local_index> all_;
  std::size_t first_ = 0;  // what stands before it has gone
};

}  // namespace weft::crdt
