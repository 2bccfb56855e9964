// SPDX-License-Identifier: MIT
// rw_or_set: a set in which a remove wins over a concurrent add.
//
// Adds and removes both leave a dot, and either clears the dots of its element that it saw; an
// element is in the set when it has an add's dot and no remove's. Removing what is absent counts
// as well: it beats adds that nobody here has seen yet. State: per element the dots of both sides,
// and the causal context. Cost: a removed element keeps a dot until it is added again or cleared. A
// plain value; concurrent const calls are safe. Source: Almeida, Shoker, Baquero, JPDC 2018.
#pragma once

#include "weft/crdt/lattice/dot_store.hpp"
#include "weft/crdt/lattice/laws.hpp"

#include <utility>
#include <vector>

namespace weft::crdt {

template <element E>
class rw_or_set {
  /// first: removes, second: adds.
  using sides = dot_pair<dot_set, dot_set>;

public:
  using store_type = dot_map<E, sides>;

  rw_or_set() = default;
  /// For nesting (nested.hpp).
  explicit rw_or_set(causal<store_type> state) : state_(std::move(state)) {}
  [[nodiscard]] const causal<store_type>& state() const noexcept { return state_; }
  [[nodiscard]] causal<store_type> take() && { return std::move(state_); }

  [[nodiscard]] bool contains(const E& e) const {
    const sides* const found = state_.store().find(e);
    return found != nullptr && present(*found);
  }
  /// Ascending. O(n), removed elements included.
  [[nodiscard]] std::vector<E> values() const {
    std::vector<E> all;
    for (const auto& [e, both] : state_.store().parts()) {
      if (present(both)) {
        all.push_back(e);
      }
    }
    return all;
  }

  bool merge(const rw_or_set& other) { return state_.merge(other.state_); }
  friend bool leq(const rw_or_set& a, const rw_or_set& b) { return leq(a.state_, b.state_); }
  friend rw_or_set difference(const rw_or_set& a, const rw_or_set& b) {
    return rw_or_set(difference(a.state_, b.state_));
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    state_.for_each_irreducible([&](const auto& part) { f(rw_or_set(part)); });
  }
  [[nodiscard]] const causal_context& context() const noexcept { return state_.context(); }

  void encode(byte_writer& out) const { state_.encode(out); }
  [[nodiscard]] static result<rw_or_set> decode(byte_reader& in, const limits& bounds = {}) {
    auto state = causal<store_type>::decode(in, bounds);
    if (!state) {
      return unexpected(state.error());
    }
    return rw_or_set(std::move(*state));
  }
  friend bool operator==(const rw_or_set&, const rw_or_set&) = default;

  /// Writes as one replica; see `on`.
  class mutator {
  public:
    mutator(rw_or_set& state, const replica_id& self) noexcept
        : state_(state.state_), self_(self) {}
    /// Return the delta. errc::overflow after 2^31 operations of one replica. O(log n).
    [[nodiscard]] result<rw_or_set> add(E e) { return put(std::move(e), &sides::second); }
    [[nodiscard]] result<rw_or_set> remove(E e) {
      if (WEFT_DEFECT("rw_or_set.remove.ignores_absent") && state_.store().find(e) == nullptr) {
        return rw_or_set{};
      }
      return put(std::move(e), &sides::first);
    }
    /// Forgets what was seen here, adds and removes; it does not beat adds that were not seen.
    /// O(n).
    rw_or_set clear() { return rw_or_set(state_.clear()); }

  private:
    result<rw_or_set> put(E e, dot_set sides::* side) {
      const result<dot> fresh = state_.context().next(self_);
      if (!fresh) {
        return unexpected(fresh.error());
      }
      causal_context about;
      const sides* const seen = state_.store().find(e);
      if (seen != nullptr) {
        about =
            WEFT_DEFECT("rw_or_set.add.leaves_removes") ? dots_of(seen->second) : dots_of(*seen);
      }
      about.insert(*fresh);
      sides fresh_sides;
      (fresh_sides.*side).insert(*fresh);
      store_type store;
      store.assign(std::move(e), std::move(fresh_sides));
      return rw_or_set(state_.apply({std::move(store), std::move(about)}));
    }
    causal<store_type>& state_;
    replica_id self_;
  };

private:
  [[nodiscard]] static bool present(const sides& both) noexcept {
    return both.first.empty() && !both.second.empty();
  }
  causal<store_type> state_;
};

}  // namespace weft::crdt
