// SPDX-License-Identifier: MIT
// Bounded reading and canonical writing of bytes. Every decoder of the library stands on these.
//
// Integers are LEB128 varints in their shortest form; fixed-width ones are little-endian. A reader
// never reads past its input: the first fault is kept with its offset, later reads yield zeros, so
// a decoder checks `failed()` once per value that it acts upon. Neither type is thread-safe.
#pragma once

#include "weft/crdt/error.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::crdt {

using bytes = std::vector<std::uint8_t>;
using byte_view = std::span<const std::uint8_t>;

[[nodiscard]] inline std::string_view as_chars(byte_view view) noexcept {
  return {reinterpret_cast<const char*>(view.data()), view.size()};
}
[[nodiscard]] inline byte_view as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// 0, -1, 1, -2 become 0, 1, 2, 3.
[[nodiscard]] constexpr std::uint64_t zigzag_of(std::int64_t value) noexcept {
  return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
}

/// Appends to a growing buffer. Amortised O(bytes written).
class byte_writer {
public:
  void u8(std::uint8_t value) { out_.push_back(value); }
  void varint(std::uint64_t value) {
    while (value >= 0x80U) {
      out_.push_back(static_cast<std::uint8_t>(value | 0x80U));
      value >>= 7U;
    }
    out_.push_back(static_cast<std::uint8_t>(value));
  }
  /// A signed one: as zigzag_of it.
  void zigzag(std::int64_t value) { varint(zigzag_of(value)); }
  void u32_le(std::uint32_t value) { fixed(value, 4); }
  void u64_le(std::uint64_t value) { fixed(value, 8); }
  void raw(byte_view view) { out_.insert(out_.end(), view.begin(), view.end()); }
  void raw(std::string_view text) { raw(as_bytes(text)); }
  /// Length as varint, then the bytes.
  void sized(byte_view view) {
    varint(view.size());
    raw(view);
  }
  void sized(std::string_view text) { sized(as_bytes(text)); }

  /// Makes room for so many bytes more, exactly: for one who knows how much comes.
  void reserve_more(std::size_t more) { out_.reserve(out_.size() + more); }
  [[nodiscard]] std::size_t size() const noexcept { return out_.size(); }
  [[nodiscard]] byte_view view() const noexcept { return out_; }
  [[nodiscard]] bytes take() noexcept { return std::move(out_); }

private:
  void fixed(std::uint64_t value, unsigned width) {
    for (unsigned i = 0; i < width; ++i) {
      out_.push_back(static_cast<std::uint8_t>(value >> (8U * i)));
    }
  }
  bytes out_;
};

/// Reads from a buffer that it does not own and that must outlive it. O(1) per value.
class byte_reader {
public:
  explicit byte_reader(byte_view input, std::uint64_t base_offset = 0) noexcept
      : input_(input), base_(base_offset) {}

  [[nodiscard]] std::uint8_t u8() noexcept {
    if (at_ >= input_.size()) {
      fail(errc::truncated, "byte");
      return 0;
    }
    return input_[at_++];
  }
  /// Fails on more than 64 bits and on a form that is not the shortest.
  [[nodiscard]] std::uint64_t varint() noexcept {
    // Most integers are small.
    const std::size_t left = input_.size() - at_;
    if (left != 0 && input_[at_] < 0x80U) [[likely]] {
      return input_[at_++];
    }
    if (left >= 2 && input_[at_ + 1] < 0x80U && input_[at_ + 1] != 0) {
      const std::uint64_t value = (input_[at_] & 0x7fU) | std::uint64_t{input_[at_ + 1]} << 7U;
      at_ += 2;
      return value;
    }
    return long_varint();
  }
  /// Reads the next `Count` varints into `out`, if each of them is one byte and the first is
  /// `first`. False: it is not so, or the end is near, and nothing is read.
  template <std::size_t Count>
  [[nodiscard]] bool small_varints(std::array<std::uint8_t, Count>& out,
                                   std::uint8_t first) noexcept {
    static_assert(Count <= 8, "they are looked at as one word");
    constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080U;
    constexpr unsigned others = 8 * (8 - Count);
    constexpr std::uint64_t long_ones =
        std::endian::native == std::endian::little ? high_bits >> others : high_bits << others;
    std::uint64_t word = 0;
    if (remaining() < sizeof word || input_[at_] != first) {
      return false;
    }
    std::memcpy(&word, &input_[at_], sizeof word);
    if ((word & long_ones) != 0) {
      return false;
    }
    std::memcpy(out.data(), &input_[at_], Count);
    at_ += Count;
    return true;
  }
  /// A varint that must not exceed `max`; else `limit_exceeded`.
  [[nodiscard]] std::uint64_t varint_max(std::uint64_t max, const char* what) noexcept {
    const std::uint64_t value = varint();
    if (value > max) {
      fail(errc::limit_exceeded, what);
      return 0;
    }
    return value;
  }
  /// A count of things of at least `min_bytes_each` bytes that follow: cannot exceed what is left.
  [[nodiscard]] std::size_t count(std::size_t min_bytes_each, const char* what) noexcept {
    const std::uint64_t value = varint();
    if (min_bytes_each != 0 && value > remaining() / min_bytes_each) {
      fail(errc::truncated, what);
      return 0;
    }
    return static_cast<std::size_t>(value);
  }
  [[nodiscard]] std::int64_t zigzag() noexcept {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1U));
  }
  [[nodiscard]] std::uint32_t u32_le() noexcept { return static_cast<std::uint32_t>(fixed(4)); }
  [[nodiscard]] std::uint64_t u64_le() noexcept { return fixed(8); }
  [[nodiscard]] byte_view raw(std::uint64_t size) noexcept {
    if (size > remaining()) {
      fail(errc::truncated, "bytes");
      return {};
    }
    const byte_view view = input_.subspan(at_, static_cast<std::size_t>(size));
    at_ += static_cast<std::size_t>(size);
    return view;
  }
  [[nodiscard]] byte_view sized(std::uint64_t max, const char* what) noexcept {
    return raw(varint_max(max, what));
  }

  /// Keeps the first fault only.
  void fail(errc code, const char* what) noexcept;
  /// Fails unless the whole input was read.
  void expect_end(const char* what) noexcept {
    if (!failed_ && at_ != input_.size()) {
      fail(errc::malformed, what);
    }
  }

  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] const crdt::error& error() const noexcept { return error_; }
  [[nodiscard]] unexpected failure() const noexcept { return unexpected(error_); }
  [[nodiscard]] std::size_t remaining() const noexcept { return input_.size() - at_; }
  [[nodiscard]] std::uint64_t offset() const noexcept { return base_ + at_; }

private:
  [[nodiscard]] std::uint64_t long_varint() noexcept;
  [[nodiscard]] std::uint64_t fixed(unsigned width) noexcept {
    const byte_view view = raw(width);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < view.size(); ++i) {
      value |= static_cast<std::uint64_t>(view[i]) << (8U * i);
    }
    return value;
  }
  byte_view input_;
  std::size_t at_ = 0;
  std::uint64_t base_ = 0;
  bool failed_ = false;
  crdt::error error_{};
};

}  // namespace weft::crdt
