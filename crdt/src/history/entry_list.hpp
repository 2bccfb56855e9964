// SPDX-License-Identifier: MIT
// entry_list: the entries of one replica, ascending.
//
// A document may have thousands of replicas that wrote once: the first entry needs no memory of its
// own. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weft::crdt {

using entry_index = std::uint32_t;

class entry_list {
public:
  [[nodiscard]] std::span<const entry_index> all() const noexcept {
    return several_.empty() ? std::span<const entry_index>{&last_, last_ == none ? 0U : 1U}
                            : std::span<const entry_index>{several_};
  }
  /// Pre: not empty.
  [[nodiscard]] entry_index back() const noexcept { return last_; }
  /// Pre: greater than all.
  void push_back(entry_index e) {
    if (!several_.empty()) [[likely]] {
      several_.push_back(e);
    } else if (last_ != none) {
      several_ = {last_, e};
    }
    last_ = e;
  }
  /// Pre: not empty.
  void pop_back() {
    if (several_.empty()) {
      last_ = none;
      return;
    }
    several_.pop_back();
    last_ = several_.back();
    if (several_.size() == 1) {
      several_.clear();
    }
  }

private:
  static constexpr entry_index none = 0xffff'ffffU;

  entry_index last_ = none;
  std::vector<entry_index> several_;  // all of them, if there are more
};

}  // namespace weft::crdt
