// SPDX-License-Identifier: MIT
// g_set: a set that only grows.
//
// State: the elements; a merge is the union. No metadata at all, and no way to remove. A plain
// value; concurrent const calls are safe. Source: Shapiro et al., INRIA RR-7506, 2011,
// specification 11.
#pragma once

#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/keyed.hpp"

#include <concepts>
#include <cstdint>
#include <limits>
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

  /// The count and the elements; one unsigned integer alone has no count.
  void encode(byte_writer& out) const {
    const auto head =
        list_head::of(size(), empty() ? list_head::max_alone : number(elements_.back()));
    head.encode(out);
    if (!head.alone) {
      const E* before = nullptr;
      for (const E& e : elements_) {
        encode_ascending(out, std::exchange(before, &e), e);
      }
    }
  }
  [[nodiscard]] static result<g_set> decode(byte_reader& in, const limits& bounds = {}) {
    g_set set;
    const auto head = list_head::decode(in, 1, "elements of a set");
    if (head.alone) {
      if constexpr (std::unsigned_integral<E>) {
        if (*head.alone <= std::numeric_limits<E>::max()) {
          set.elements_.push_back(static_cast<E>(*head.alone));
          return set;
        }
      }
      in.fail(errc::malformed, "head of a set");
    }
    for (std::uint64_t i = 0; i < head.count && !in.failed(); ++i) {
      const E* const before = i == 0 ? nullptr : &set.elements_.back();
      E e = decode_ascending<E>(in, bounds, before, "elements of a set");
      head.check(in, number(e), "count of a set");
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
  // What may stand for an element in the head.
  static std::uint64_t number(const E& e) {
    if constexpr (std::unsigned_integral<E>) {
      return e;
    } else {
      return list_head::max_alone;
    }
  }
  sorted_set<E> elements_;
};

}  // namespace weft::crdt
