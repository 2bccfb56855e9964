// SPDX-License-Identifier: MIT
// Hybrid logical clock: stamps that respect happened-before and stay near wall time.
//
// A time is 48 bits of milliseconds and 16 bits of counter in one integer, ordered as such. Above
// everything seen is therefore one more, and an overflowing counter carries into the milliseconds.
// No clock is read: `now_ms` is passed in, and may jump backwards. A stamp from too far ahead is
// refused, or one device with its clock in 2099 would win every last-writer-wins for ever. The
// clock must be durable before its stamps leave. A plain value; not thread-safe.
// Source: Kulkarni, Demirbas, Madappa, Avva, Leone, "Logical physical clocks", OPODIS 2014.
#pragma once

#include "weft/crdt/bytes.hpp"
#include "weft/crdt/error.hpp"
#include "weft/crdt/ids.hpp"
#include "weft/crdt/limits.hpp"

#include <compare>
#include <cstdint>

namespace weft::crdt {

/// 48 bits: the year 10889.
inline constexpr std::uint64_t max_hybrid_ms = (std::uint64_t{1} << 48U) - 1;
/// A day: devices that were offline may have set their clocks by hand. In one network take a
/// minute.
inline constexpr std::uint64_t default_max_drift_ms = 86'400'000;

/// Ordered by milliseconds, counter, then replica. Time 0 belongs to no event.
struct hybrid_stamp {
  static constexpr std::uint64_t max_time = ~std::uint64_t{0};

  std::uint64_t time = 0;
  replica_id replica{};

  /// Pre: `ms <= max_hybrid_ms`.
  [[nodiscard]] static constexpr std::uint64_t time_of(std::uint64_t ms,
                                                       std::uint16_t counter) noexcept {
    return ms << 16U | counter;
  }
  [[nodiscard]] constexpr std::uint64_t ms() const noexcept { return time >> 16U; }
  [[nodiscard]] constexpr std::uint16_t counter() const noexcept {
    return static_cast<std::uint16_t>(time);
  }
  friend constexpr auto operator<=>(const hybrid_stamp&, const hybrid_stamp&) = default;
};

class hybrid_clock {
public:
  hybrid_clock() = default;
  explicit hybrid_clock(std::uint64_t max_drift_ms) noexcept : max_drift_ms_(max_drift_ms) {}

  /// The stamp of a local event: greater than all seen. errc::overflow at the end of time, and
  /// errc::bad_value for a `now_ms` that has more than 48 bits; then nothing has changed.
  [[nodiscard]] result<hybrid_stamp> tick(const replica_id& self, std::uint64_t now_ms);

  /// Takes note of a stamp that arrived, as an event of its own. errc::limit_exceeded, and no
  /// change, when it is more than the drift ahead of `now_ms`: what carries it must be refused as
  /// well. Other errors as `tick`.
  [[nodiscard]] result<void> witness(const hybrid_stamp& seen, std::uint64_t now_ms);

  /// Milliseconds and counter, as in a stamp.
  [[nodiscard]] std::uint64_t time() const noexcept { return time_; }

  /// The persisted form: eight bytes. The drift is the program's choice; see set_max_drift.
  void encode(byte_writer& out) const { out.u64_le(time_); }
  [[nodiscard]] static result<hybrid_clock> decode(byte_reader& in, const limits& bounds = {});
  void set_max_drift(std::uint64_t ms) noexcept { max_drift_ms_ = ms; }
  friend bool operator==(const hybrid_clock&, const hybrid_clock&) = default;

private:
  [[nodiscard]] result<void> advance(std::uint64_t above, std::uint64_t now_ms);
  std::uint64_t time_ = 0;
  std::uint64_t max_drift_ms_ = default_max_drift_ms;
};

}  // namespace weft::crdt
