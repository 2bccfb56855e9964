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
    return several_.empty() ? std::span<const entry_index>{&only_, only_ == none ? 0U : 1U}
                            : std::span<const entry_index>{several_};
  }
  [[nodiscard]] entry_index back() const { return all().back(); }
  /// Pre: greater than all.
  void push_back(entry_index e) {
    if (!several_.empty()) [[likely]] {
      several_.push_back(e);
    } else if (only_ == none) {
      only_ = e;
    } else {
      several_ = {only_, e};
    }
  }
  /// Pre: not empty.
  void pop_back() {
    if (several_.size() > 1) {
      several_.pop_back();
      return;
    }
    several_.clear();
    only_ = none;
  }

private:
  static constexpr entry_index none = 0xffff'ffffU;

  entry_index only_ = none;  // while there is one; when there were more, they are in the vector
  std::vector<entry_index> several_;
};

}  // namespace weft::crdt
