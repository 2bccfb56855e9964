// SPDX-License-Identifier: MIT
// or_set: a set in which an add wins over a concurrent remove.
//
// An element is in the set when some add of it was not seen by any remove. State: per element the
// dots of such adds, and the causal context. Removed elements cost nothing. Cost: about one dot per
// element and the context. A plain value; concurrent const calls are safe. Source: Bieniusa et al.,
// INRIA RR-8083, 2012; Almeida, Shoker, Baquero, JPDC 2018.
#pragma once

#include "weft/crdt/lattice/dot_store.hpp"
#include "weft/crdt/lattice/laws.hpp"

#include <utility>
#include <vector>

namespace weft::crdt {

template <element E>
class or_set {
public:
  using store_type = dot_map<E, dot_set>;

  or_set() = default;
  /// For nesting (nested.hpp).
  explicit or_set(causal<store_type> state) : state_(std::move(state)) {}
  [[nodiscard]] const causal<store_type>& state() const noexcept { return state_; }
  [[nodiscard]] causal<store_type> take() && { return std::move(state_); }

  [[nodiscard]] bool contains(const E& e) const { return state_.store().parts().contains(e); }
  [[nodiscard]] std::size_t size() const noexcept { return state_.store().parts().size(); }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  /// Ascending. O(n).
  [[nodiscard]] std::vector<E> values() const {
    std::vector<E> all;
    all.reserve(size());
    for (const auto& [e, dots] : state_.store().parts()) {
      all.push_back(e);
    }
    return all;
  }

  bool merge(const or_set& other) { return state_.merge(other.state_); }
  friend bool leq(const or_set& a, const or_set& b) { return leq(a.state_, b.state_); }
  friend or_set difference(const or_set& a, const or_set& b) {
    return or_set(difference(a.state_, b.state_));
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    state_.for_each_irreducible([&](const auto& part) { f(or_set(part)); });
  }
  [[nodiscard]] const causal_context& context() const noexcept { return state_.context(); }

  void encode(byte_writer& out) const { state_.encode(out); }
  [[nodiscard]] static result<or_set> decode(byte_reader& in, const limits& bounds = {}) {
    auto state = causal<store_type>::decode(in, bounds);
    if (!state) {
      return unexpected(state.error());
    }
    return or_set(std::move(*state));
  }
  friend bool operator==(const or_set&, const or_set&) = default;

  /// Writes as one replica; see `on`.
  class mutator {
  public:
    mutator(or_set& state, const replica_id& self) noexcept : state_(state.state_), self_(self) {}
    /// Returns the delta. Adding what is there makes a new dot on purpose: the add then wins over a
    /// concurrent remove. errc::overflow after 2^31 adds of one replica. O(log n).
    [[nodiscard]] result<or_set> add(E e) {
      const dot_set* const seen = state_.store().find(e);
      if (seen != nullptr && WEFT_DEFECT("or_set.add.skips_what_is_there")) {
        return or_set{};
      }
      const result<dot> fresh = state_.context().next(self_);
      if (!fresh) {
        return unexpected(fresh.error());
      }
      causal_context about;
      if (seen != nullptr && !WEFT_DEFECT("or_set.add.keeps_old_dots")) {
        about = dots_of(*seen);
      }
      about.insert(*fresh);
      store_type store;
      store.assign(std::move(e), dot_set(*fresh));
      return or_set(state_.apply({std::move(store), std::move(about)}));
    }
    /// Removes what was seen here. The delta of an absent element is empty: nothing is remembered.
    or_set remove(const E& e) {
      if (WEFT_DEFECT("or_set.remove.sends_whole_context")) {
        return or_set(state_.apply({store_type{}, state_.context()}));
      }
      return or_set(state_.erase(e));
    }
    /// Removes all that was seen here. O(n).
    or_set clear() { return or_set(state_.clear()); }

  private:
    causal<store_type>& state_;
    replica_id self_;
  };

private:
  causal<store_type> state_;
};

}  // namespace weft::crdt
