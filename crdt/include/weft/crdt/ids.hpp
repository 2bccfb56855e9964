// SPDX-License-Identifier: MIT
// Identities: who wrote (replica_id) and which operation (op_id).
//
// One numbering in the whole library: counters start at 0, ends are exclusive.
// All types here are plain values; any use from several threads is safe as for `int`.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>

namespace weft::crdt {

/// Identity of one writer with one durable state. Random, never reused; ordered as big-endian
/// bytes, which is also how ties between concurrent operations are broken.
struct replica_id {
  std::array<std::uint8_t, 16> bytes{};

  /// The id whose 128-bit big-endian value is `number`. For tests, traces and examples.
  [[nodiscard]] static constexpr replica_id from_number(std::uint64_t number) noexcept {
    replica_id id;
    for (std::size_t i = 0; i < 8; ++i) {
      id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    return id;
  }

  friend constexpr bool operator==(const replica_id&, const replica_id&) = default;
  friend constexpr std::strong_ordering operator<=>(const replica_id& a,
                                                    const replica_id& b) noexcept {
    const std::uint64_t high = a.half(0);
    const std::uint64_t other = b.half(0);
    return high != other ? high <=> other : a.half(8) <=> b.half(8);
  }

private:
  // Eight bytes as one big-endian number, in a form that compilers turn into one load.
  [[nodiscard]] constexpr std::uint64_t half(std::size_t at) const noexcept {
    const auto byte = [&](std::size_t i) { return std::uint64_t{bytes[at + i]}; };
    return byte(0) << 56U | byte(1) << 48U | byte(2) << 40U | byte(3) << 32U | byte(4) << 24U |
           byte(5) << 16U | byte(6) << 8U | byte(7);
  }
};

/// 32 lower-case hexadecimal digits.
[[nodiscard]] std::string to_string(const replica_id& id);

/// Names one operation: the `counter`-th (from 0) that `replica` made. The state-based types call
/// the same pair a dot.
struct op_id {
  replica_id replica{};
  std::uint32_t counter = 0;

  friend constexpr auto operator<=>(const op_id&, const op_id&) = default;
};

/// A document, or a causal context, holds fewer than this many operations of one replica.
inline constexpr std::uint32_t max_op_count = 0x7fff'fffe;

}  // namespace weft::crdt

template <>
struct std::hash<weft::crdt::replica_id> {
  std::size_t operator()(const weft::crdt::replica_id& id) const noexcept {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::memcpy(&high, id.bytes.data(), sizeof high);
    std::memcpy(&low, id.bytes.data() + sizeof high, sizeof low);
    const std::uint64_t h = (high ^ (low * 0x9e37'79b9'7f4a'7c15U)) * 0xff51'afd7'ed55'8ccdU;
    return static_cast<std::size_t>(h ^ (h >> 32U));
  }
};
