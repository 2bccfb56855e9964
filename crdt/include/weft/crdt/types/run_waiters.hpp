// SPDX-License-Identifier: MIT
// run_waiters: runs that wait for one element each, by the key of that element.
//
// The first one is kept without allocation: a delta mostly is one run that waits for what it hangs
// on. A plain value; concurrent const calls are safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace weft::crdt {

class run_waiters {
public:
  using run = std::uint32_t;

  [[nodiscard]] bool empty() const noexcept { return !one_ && others_.empty(); }
  /// O(log n).
  void add(std::uint64_t key, run r) {
    if (!one_) {
      one_.emplace(key, r);
    } else {
      others_.emplace(key, r);
    }
  }
  /// Removes those whose keys are in [from, to) and calls f(run) for each. O(log n), and O(1) each.
  template <class F>
  void take(std::uint64_t from, std::uint64_t to, F&& f) {
    if (one_ && one_->first >= from && one_->first < to) {
      f(one_->second);
      one_.reset();
    }
    const auto begin = others_.lower_bound(from);
    auto end = begin;
    for (; end != others_.end() && end->first < to; ++end) {
      f(end->second);
    }
    others_.erase(begin, end);
  }

private:
  std::optional<std::pair<std::uint64_t, run>> one_;
  std::multimap<std::uint64_t, run> others_;
};

}  // namespace weft::crdt
