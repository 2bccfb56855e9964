// SPDX-License-Identifier: MIT
// g_set: a set that only grows.
//
// State: the elements; a merge is the union. No metadata at all, and no way to remove. A plain
// value; concurrent const calls are safe. Source: Shapiro et al., INRIA RR-7506, 2011,
// specification 11.
#pragma once

#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/keyed.hpp"

#include <utility>
#include <vector>

namespace weft::crdt {

template <element E>
class g_set {
public:
  [[nodiscard]] bool contains(const E& e) const { return elements_.contains(e); }
  [[nodiscard]] std::size_t size() const noexcept { return elements_.size(); }
  [[nodiscard]] bool empty() const noexcept { return elements_.empty(); }
  /// Ascending.
  [[nodiscard]] const sorted_set<E>& elements() const noexcept { return elements_; }
  /// Ascending. O(n).
  [[nodiscard]] std::vector<E> values() const { return {elements_.begin(), elements_.end()}; }

  /// O(elements of both), or O(log n) each for a few.
  bool merge(const g_set& other) {
    if (WEFT_DEFECT("g_set.merge.takes_larger_set")) {
      const bool larger = other.size() > size();
      if (larger) *this = other;
      return larger;
    }
    return merge_keys(elements_, other.elements_);
  }
  friend bool leq(const g_set& a, const g_set& b) {
    return a.size() <= b.size() &&
           walk_both(
               a.elements_, b.elements_, key_is_all{}, [](const E&) { return false; },
               [](const E&) { return true; }, [](const E&, const E&) { return true; });
  }
  friend g_set difference(const g_set& a, const g_set& b) {
    g_set d;
    const bool all = WEFT_DEFECT("g_set.difference.sends_all");
    const auto take = [&](const E& e) {
      d.elements_.push_back(e);
      return true;
    };
    walk_both(
        a.elements_, b.elements_, key_is_all{}, take, [](const E&) { return true; },
        [&](const E& e, const E&) { return !all || take(e); });
    return d;
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    for (const E& e : elements_) {
      g_set part;
      part.elements_.push_back(e);
      f(part);
    }
  }

  void encode(byte_writer& out) const {
    out.varint(elements_.size());
    for (const E& e : elements_) {
      codec<E>::encode(out, e);
    }
  }
  [[nodiscard]] static result<g_set> decode(byte_reader& in, const limits& bounds = {}) {
    g_set set;
    const std::size_t count = in.count(1, "elements of a set");
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
      E e = codec<E>::decode(in, bounds);
      if (!in.failed() && i != 0 && !(set.elements_.back() < e)) {
        in.fail(errc::not_canonical, "order of a set");
      }
      if (!in.failed()) {
        set.elements_.push_back(std::move(e));
      }
    }
    if (in.failed()) {
      return in.failure();
    }
    return set;
  }
  friend bool operator==(const g_set&, const g_set&) = default;

  /// Writes as any replica: no operation here needs an id; see `on`.
  class mutator {
  public:
    mutator(g_set& state, const replica_id& /*self*/) noexcept : state_(state) {}
    /// Returns the delta, empty when the element was there. O(log n).
    g_set add(E e) {
      g_set delta;
      if (state_.elements_.insert(e).second) {
        delta.elements_.push_back(std::move(e));
      }
      return delta;
    }

  private:
    g_set& state_;
  };

private:
  sorted_set<E> elements_;
};

}  // namespace weft::crdt
