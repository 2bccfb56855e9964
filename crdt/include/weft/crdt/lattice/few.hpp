// SPDX-License-Identifier: MIT
// few<T>: an ascending list of small plain values of which there is mostly one, kept without
// allocation.
//
// Invariant: up to one value stands inline, more stand in an array of their own. A plain value;
// concurrent const calls are safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft::crdt {

template <class T>
class few {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

public:
  few() noexcept : one_{} {}
  explicit few(std::span<const T> all) : one_{} { replace(0, 0, all); }
  explicit few(const std::vector<T>& all) : few(std::span<const T>(all)) {}
  few(const few& other) : size_(other.size_), one_(other.one_) {
    if (other.many_ != nullptr) {
      many_ = new T[size_];
      capacity_ = size_;
      std::copy_n(other.many_, size_, many_);
    }
  }
  few(few&& other) noexcept
      : size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 1)),
        many_(std::exchange(other.many_, nullptr)),
        one_(other.one_) {}
  few& operator=(const few& other) {
    if (this != &other) {
      replace(0, size_, other.view());
    }
    return *this;
  }
  few& operator=(few&& other) noexcept {
    if (this != &other) {
      delete[] many_;
      size_ = std::exchange(other.size_, 0);
      capacity_ = std::exchange(other.capacity_, 1);
      many_ = std::exchange(other.many_, nullptr);
      one_ = other.one_;
    }
    return *this;
  }
  ~few() { delete[] many_; }

  [[nodiscard]] std::span<const T> view() const noexcept { return {data(), size_}; }
  [[nodiscard]] const T* begin() const noexcept { return data(); }
  [[nodiscard]] const T* end() const noexcept { return data() + size_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return data()[i]; }
  [[nodiscard]] const T& front() const noexcept { return data()[0]; }
  [[nodiscard]] const T& back() const noexcept { return data()[size_ - 1]; }

  /// Puts `with`, which is not of this list, in the place of `count` values from `at` on.
  /// O(values).
  void replace(std::size_t at, std::size_t count, std::span<const T> with) {
    const std::size_t size = size_ - count + with.size();
    const std::size_t after = size_ - at - count;
    const T* const from = data();
    if (size == 1 && many_ == nullptr) {
      one_ = with.empty() ? one_ : with.front();
      size_ = 1;
      return;
    }
    if (size <= 1 || size > capacity_) {
      few bigger;
      if (size > 1) {
        bigger.capacity_ = static_cast<std::uint32_t>(std::max(size, std::size_t{size_} * 2));
        bigger.many_ = new T[bigger.capacity_];
      }
      T* const to = bigger.slots();
      std::copy_n(from, at, to);
      std::copy(with.begin(), with.end(), to + at);
      std::copy_n(from + at + count, after, to + at + with.size());
      bigger.size_ = static_cast<std::uint32_t>(size);
      swap(bigger);
      return;
    }
    T* const here = many_ + at;
    if (with.size() > count) {
      std::copy_backward(here + count, here + count + after, many_ + size);
    } else {
      std::copy(here + count, here + count + after, here + with.size());
    }
    std::copy(with.begin(), with.end(), here);
    size_ = static_cast<std::uint32_t>(size);
  }
  void push_back(const T& v) {
    const T copy = v;
    replace(size_, 0, {&copy, 1});
  }

  friend bool operator==(const few& a, const few& b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

private:
  [[nodiscard]] const T* data() const noexcept { return many_ == nullptr ? &one_ : many_; }
  [[nodiscard]] T* slots() noexcept { return many_ == nullptr ? &one_ : many_; }
  void swap(few& other) noexcept {
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    std::swap(many_, other.many_);
    std::swap(one_, other.one_);
  }

  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 1;  ///< 1 while the one value stands inline
  T* many_ = nullptr;
  T one_;
};

}  // namespace weft::crdt
