// SPDX-License-Identifier: MIT
// Lamport clock: orders what is concurrent, says nothing about wall time.
//
// If a happened before b then stamp(a) < stamp(b); the converse is false. Every remote stamp must
// be witnessed before the next local tick, and the clock must be durable before its stamps leave.
// A plain value; not thread-safe. Source: Lamport, CACM 21(7), 1978.
#pragma once

#include "weft/crdt/bytes.hpp"
#include "weft/crdt/error.hpp"
#include "weft/crdt/ids.hpp"

#include <compare>
#include <cstdint>

namespace weft::crdt {

/// Greatest time that is accepted or made: one hostile peer cannot push a clock over the end.
inline constexpr std::uint64_t max_lamport = std::uint64_t{1} << 62U;

/// Ordered by time, then replica. Time 0 belongs to no event.
struct lamport_stamp {
  std::uint64_t time = 0;
  replica_id replica{};
  friend constexpr auto operator<=>(const lamport_stamp&, const lamport_stamp&) = default;
};

class lamport_clock {
public:
  /// A stamp greater than all seen. errc::overflow at max_lamport.
  [[nodiscard]] result<lamport_stamp> tick(const replica_id& self) {
    if (time_ >= max_lamport) {
      return unexpected(errc::overflow, 0, "lamport clock");
    }
    ++time_;
    return lamport_stamp{time_, self};
  }
  void witness(const lamport_stamp& seen) noexcept {
    time_ = seen.time > time_ ? seen.time : time_;
  }
  [[nodiscard]] std::uint64_t time() const noexcept { return time_; }

private:
  std::uint64_t time_ = 0;
};

}  // namespace weft::crdt
