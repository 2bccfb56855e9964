// SPDX-License-Identifier: MIT
// mv_register: one value, but concurrent writes are all kept until somebody who saw them writes.
//
// State: dots with the values written, and the causal context. Cost: one dot per concurrent value
// and the context. A plain value; concurrent const calls are safe. Source: Shapiro et al., INRIA
// RR-7506, 2011; Almeida, Shoker, Baquero, JPDC 2018.
#pragma once

#include "weft/crdt/lattice/dot_store.hpp"
#include "weft/crdt/lattice/laws.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace weft::crdt {

template <element T>
class mv_register {
public:
  /// All concurrent values, each once, ascending. Empty before the first write and after clear.
  [[nodiscard]] std::vector<T> values() const {
    std::vector<T> all;
    for (const auto& [d, v] : state_.store().values()) {
      all.push_back(v);
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }
  /// More than one value stands.
  [[nodiscard]] bool conflicted() const { return values().size() > 1; }

  bool merge(const mv_register& other) { return state_.merge(other.state_); }
  friend bool leq(const mv_register& a, const mv_register& b) { return leq(a.state_, b.state_); }
  friend mv_register difference(const mv_register& a, const mv_register& b) {
    return mv_register(difference(a.state_, b.state_));
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    state_.for_each_irreducible([&](const auto& part) { f(mv_register(part)); });
  }
  [[nodiscard]] const causal_context& context() const noexcept { return state_.context(); }

  void encode(byte_writer& out) const { state_.encode(out); }
  [[nodiscard]] static result<mv_register> decode(byte_reader& in, const limits& bounds = {}) {
    auto state = causal<dot_fun<T>>::decode(in, bounds);
    if (!state) {
      return unexpected(state.error());
    }
    return mv_register(std::move(*state));
  }
  friend bool operator==(const mv_register&, const mv_register&) = default;

  mv_register() = default;

  /// Writes as one replica; see `on`.
  class mutator {
  public:
    mutator(mv_register& state, const replica_id& self) noexcept : state_(state), self_(self) {}
    /// Replaces the values seen here. Returns the delta. errc::overflow after 2^31 writes.
    [[nodiscard]] result<mv_register> write(T v) {
      const result<dot> fresh = state_.context().next(self_);
      if (!fresh) {
        return unexpected(fresh.error());
      }
      causal_context covered = seen();
      covered.insert(*fresh);
      dot_fun<T> store;
      store.insert(*fresh, std::move(v));
      return apply({std::move(store), std::move(covered)});
    }
    /// Removes the values seen here; concurrent writes stay. Returns the delta.
    mv_register clear() { return apply({{}, seen()}); }

  private:
    [[nodiscard]] causal_context seen() const {
      causal_context dots;
      state_.state_.store().for_each_dot([&](const dot& d) { dots.insert(d); });
      return dots;
    }
    mv_register apply(causal<dot_fun<T>> delta) {
      mv_register d(std::move(delta));
      state_.merge(d);
      return d;
    }
    mv_register& state_;
    replica_id self_;
  };

private:
  explicit mv_register(causal<dot_fun<T>> state) : state_(std::move(state)) {}
  causal<dot_fun<T>> state_;
};

}  // namespace weft::crdt
