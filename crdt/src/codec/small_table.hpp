// SPDX-License-Identifier: MIT
// small_table: a growing array whose first elements need no memory of their own.
//
// For the tables of one decoding: nearly every update names one replica and one container, and
// then nothing is allocated. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>
#include <vector>

namespace weft::crdt {

template <class T, std::size_t Near>
class small_table {
  static_assert(std::is_trivially_copyable_v<T>);

public:
  void push_back(const T& element) {
    if (size_ < Near) {
      near_[size_] = element;
    } else {
      far_.push_back(element);
    }
    ++size_;
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] T& operator[](std::size_t i) { return i < Near ? near_[i] : far_[i - Near]; }
  [[nodiscard]] const T& operator[](std::size_t i) const {
    return i < Near ? near_[i] : far_[i - Near];
  }

private:
  std::array<T, Near> near_;  // uninitialised beyond size_
  std::size_t size_ = 0;
  std::vector<T> far_;
};

}  // namespace weft::crdt
