// SPDX-License-Identifier: MIT
// run_list: runs of operations by local index, 16 bytes each.
//
// Invariants: runs ascend by local index and do not overlap; neighbours that can be one run are one
// (up to max_run operations). Blocks of runs never move once they are full, so growth copies
// nothing. Runs are packed, so they are handed out by value. Not thread-safe.
#pragma once

#include "content/sequence_run.hpp"
#include "weft/crdt/assert.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace weft::crdt {

/// The part of a run that holds local indexes [from, from + length). `content` stays that of the
/// whole run. Pre: inside the run.
[[nodiscard]] inline sequence_run part_of(const sequence_run& run, local_index from,
                                          std::uint32_t length) noexcept {
  const std::uint32_t skip = from - run.first;
  sequence_run part = run;
  part.first = from;
  part.length = length;
  if (run.kind == run_kind::insert) {
    part.position = run.position + skip;
  } else if (run.kind == run_kind::erase_backward) {
    // The upper positions go first.
    part.position = run.position + (run.length - skip - length);
    if (length == 1) {
      part.kind = run_kind::erase_forward;
    }
  }
  return part;
}

/// What of a run lies inside of `range`. Pre: something does.
[[nodiscard]] inline sequence_run cut(const sequence_run& run, index_range range) noexcept {
  const local_index end = run.first + run.length;
  if (run.first >= range.first && end <= range.end) [[likely]] {
    return run;
  }
  const local_index from = std::max(run.first, range.first);
  return part_of(run, from, std::min(end, range.end) - from);
}

namespace detail {
// An erase of length 1 has no direction yet, so it joins either way.
[[nodiscard]] inline bool join_erase(sequence_run& last, const sequence_run& run) noexcept {
  const bool last_open = last.length == 1;
  const bool run_open = run.length == 1;
  const bool last_forward = last.kind == run_kind::erase_forward;
  const bool run_forward = run.kind == run_kind::erase_forward;
  if ((last_open || last_forward) && (run_open || run_forward) && run.position == last.position) {
    last.kind = run_kind::erase_forward;
    last.length += run.length;
    return true;
  }
  if ((last_open || !last_forward) && (run_open || !run_forward) &&
      run.position + run.length == last.position) {
    last.kind = run_kind::erase_backward;
    last.position = run.position;
    last.length += run.length;
    return true;
  }
  return false;
}
}  // namespace detail

inline constexpr std::uint32_t max_run = (1U << 30U) - 1;  ///< operations in one run

/// Makes one run of `last` and the operations right after it, if they can be one.
[[nodiscard]] inline bool join(sequence_run& last, const sequence_run& run) noexcept {
  if (last.first + last.length != run.first || run.length > max_run - last.length) {
    return false;
  }
  if (run.kind != run_kind::insert && last.kind != run_kind::insert) {
    return detail::join_erase(last, run);
  }
  if (run.kind != last.kind || run.position != last.position + last.length) {
    return false;
  }
  last.length += run.length;
  return true;
}

class run_list {
public:
  /// Appends, or extends the last run. Pre: `run.first` is past the end of the last one, its
  /// content is below 2^32; an insertion is no longer than max_run.
  void push(const sequence_run& run) { push(run, run.content); }
  /// The same with another content than the run's own: a copy of a run that was just made would
  /// wait for its parts.
  void push(const sequence_run& run, std::uint64_t content) {
    if (run.length > max_run) [[unlikely]] {
      push_long(run, content);
    } else if (size_ == 0 || !extend(run)) {
      append(run, content);
    }
  }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] sequence_run operator[](std::size_t i) const { return unpack(at(i)); }
  [[nodiscard]] sequence_run back() const { return unpack(at(size_ - 1)); }
  [[nodiscard]] local_index first_of(std::size_t i) const { return at(i).first; }
  [[nodiscard]] local_index end_of(std::size_t i) const { return at(i).first + at(i).length(); }
  /// First local index past the last run; 0 if there is none.
  [[nodiscard]] local_index end() const noexcept {
    return size_ == 0 ? 0 : last_->first + last_->length();
  }
  /// Place of the first run that ends after `i`. O(log(distance from the end)): questions are
  /// mostly about what came last.
  [[nodiscard]] std::size_t find(local_index i) const { return find(i, size_); }
  /// The same. O(log(distance from place `near`)).
  [[nodiscard]] std::size_t find(local_index i, std::size_t near) const {
    if (near < size_ && first_of(near) <= i && i < end_of(near)) {
      return near;
    }
    // Widens the search from there. Runs below `low` begin at or before `i`, those from `high` on
    // after it.
    std::size_t low = 0;
    std::size_t high = std::min(near, size_);
    std::size_t step = 1;
    if (high < size_ && first_of(high) <= i) {
      low = high;
      while (step < size_ - low && first_of(low + step) <= i) {
        low += step;
        step *= 2;
      }
      high = low + std::min(step, size_ - low);
      ++low;
    } else {
      while (step < high && first_of(high - step) > i) {
        high -= step;
        step *= 2;
      }
      low = high - std::min(step, high);
    }
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if (first_of(middle) <= i) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    // Only the run before that can hold it.
    return low > 0 && end_of(low - 1) > i ? low - 1 : low;
  }
  /// Calls f(i, run) for the runs from place `i` on until it gives false; the place it did so at.
  template <class F>
  std::size_t walk(std::size_t i, F&& f) const {
    while (i < size_) {
      const packed_run* const block = blocks_[i >> block_bits].get();
      const std::size_t stop = std::min(size_, (i | (block_size - 1)) + 1);
      for (; i < stop; ++i) {
        if (!f(i, unpack(block[i % block_size]))) {
          return i;
        }
      }
    }
    return i;
  }
  /// Calls f(part, run) for the parts of runs inside `range`, ascending.
  template <class F>
  void for_each_in(index_range range, F&& f) const {
    walk(find(range.first), [&](std::size_t, const sequence_run& run) {
      if (run.first >= range.end) {
        return false;
      }
      f(cut(run, range), run);
      return true;
    });
  }

  /// The list as it is now, for `restore`.
  struct saved {
    std::size_t size = 0;
    sequence_run last;
  };
  [[nodiscard]] saved save() const { return {size_, size_ == 0 ? sequence_run{} : back()}; }
  void restore(const saved& to);
  void check_invariants() const;

private:
  // Length in the lower 30 bits, kind above.
  struct packed_run {
    local_index first = 0;
    std::uint32_t position = 0;
    std::uint32_t kind_and_length = 0;
    std::uint32_t content = 0;

    [[nodiscard]] std::uint32_t length() const noexcept { return kind_and_length & max_run; }
    [[nodiscard]] run_kind kind() const noexcept {
      return static_cast<run_kind>(kind_and_length >> 30U);
    }
    void set(run_kind kind, std::uint32_t length) noexcept {
      kind_and_length = static_cast<std::uint32_t>(kind) << 30U | length;
    }
  };
  static constexpr std::size_t block_bits = 8;
  static constexpr std::size_t block_size = std::size_t{1} << block_bits;
  static constexpr std::size_t smallest_block = 4;

  [[nodiscard]] static sequence_run unpack(const packed_run& run) noexcept {
    return {run.first, run.position, run.length(), run.kind(), run.content};
  }
  [[nodiscard]] const packed_run& at(std::size_t i) const {
    return blocks_[i >> block_bits][i % block_size];
  }
  [[nodiscard]] packed_run& at(std::size_t i) { return blocks_[i >> block_bits][i % block_size]; }

  void append(const sequence_run& run, std::uint64_t content) {
    if (size_ == capacity_) [[unlikely]] {
      grow();
    }
    WEFT_ASSERT(content <= UINT32_MAX, "the text that a log holds is shorter than 2^32 bytes");
    last_ = &at(size_++);
    last_->first = run.first;
    last_->position = run.position;
    last_->set(run.kind, run.length);
    last_->content = static_cast<std::uint32_t>(content);
  }
  [[nodiscard]] bool extend(const sequence_run& run) noexcept {
    // Mostly it goes on elsewhere.
    const bool inserts = run.kind == run_kind::insert;
    if (inserts != (last_->kind() == run_kind::insert) ||
        (inserts && run.position != last_->position + last_->length())) {
      return false;
    }
    sequence_run last = unpack(*last_);
    if (!join(last, run)) {
      return false;
    }
    last_->position = last.position;
    last_->set(last.kind, last.length);
    return true;
  }
  void push_long(const sequence_run& run, std::uint64_t content);
  void grow();
  std::vector<std::unique_ptr<packed_run[]>> blocks_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  packed_run* last_ = nullptr;  // valid while there is one
};

}  // namespace weft::crdt
