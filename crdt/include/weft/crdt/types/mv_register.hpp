// SPDX-License-Identifier: MIT
// mv_register: one value, but concurrent writes are all kept until somebody who saw them writes.
//
// State: dots with the values written, and the causal context. Cost: one dot per concurrent value
// and the context. A plain value; concurrent const calls are safe. Source: Shapiro et al., INRIA
// RR-7506, 2011; Almeida, Shoker, Baquero, JPDC 2018.
#pragma once

#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/causal_crdt.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace weft::crdt {

template <element T>
class mv_register : public causal_crdt<mv_register<T>, dot_fun<T>> {
  using base = causal_crdt<mv_register, dot_fun<T>>;

public:
  using base::base;

  /// All concurrent values, each once, ascending. Empty before the first write and after clear.
  [[nodiscard]] std::vector<T> values() const {
    std::vector<T> all;
    for (const auto& [d, v] : this->store().values()) {
      all.push_back(v);
    }
    std::sort(all.begin(), all.end());
    if (!WEFT_DEFECT("mv_register.values.repeats")) {
      all.erase(std::unique(all.begin(), all.end()), all.end());
    }
    return all;
  }
  /// One of them, the same on every replica: that of the greatest dot. Empty if there is none.
  [[nodiscard]] std::optional<T> value() const {
    std::optional<T> winner;
    for (const auto& [d, v] : this->store().values()) {
      winner = v;
    }
    return winner;
  }
  /// More than one value stands.
  [[nodiscard]] bool conflicted() const { return values().size() > 1; }

  /// Writes as one replica; see `on`. Each returns the delta. errc::overflow, and no change, after
  /// 2^31 writes of one replica.
  class mutator {
  public:
    mutator(mv_register& state, const replica_id& self) noexcept : state_(state), self_(self) {}

    /// Replaces the values seen here.
    [[nodiscard]] result<mv_register> write(T v) {
      return put(std::move(v), state_.seen(), state_.context());
    }
    /// Replaces the values that `read` includes and keeps the others: for a client that read
    /// elsewhere or earlier. `read` is the context() of the state that it saw.
    [[nodiscard]] result<mv_register> write(const causal_context& read, T v) {
      // What was read there and has not arrived here is replaced before it comes.
      causal_context covered = minus(read, state_.context());
      causal_context known = state_.context();
      known.merge(covered);
      state_.store().for_each_dot([&](const dot& d) {
        if (read.contains(d) || WEFT_DEFECT("mv_register.write.covers_the_unread")) {
          covered.insert(d);
        }
      });
      return put(std::move(v), std::move(covered), known);
    }
    /// Writes f(values()), so that one value stands.
    template <class F>
    [[nodiscard]] result<mv_register> resolve(F&& f) {
      return write(std::forward<F>(f)(state_.values()));
    }
    /// Removes the values seen here; concurrent writes stay.
    mv_register clear() { return state_.apply({{}, state_.seen()}); }

  private:
    result<mv_register> put(T v, causal_context covered, const causal_context& known) {
      const result<dot> fresh = known.next(self_);
      if (!fresh) {
        return unexpected(fresh.error());
      }
      if (WEFT_DEFECT("mv_register.write.keeps_what_it_saw")) {
        covered = causal_context();
      }
      covered.insert(*fresh);
      dot_fun<T> store;
      store.insert(*fresh, std::move(v));
      return state_.apply({std::move(store), std::move(covered)});
    }
    mv_register& state_;
    replica_id self_;
  };

private:
  friend class mutator;
};

}  // namespace weft::crdt
