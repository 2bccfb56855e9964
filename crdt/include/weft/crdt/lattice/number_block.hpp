// SPDX-License-Identifier: MIT
// number_block: many integers in a row as bytes: each as its codec says, or, where that is shorter,
// all in the width of the widest.
//
// The block does not say which: one bit that the caller keeps with its other numbers does. Signed
// ones count as zigzag. Plain values and functions without state.
#pragma once

#include "weft/crdt/bytes.hpp"
#include "weft/crdt/lattice/codec.hpp"

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace weft::crdt {

/// What number blocks are made of.
template <class T>
concept block_number = std::integral<T> && !std::same_as<T, bool>;

template <block_number T>
[[nodiscard]] constexpr std::uint64_t block_bits(T v) noexcept {
  if constexpr (std::signed_integral<T>) {
    const auto wide = static_cast<std::int64_t>(v);
    return static_cast<std::uint64_t>(wide) << 1U ^ static_cast<std::uint64_t>(wide >> 63);
  } else {
    return static_cast<std::uint64_t>(v);
  }
}

/// Adds up what a block would take in either form.
class number_block {
public:
  template <block_number T>
  void add(T v) noexcept {
    const std::uint64_t bits = block_bits(v);
    ++count_;
    all_ |= bits;
    // Bytes of a varint: a seventh of the width, rounded up; 9/64 is that for up to 64.
    single_ += (static_cast<unsigned>(std::bit_width(bits | 1U)) * 9 + 64) / 64;
  }
  /// Bytes of the widest number.
  [[nodiscard]] unsigned width() const noexcept {
    return (static_cast<unsigned>(std::bit_width(all_ | 1U)) + 7) / 8;
  }
  /// All in one width, and the byte that tells it, are shorter than each alone.
  [[nodiscard]] bool even() const noexcept { return 1 + count_ * width() < single_; }

private:
  std::uint64_t count_ = 0;
  std::uint64_t single_ = 0;
  std::uint64_t all_ = 0;
};

/// The numbers of an even block, whose width was told before.
template <block_number T>
void encode_in_width(byte_writer& out, unsigned width, T v) {
  const std::uint64_t bits = block_bits(v);
  for (unsigned i = 0; i < width; ++i) {
    out.u8(static_cast<std::uint8_t>(bits >> (8 * i)));
  }
}

/// Reads an even block: its width, then `count` numbers, for each of which it calls put(T). Fails
/// on numbers that T cannot hold, and when they should have stood in another way.
template <block_number T, class F>
void decode_even(byte_reader& in, std::uint64_t count, F&& put) {
  const unsigned width = in.u8();
  if (width == 0 || width > 8) {
    return in.fail(errc::malformed, "width of numbers");
  }
  if (count > in.remaining() / width) {
    return in.fail(errc::truncated, "numbers");
  }
  number_block form;
  const byte_view data = in.raw(count * width);
  const std::uint8_t* at = data.data();
  const auto read = [&]<unsigned Width>() {
    for (std::uint64_t i = 0; i < count; ++i, at += Width) {
      std::uint64_t bits = 0;
      for (unsigned b = 0; b < Width; ++b) {
        bits |= std::uint64_t{at[b]} << (8 * b);
      }
      T v{};
      if constexpr (std::signed_integral<T>) {
        v = static_cast<T>(static_cast<std::int64_t>(bits >> 1U ^ (~(bits & 1U) + 1)));
      } else {
        v = static_cast<T>(bits);
      }
      if (block_bits(v) != bits) {
        return in.fail(errc::bad_value, "integer out of range");
      }
      form.add(v);
      put(v);
    }
  };
  // Each width has a loop of its own.
  [&]<unsigned... Less>(std::integer_sequence<unsigned, Less...>) {
    ((width == Less + 1 ? read.template operator()<Less + 1>() : void()), ...);
  }(std::make_integer_sequence<unsigned, 8>{});
  if (!in.failed() && (!form.even() || form.width() != width)) {
    in.fail(errc::not_canonical, "numbers in one width");
  }
}

}  // namespace weft::crdt
