// SPDX-License-Identifier: MIT
// scratch<T>: a list for the length of one merge, whose first few entries need no allocation.
//
// Can neither be copied nor moved. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace weft::crdt {

template <class T>
class scratch {
  static constexpr std::size_t few = std::max<std::size_t>(1, 256 / sizeof(T));

public:
  scratch() noexcept {}  // NOLINT(modernize-use-equals-default): its room stays as it is
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  ~scratch() { std::destroy_n(room_, inside_); }

  [[nodiscard]] bool empty() const noexcept { return inside_ == 0 && many_.empty(); }
  [[nodiscard]] std::span<T> view() noexcept {
    return many_.empty() ? std::span<T>(room_, inside_) : std::span<T>(many_);
  }
  void push_back(T entry) {
    if (inside_ < few && many_.empty()) {
      std::construct_at(room_ + inside_, std::move(entry));
      ++inside_;
      return;
    }
    if (many_.empty()) {
      many_.reserve(4 * few);
      many_.assign(std::move_iterator(room_), std::move_iterator(room_ + inside_));
    }
    many_.push_back(std::move(entry));
  }

private:
  union {
    T room_[few];  // NOLINT(modernize-avoid-c-arrays)
  };
  std::size_t inside_ = 0;
  std::vector<T> many_;  // all of them, when there are more
};

}  // namespace weft::crdt
