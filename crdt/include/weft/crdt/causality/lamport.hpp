// SPDX-License-Identifier: MIT
// Lamport clock: orders what is concurrent, says nothing about wall time.
//
// If a happened before b then stamp(a) < stamp(b); the converse is false. Every remote stamp must
// be witnessed before the next local tick, and the clock must be durable before its stamps leave.
// A plain value; not thread-safe. Source: Lamport, CACM 21(7), 1978.
#pragma once

#include "weft/crdt/bytes.hpp"
#include "weft/crdt/defect.hpp"
#include "weft/crdt/error.hpp"
#include "weft/crdt/ids.hpp"
#include "weft/crdt/limits.hpp"

#include <compare>
#include <cstdint>

namespace weft::crdt {

/// Greatest time that is accepted or made: one hostile peer cannot push a clock over the end.
inline constexpr std::uint64_t max_lamport = std::uint64_t{1} << 62U;
/// How far above ours a stamp may be. Four million such stamps are needed to reach the end.
inline constexpr std::uint64_t max_lamport_lead = std::uint64_t{1} << 40U;

/// Ordered by time, then replica. Time 0 belongs to no event.
struct lamport_stamp {
  static constexpr std::uint64_t max_time = max_lamport;

  std::uint64_t time = 0;
  replica_id replica{};
  friend constexpr auto operator<=>(const lamport_stamp&, const lamport_stamp&) = default;
};

class lamport_clock {
public:
  lamport_clock() = default;
  /// Goes on after `time`, such as that of a stored state; `max_lead` bounds what others may claim.
  explicit lamport_clock(std::uint64_t time, std::uint64_t max_lead = max_lamport_lead) noexcept
      : time_(time), max_lead_(max_lead) {}

  /// A stamp greater than all seen. errc::overflow at max_lamport.
  [[nodiscard]] result<lamport_stamp> tick(const replica_id& self) {
    if (time_ >= max_lamport) {
      return unexpected(errc::overflow, 0, "lamport clock");
    }
    if (!WEFT_DEFECT("lamport_clock.tick.stands_still")) {
      ++time_;
    }
    return lamport_stamp{time_, self};
  }
  /// Takes note of a stamp. errc::limit_exceeded, and no change, when it is more than the lead
  /// above this clock or beyond max_lamport: what carries it must be refused as well.
  result<void> witness(const lamport_stamp& seen) {
    const bool far = seen.time > time_ && seen.time - time_ > max_lead_;
    if ((far && !WEFT_DEFECT("lamport_clock.witness.any_lead")) || seen.time > max_lamport) {
      return unexpected(errc::limit_exceeded, 0, "lead of a lamport stamp");
    }
    time_ = seen.time > time_ ? seen.time : time_;
    return {};
  }
  [[nodiscard]] std::uint64_t time() const noexcept { return time_; }

  /// The persisted form: the time. The lead is the program's choice.
  void encode(byte_writer& out) const { out.varint(time_); }
  [[nodiscard]] static result<lamport_clock> decode(byte_reader& in,
                                                    const limits& /*bounds*/ = {}) {
    const std::uint64_t time = in.varint_max(max_lamport, "lamport clock");
    if (in.failed()) {
      return in.failure();
    }
    return lamport_clock(time);
  }
  friend bool operator==(const lamport_clock&, const lamport_clock&) = default;

private:
  std::uint64_t time_ = 0;
  std::uint64_t max_lead_ = max_lamport_lead;
};

}  // namespace weft::crdt
