// SPDX-License-Identifier: MIT
// lww_register: one value, the last writer wins. As a policy also: the first one does.
//
// State: the winning (time, replica) and its value. A write is stamped above everything that this
// register has seen, so it wins over what its writer could see; among concurrent writes one is
// silently dropped (use mv_register where that hurts). Times are Lamport's unless the caller asks
// for hybrid ones and passes the wall time in. Cost: one stamp. A plain value; concurrent const
// calls are safe. Source: Shapiro et al., INRIA RR-7506, 2011, specification 8.
#pragma once

#include "weft/crdt/causality/hybrid_clock.hpp"
#include "weft/crdt/causality/lamport.hpp"
#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/codec.hpp"
#include "weft/crdt/lattice/laws.hpp"

#include <concepts>
#include <optional>
#include <utility>

namespace weft::crdt {

/// The greater stamp wins.
struct last_writer_wins {
  static constexpr bool later_wins = true;
};
/// The lesser stamp wins, so a register is written once: a write over a value that is seen does
/// nothing.
struct first_writer_wins {
  static constexpr bool later_wins = false;
};

template <element T, class Stamp = lamport_stamp, class Policy = last_writer_wins>
class lww_register {
public:
  /// Empty until the first write.
  [[nodiscard]] const std::optional<T>& value() const noexcept { return value_; }
  [[nodiscard]] const Stamp& stamp() const noexcept { return stamp_; }

  bool merge(const lww_register& other) {
    if (leq(other, *this)) {
      return false;
    }
    *this = other;
    return true;
  }
  /// One stamp with two values means that a replica id was reused. Joins agree all the same, on the
  /// greater value; ask before the join to report it.
  [[nodiscard]] bool clashes(const lww_register& other) const {
    return value_ && stamp_ == other.stamp_ && value_ != other.value_;
  }
  friend bool leq(const lww_register& a, const lww_register& b) {
    // Times mostly differ. That of an empty register is 0, which no other may lose to.
    if (a.stamp_.time != b.stamp_.time) {
      return Policy::later_wins ? a.stamp_.time < b.stamp_.time
                                : a.stamp_.time - 1 > b.stamp_.time - 1;
    }
    if (WEFT_DEFECT("lww_register.merge.time_only")) {
      return true;
    }
    if (const auto order = a.stamp_.replica <=> b.stamp_.replica; order != 0) {
      return (order < 0) == Policy::later_wins;
    }
    return !(b.value_ < a.value_) || WEFT_DEFECT("lww_register.merge.one_stamp_stays");
  }
  friend lww_register difference(const lww_register& a, const lww_register& b) {
    return leq(a, b) ? lww_register{} : a;
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    if (value_) {
      f(*this);
    }
  }

  void encode(byte_writer& out) const {
    out.varint(stamp_.time);
    if (value_) {
      codec<replica_id>::encode(out, stamp_.replica);
      codec<T>::encode(out, *value_);
    }
  }
  /// Refuses times at the end of the clock: such a write would win for ever.
  [[nodiscard]] static result<lww_register> decode(byte_reader& in, const limits& bounds = {}) {
    lww_register state;
    state.stamp_.time = in.varint_max(Stamp::max_time, "time of a register");
    if (state.stamp_.time != 0) {
      state.stamp_.replica = codec<replica_id>::decode(in, bounds);
      state.value_ = codec<T>::decode(in, bounds);
    }
    if (in.failed()) {
      return in.failure();
    }
    return state;
  }
  friend bool operator==(const lww_register&, const lww_register&) = default;

  /// Writes as one replica; see `on`. Each returns the delta, which is the new state, and changes
  /// nothing on an error. Under first_writer_wins a write over a value does nothing.
  class mutator {
  public:
    mutator(lww_register& state, const replica_id& self) noexcept : state_(state), self_(self) {}

    /// errc::overflow at the end of Lamport time.
    [[nodiscard]] result<lww_register> write(T v)
      requires std::same_as<Stamp, lamport_stamp>
    {
      if (settled()) {
        return lww_register();
      }
      if (state_.stamp_.time >= Stamp::max_time) {
        return unexpected(errc::overflow, 0, "time of a register");
      }
      const bool bump = !WEFT_DEFECT("lww_register.write.no_bump") || state_.stamp_.time == 0;
      return put({state_.stamp_.time + (bump ? 1 : 0), self_}, std::move(v));
    }
    /// `clock` is the writer's, shared by all its registers; it witnesses first what stands here.
    /// Errors as hybrid_clock's: errc::limit_exceeded when that is too far ahead of `now_ms`.
    [[nodiscard]] result<lww_register> write(T v, hybrid_clock& clock, std::uint64_t now_ms)
      requires std::same_as<Stamp, hybrid_stamp>
    {
      if (settled()) {
        return lww_register();
      }
      hybrid_clock next = clock;
      if (state_.stamp_.time > clock.time() &&
          !WEFT_DEFECT("lww_register.write.ignores_what_stands")) {
        const result<void> seen = next.witness(state_.stamp_, now_ms);
        if (!seen) {
          return unexpected(seen.error());
        }
      }
      const result<hybrid_stamp> stamp = next.tick(self_, now_ms);
      if (!stamp) {
        return unexpected(stamp.error());
      }
      clock = next;
      return put(*stamp, std::move(v));
    }

  private:
    [[nodiscard]] bool settled() const {
      return !Policy::later_wins && state_.value_ && !WEFT_DEFECT("fww_register.write.overwrites");
    }
    lww_register put(const Stamp& stamp, T v) {
      state_.stamp_ = stamp;
      state_.value_ = std::move(v);
      return state_;
    }
    lww_register& state_;
    replica_id self_;
  };

private:
  // Invariant: there is a value exactly when the time is not 0.
  Stamp stamp_;
  std::optional<T> value_;
};

template <element T, class Stamp = lamport_stamp>
using fww_register = lww_register<T, Stamp, first_writer_wins>;

}  // namespace weft::crdt
