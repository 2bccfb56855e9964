// SPDX-License-Identifier: MIT
// lww_register: one value, the last writer wins.
//
// State: the greatest (Lamport time, replica) and its value. A write is stamped above everything
// that this register has seen, so it wins over what its writer could see; among concurrent writes
// one is silently dropped (use mv_register where that hurts). Cost: one stamp. A plain value;
// concurrent const calls are safe. Source: Shapiro et al., INRIA RR-7506, 2011, specification 8.
#pragma once

#include "weft/crdt/causality/lamport.hpp"
#include "weft/crdt/lattice/codec.hpp"
#include "weft/crdt/lattice/laws.hpp"

#include <optional>
#include <utility>

namespace weft::crdt {

template <element T>
class lww_register {
public:
  /// Empty until the first write.
  [[nodiscard]] const std::optional<T>& value() const noexcept { return value_; }
  [[nodiscard]] const lamport_stamp& stamp() const noexcept { return stamp_; }

  bool merge(const lww_register& other) {
    if (leq(other, *this)) {
      return false;
    }
    *this = other;
    return true;
  }
  /// Equal stamps with different values mean a reused id; the greater value wins, so all agree.
  friend bool leq(const lww_register& a, const lww_register& b) {
    return a.stamp_ != b.stamp_ ? a.stamp_ < b.stamp_ : !(b.value_ < a.value_);
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
  /// Refuses times above max_lamport: such a write would win for ever.
  [[nodiscard]] static result<lww_register> decode(byte_reader& in, const limits& bounds = {}) {
    lww_register state;
    state.stamp_.time = in.varint_max(max_lamport, "time of a register");
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

  /// Writes as one replica; see `on`.
  class mutator {
  public:
    mutator(lww_register& state, const replica_id& self) noexcept : state_(state), self_(self) {}
    /// Returns the delta, which is the new state. errc::overflow at the end of Lamport time.
    [[nodiscard]] result<lww_register> write(T v) {
      if (state_.stamp_.time >= max_lamport) {
        return unexpected(errc::overflow, 0, "time of a register");
      }
      state_.stamp_ = {state_.stamp_.time + 1, self_};
      state_.value_ = std::move(v);
      return state_;
    }

  private:
    lww_register& state_;
    replica_id self_;
  };

private:
  lamport_stamp stamp_;
  std::optional<T> value_;
};

}  // namespace weft::crdt
