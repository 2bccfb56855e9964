// SPDX-License-Identifier: MIT
// scratch<T>: a list for the length of one merge, whose first few entries need no allocation.
//
// Can neither be copied nor moved. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace weft::crdt {

template <class T>
class scratch {
  static constexpr std::size_t few = std::max<std::size_t>(1, 256 / sizeof(T));

public:
  scratch() noexcept {}  // NOLINT(modernize-use-equals-default): its room stays as it is
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  ~scratch() {
    std::destroy_n(entries_, size_);
    free();
  }

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] T* begin() noexcept { return entries_; }
  [[nodiscard]] T* end() noexcept { return entries_ + size_; }
  [[nodiscard]] T& back() noexcept { return entries_[size_ - 1]; }
  [[nodiscard]] std::span<T> view() noexcept { return {entries_, size_}; }
  void push_back(T entry) {
    if (size_ == capacity_) {
      grow();
    }
    std::construct_at(entries_ + size_, std::move(entry));
    ++size_;
  }
  void pop_back() noexcept { std::destroy_at(entries_ + --size_); }

private:
  void free() noexcept {
    if (entries_ != room_) {
      std::allocator<T>().deallocate(entries_, capacity_);
    }
  }
  void grow() {
    T* const more = std::allocator<T>().allocate(4 * capacity_);
    std::uninitialized_move_n(entries_, size_, more);
    std::destroy_n(entries_, size_);
    free();
    entries_ = more;
    capacity_ *= 4;
  }

  union {
    T room_[few];  // NOLINT(modernize-avoid-c-arrays)
  };
  T* entries_ = room_;
  std::size_t size_ = 0;
  std::size_t capacity_ = few;
};

}  // namespace weft::crdt
