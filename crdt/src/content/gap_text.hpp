// SPDX-License-Identifier: MIT
// gap_text: an ASCII text while it is made from nothing by very many edits, most of them near the
// one before.
//
// One piece of memory with a gap where the last edit was: an edit there is a copy, and nothing is
// summed up. Elsewhere the gap has to move, which is O(distance): `far` says when that has been
// more than a rope would take. A position is a byte. Not thread-safe. docs/internals/rope.md.
#pragma once

#include "weft/crdt/assert.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace weft::crdt {

class gap_text {
public:
  [[nodiscard]] std::size_t size() const noexcept { return room_ - (gap_end_ - gap_); }
  /// `readable` bytes can be read from where the text begins, at least its own.
  void insert(std::size_t at, std::string_view text, std::size_t readable) {
    WEFT_ASSERT(at <= size(), "an insertion lies inside of the text");
    go_to(at);
    if (gap_end_ - gap_ < std::max(text.size(), short_text)) [[unlikely]] {
      grow(text.size());
    }
    if (text.size() <= short_text && readable >= short_text) {
      std::memcpy(data_.get() + gap_, text.data(), short_text);  // of one size: no call
    } else {
      std::memcpy(data_.get() + gap_, text.data(), text.size());
    }
    gap_ += text.size();
  }
  void erase(std::size_t at, std::size_t length) {
    WEFT_ASSERT(at <= size() && length <= size() - at, "an erasure lies inside of the text");
    go_to(at);
    gap_end_ += length;
  }
  /// Whether the gap has moved too far for so few edits.
  [[nodiscard]] bool far() const noexcept { return moved_ > allowed_; }
  /// The text. Valid until the next edit.
  [[nodiscard]] std::string_view text() noexcept {
    const std::size_t length = size();
    move(length);
    return {data_.get(), length};
  }

private:
  static constexpr std::size_t short_text = 16;
  static constexpr std::size_t short_move = 32;
  // Bytes that the gap may move: at first, and for each edit.
#ifdef WEFT_DEEP_CHECKS
  static constexpr std::uint64_t allowed_at_first = 64;
  static constexpr std::uint64_t allowed_an_edit = 1;
#else
  static constexpr std::uint64_t allowed_at_first = std::uint64_t{64} << 10U;
  static constexpr std::uint64_t allowed_an_edit = 1024;
#endif

  void go_to(std::size_t at) {
    allowed_ += allowed_an_edit;
    if (at != gap_) {
      moved_ += at < gap_ ? gap_ - at : at - gap_;
      move(at);
    }
  }
  void move(std::size_t to) noexcept {
    char* const data = data_.get();
    // Mostly it goes a few bytes: then all that is copied too much lands in the gap.
    const auto is_short = [this](std::size_t count, std::size_t readable) {
      return count <= short_move && std::min(readable, gap_end_ - gap_) >= short_move;
    };
    if (to < gap_) {
      const std::size_t count = gap_ - to;
      if (is_short(count, gap_)) {
        copy_short(data + gap_end_ - short_move, data + gap_ - short_move);
      } else {
        std::memmove(data + gap_end_ - count, data + to, count);
      }
      gap_end_ -= count;
    } else if (to > gap_) {
      const std::size_t count = to - gap_;
      if (is_short(count, room_ - gap_end_)) {
        copy_short(data + gap_, data + gap_end_);
      } else {
        std::memmove(data + gap_, data + gap_end_, count);
      }
      gap_end_ += count;
    }
    gap_ = to;
  }
  // Of one size: no call.
  static void copy_short(char* to, const char* from) noexcept {
    std::array<char, short_move> piece;
    std::memcpy(piece.data(), from, short_move);
    std::memcpy(to, piece.data(), short_move);
  }
  void grow(std::size_t needed) {
    const std::size_t after = room_ - gap_end_;
    const std::size_t room = std::max(2 * room_, gap_ + needed + after + 4 * short_text);
    auto larger = std::make_unique_for_overwrite<char[]>(room);
    if (room_ != 0) {
      std::memcpy(larger.get(), data_.get(), gap_);
      std::memcpy(larger.get() + room - after, data_.get() + gap_end_, after);
    }
    data_ = std::move(larger);
    gap_end_ = room - after;
    room_ = room;
  }

  std::unique_ptr<char[]> data_;
  std::size_t room_ = 0;
  std::size_t gap_ = 0;
  std::size_t gap_end_ = 0;
  std::uint64_t moved_ = 0;
  std::uint64_t allowed_ = allowed_at_first;
};

}  // namespace weft::crdt
