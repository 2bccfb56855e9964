// SPDX-License-Identifier: MIT
// typing: what a user types at one place before it stands in any structure.
//
// A keystroke mostly continues the one before it. So a run of them is gathered here, and enters the
// graph, the log, the effect log and the rope as one run: when an edit does not continue it, when
// the buffer is full, or when anything but the length is asked of the document (see
// document::core_owner). Nobody can tell the difference, so nothing is gathered while a listener
// or an observer wants to hear of each transaction.
//
// Invariant: the run gathered is one that run_list::push would make of its keystrokes.
#pragma once

#include "content/sequence_run.hpp"
#include "weft/crdt/assert.hpp"
#include "weft/crdt/document/event.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weft::crdt {

class typing {
public:
  static constexpr std::uint32_t capacity = 256;  ///< bytes of inserted text

  [[nodiscard]] bool empty() const noexcept { return container_ == none; }
  [[nodiscard]] bool is_in(container_index c) const noexcept { return container_ == c; }
  /// Scalars of the text with what is gathered. Pre: is_in that text.
  [[nodiscard]] std::uint32_t length() const noexcept {
    return inserting() ? before_ + operations() : before_ - operations();
  }
  [[nodiscard]] std::uint32_t operations() const noexcept {
    return inserting() ? next_ - position_ : erased_;
  }
  [[nodiscard]] container_index container() const noexcept { return container_; }
  /// The run; its `first` is not known yet.
  [[nodiscard]] sequence_run run() const noexcept { return {0, position_, operations(), kind_, 0}; }
  [[nodiscard]] std::string_view text() const noexcept { return {buffer_.data(), bytes()}; }

  /// The commonest keystroke: one more character after the last one. False: it is another one.
  bool insert(container_index c, std::uint32_t at, char byte) noexcept {
    // All from `at`, not from `next_`: so no keystroke waits for what the one before has stored.
    const std::uint32_t bytes = at + skew_;
    if (at != next_ || c != container_ || bytes >= capacity ||
        static_cast<unsigned char>(byte) >= 0x80U) {
      return false;
    }
    buffer_[bytes] = byte;
    next_ = at + 1;
    return true;
  }
  bool insert(container_index c, std::uint32_t at, std::string_view utf8,
              std::uint32_t scalars) noexcept {
    if (at != next_ || c != container_ || utf8.size() > capacity - bytes()) {
      return false;
    }
    put(utf8, scalars);
    return true;
  }
  /// Backspace (one scalar) or the Delete key over and over. False: it is another edit, or one that
  /// leaves the text.
  bool erase(container_index c, std::uint32_t at, std::uint32_t count) noexcept {
    if (c != container_ || inserting()) {
      return false;
    }
    if (count == 1 && position_ != 0 && at == position_ - 1 &&
        (kind_ == run_kind::erase_backward || erased_ == 1)) {
      kind_ = run_kind::erase_backward;
      position_ = at;
      ++erased_;
      return true;
    }
    if (at == position_ && (kind_ == run_kind::erase_forward || erased_ == 1) &&
        count <= length() - at) {
      kind_ = run_kind::erase_forward;
      erased_ += count;
      return true;
    }
    return false;
  }

  /// Begins an insertion into a text of `length` scalars. Pre: empty, inside the text, it fits.
  void start_insert(container_index c, std::uint32_t length, std::uint32_t at,
                    std::string_view utf8, std::uint32_t scalars) {
    WEFT_ASSERT(empty() && utf8.size() <= capacity, "one run is gathered at a time");
    container_ = c;
    kind_ = run_kind::insert;
    before_ = length;
    position_ = next_ = at;
    skew_ = 0 - at;
    put(utf8, scalars);
  }
  /// Begins an erasure. Pre: empty, inside the text, `count > 0`.
  void start_erase(container_index c, std::uint32_t length, std::uint32_t at, std::uint32_t count) {
    WEFT_ASSERT(empty(), "one run is gathered at a time");
    container_ = c;
    kind_ = run_kind::erase_forward;
    before_ = length;
    position_ = at;
    erased_ = count;
    next_ = nowhere;  // no insertion goes on here
  }
  void clear() noexcept {
    container_ = none;
    next_ = nowhere;
  }

private:
  static constexpr container_index none = 0xffff'ffffU;
  static constexpr std::uint32_t nowhere = 0xffff'ffffU;  // no text is that long

  [[nodiscard]] bool inserting() const noexcept { return kind_ == run_kind::insert; }
  void put(std::string_view utf8, std::uint32_t scalars) noexcept {
    const auto size = static_cast<std::uint32_t>(utf8.size());
    std::memcpy(buffer_.data() + bytes(), utf8.data(), size);
    next_ += scalars;
    skew_ += size - scalars;
  }
  [[nodiscard]] std::uint32_t bytes() const noexcept { return next_ + skew_; }

  container_index container_ = none;
  std::uint32_t next_ = nowhere;  // where typing goes on
  std::uint32_t skew_ = 0;        // bytes of the inserted text minus next_, modulo 2^32
  std::uint32_t position_ = 0;
  std::uint32_t erased_ = 0;
  std::uint32_t before_ = 0;  // length of the text without the run
  run_kind kind_ = run_kind::insert;
  std::array<char, capacity> buffer_;
};

}  // namespace weft::crdt
