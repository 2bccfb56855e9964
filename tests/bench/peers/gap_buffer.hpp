// SPDX-License-Identifier: MIT
// A bare gap buffer of bytes: the least that an editor of text can do. The floor of the local rows.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace weft::bench {

class gap_buffer {
public:
  [[nodiscard]] std::size_t size() const noexcept { return capacity_ - (gap_end_ - gap_first_); }

  /// Pre: `at + erased <= size()`.
  void replace(std::size_t at, std::size_t erased, std::string_view inserted) {
    if (at != gap_first_) move_gap(at);
    gap_end_ += erased;
    if (gap_end_ - gap_first_ < inserted.size()) grow(inserted.size());
    if (inserted.size() == 1) {  // a key: not worth a call
      data_[gap_first_++] = inserted.front();
      return;
    }
    if (inserted.empty()) return;
    std::memcpy(data_.get() + gap_first_, inserted.data(), inserted.size());
    gap_first_ += inserted.size();
  }

  [[nodiscard]] std::string to_string() const {
    std::string out(data_.get(), gap_first_);
    out.append(data_.get() + gap_end_, capacity_ - gap_end_);
    return out;
  }

private:
  void move_gap(std::size_t to) noexcept {
    if (to < gap_first_) {
      const std::size_t moved = gap_first_ - to;
      std::memmove(data_.get() + gap_end_ - moved, data_.get() + to, moved);
      gap_end_ -= moved;
    } else {
      const std::size_t moved = to - gap_first_;
      std::memmove(data_.get() + gap_first_, data_.get() + gap_end_, moved);
      gap_end_ += moved;
    }
    gap_first_ = to;
  }

  void grow(std::size_t needed) {
    const std::size_t after = capacity_ - gap_end_;
    const std::size_t capacity = std::max(2 * capacity_, gap_first_ + needed + after + 64);
    std::unique_ptr<char[]> moved(new char[capacity]);
    if (capacity_ > 0) {
      std::memcpy(moved.get(), data_.get(), gap_first_);
      std::memcpy(moved.get() + capacity - after, data_.get() + gap_end_, after);
    }
    data_ = std::move(moved);
    gap_end_ = capacity - after;
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t gap_first_ = 0;
  std::size_t gap_end_ = 0;
};

}  // namespace weft::bench
