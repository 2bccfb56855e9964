// SPDX-License-Identifier: MIT
// Dot stores, and causal<S>: a store with the set of all dots it has ever seen.
//
// A dot in the context but not in the store was removed: no tombstone is kept. Invariant of
// causal<S>: every dot of the store is in the context, and stands in one place of it. Joins are
// right for any two states or deltas, in any order and with gaps. The stores: dot_set, dot_fun<V>,
// dot_map<K, S>, dot_pair<A, B>; your own need what the concept asks. Values; concurrent const
// calls are safe. Source: Almeida, Shoker, Baquero, "Delta state replicated data types", JPDC 2018.
#pragma once

#include "weft/crdt/causality/causal_context.hpp"
#include "weft/crdt/lattice/dot_fun.hpp"
#include "weft/crdt/lattice/dot_map.hpp"
#include "weft/crdt/lattice/dot_pair.hpp"
#include "weft/crdt/lattice/dot_set.hpp"

#include <concepts>
#include <utility>
#include <vector>

namespace weft::crdt {

/// What causal<S> asks of a store. `only(keep)` is the part whose dots satisfy `keep`, `drop(gone)`
/// removes those that satisfy `gone` and says whether there were any; `merge(other, by_theirs,
/// by_mine)` joins: a dot on one side only stays if the other side has not seen it. `within` and
/// `beyond` are the store's part of order and difference; a store never holds an empty part.
template <class S>
concept dot_store =
    std::regular<S> && requires(S a, const S b, const dot d, const unseen& u, byte_writer& out,
                                byte_reader& in, const dot_numbers& numbers) {
      { b.has(d) } -> std::same_as<bool>;
      { b.empty() } -> std::same_as<bool>;
      b.for_each_dot([](const dot&) {});
      b.for_each_single([](const S&, const dot&) {});
      {
        b.only([](const dot&) { return true; })
      } -> std::same_as<S>;
      {
        a.drop([](const dot&) { return true; })
      } -> std::same_as<bool>;
      { a.merge(b, u, u) } -> std::same_as<bool>;
      {
        b.within(b, [](const dot&) { return true; })
      } -> std::same_as<bool>;
      {
        b.beyond(b, u, [](const dot&) {})
      } -> std::same_as<S>;
      b.encode(out, numbers);
      { S::decode(in, limits{}, numbers) } -> std::same_as<S>;
    };

/// The dots of a store.
template <class S>
[[nodiscard]] causal_context dots_of(const S& store) {
  std::vector<dot> dots;
  store.for_each_dot([&](const dot& d) { dots.push_back(d); });
  return causal_context::of(std::move(dots));
}

/// A store and its causal context; itself a lattice.
template <dot_store S>
class causal {
public:
  using store_type = S;

  causal() = default;
  /// Pre: every dot of `store` is in `context`.
  causal(S store, causal_context context)
      : store_(std::move(store)), context_(std::move(context)) {}

  [[nodiscard]] const S& store() const noexcept { return store_; }
  [[nodiscard]] const causal_context& context() const noexcept { return context_; }
  /// Gives both away; what is left is empty.
  [[nodiscard]] std::pair<S, causal_context> take() && {
    return {std::exchange(store_, {}), std::exchange(context_, {})};
  }

  /// O(dots of both), or O(log) of them for a small delta. Nothing but allocation can fail.
  bool merge(const causal& other) {
    if (this == &other) {
      return false;
    }
    if (WEFT_DEFECT("causal.merge.thaws_context")) {
      context_.merge(other.context_);
    }
    const bool changed = store_.merge(other.store_, unseen(other.context_), unseen(context_));
    if (WEFT_DEFECT("causal.merge.drops_context")) {
      context_.merge(dots_of(other.store_));
      return changed;
    }
    return context_.merge(other.context_) || changed;
  }
  /// Joins a delta made here and gives it back: the end of a mutator.
  causal apply(causal delta) {
    merge(delta);
    return delta;
  }
  /// Empties one part of a store of keys; returns the delta. O(log n + dots of the part).
  template <class K>
  causal erase(const K& key)
    requires requires(S s) { s.erase(key); }
  {
    const auto* const part = store_.find(key);
    if (part == nullptr) {
      return {};
    }
    causal delta(S{}, dots_of(*part));
    store_.erase(key);
    return delta;
  }
  /// Empties the store; returns the delta. O(dots).
  causal clear() {
    causal delta(S{}, dots_of(store_));
    store_ = S{};
    return delta;
  }

  /// Merging a into b would change nothing. O(dots), without a copy.
  friend bool leq(const causal& a, const causal& b) {
    const dot_probe seen(a.context_);
    return leq(a.context_, b.context_) &&
           a.store_.within(b.store_, [&](const dot& d) { return seen.contains(d); });
  }

  /// The least d with b ⊔ d == b ⊔ a: live dots that b has not seen, and dots that b still shows or
  /// has not seen but a saw removed. O(dots).
  friend causal difference(const causal& a, const causal& b) {
    const dot_probe seen(a.context_);
    std::vector<dot> about;
    causal d;
    d.store_ = a.store_.beyond(b.store_, unseen(b.context_), [&](const dot& x) {
      if (seen.contains(x) && !WEFT_DEFECT("causal.difference.forgets_removed")) {
        about.push_back(x);
      }
    });
    d.store_.for_each_dot([&](const dot& x) { about.push_back(x); });
    d.context_ = causal_context::of(std::move(about));
    d.context_.merge(minus(a.context_, b.context_));
    return d;
  }

  /// Calls f with parts whose join is this state, one at a time: one per live dot, one per interval
  /// of removed ones. O(dots).
  template <class F>
  void for_each_irreducible(F&& f) const {
    store_.for_each_single([&](const S& single, const dot& d) {
      causal part(single, {});
      part.context_.insert(d);
      f(part);
    });
    const causal_context removed = minus(context_, dots_of(store_));
    for (const auto& [replica, list] : removed.intervals()) {
      for (const counter_interval& range : list) {
        causal part;
        part.context_.insert(replica, range);
        f(part);
      }
    }
  }

  /// The context, which names each replica once, then the store, whose dots are numbers in it.
  void encode(byte_writer& out) const {
    context_.encode(out);
    store_.encode(out, dot_numbers(context_));
  }
  [[nodiscard]] static result<causal> decode(byte_reader& in, const limits& bounds = {}) {
    result<causal_context> context = causal_context::decode(in, bounds);
    if (!context) {
      return unexpected(context.error());
    }
    S store = S::decode(in, bounds, dot_numbers(*context));
    if (in.failed()) {
      return in.failure();
    }
    std::vector<dot> dots;
    store.for_each_dot([&](const dot& d) { dots.push_back(d); });
    std::sort(dots.begin(), dots.end());
    if (std::adjacent_find(dots.begin(), dots.end()) != dots.end()) {
      in.fail(errc::malformed, "a dot that stands twice");
      return in.failure();
    }
    return causal(std::move(store), std::move(*context));
  }
  friend bool operator==(const causal&, const causal&) = default;

private:
  S store_;
  causal_context context_;
};

}  // namespace weft::crdt
