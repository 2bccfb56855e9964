// SPDX-License-Identifier: MIT
// Dot stores, and causal<S>: a store with the set of all dots it has ever seen.
//
// A dot in the context but not in the store was removed: no tombstone is kept. Invariant of
// causal<S>: every dot of the store is in the context. Joins are right for any two states or
// deltas, in any order and with gaps. Values; concurrent const calls are safe. Source: Almeida,
// Shoker, Baquero, "Delta state replicated data types", JPDC 2018.
#pragma once

#include "weft/crdt/causality/causal_context.hpp"
#include "weft/crdt/lattice/codec.hpp"

#include <map>
#include <set>
#include <utility>

namespace weft::crdt {

inline void encode_dot(byte_writer& out, const dot& d) {
  out.raw(byte_view{d.replica.bytes});
  out.varint(d.counter);
}
[[nodiscard]] inline dot decode_dot(byte_reader& in) {
  dot d;
  d.replica = codec<replica_id>::decode(in, {});
  d.counter = static_cast<std::uint32_t>(in.varint_max(max_op_count - 1, "counter of a dot"));
  return d;
}

/// What causal<S> asks of a store. `only(keep)` is the part whose dots satisfy `keep`;
/// `merge(other, keep_mine, keep_theirs)` joins: a dot on one side only stays if that side's
/// predicate (the other's context lacks it) holds; a store never holds an empty part.
template <class S>
concept dot_store = std::regular<S> && requires(S a, const S b, const dot d) {
  { b.has(d) } -> std::same_as<bool>;
  { b.empty() } -> std::same_as<bool>;
  b.for_each_dot([](const dot&) {});
  {
    b.only([](const dot&) { return true; })
  } -> std::same_as<S>;
};

/// A set of dots.
class dot_set {
public:
  [[nodiscard]] bool has(const dot& d) const { return dots_.contains(d); }
  [[nodiscard]] bool empty() const noexcept { return dots_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return dots_.size(); }
  void insert(const dot& d) { dots_.insert(d); }

  template <class F>
  void for_each_dot(F&& f) const {
    for (const dot& d : dots_) {
      f(d);
    }
  }
  template <class Keep>
  [[nodiscard]] dot_set only(Keep&& keep) const {
    dot_set part;
    for (const dot& d : dots_) {
      if (keep(d)) {
        part.dots_.insert(part.dots_.end(), d);
      }
    }
    return part;
  }
  template <class KeepMine, class KeepTheirs>
  bool merge(const dot_set& other, KeepMine&& keep_mine, KeepTheirs&& keep_theirs) {
    bool changed =
        std::erase_if(dots_, [&](const dot& d) { return !other.has(d) && !keep_mine(d); }) != 0;
    for (const dot& d : other.dots_) {
      if (keep_theirs(d)) {
        changed |= dots_.insert(d).second;
      }
    }
    return changed;
  }

  void encode(byte_writer& out) const {
    out.varint(dots_.size());
    for (const dot& d : dots_) {
      encode_dot(out, d);
    }
  }
  [[nodiscard]] static dot_set decode(byte_reader& in, const limits& /*bounds*/) {
    dot_set set;
    const std::size_t count = in.count(17, "dots");
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
      const dot d = decode_dot(in);
      if (!in.failed() && !set.dots_.empty() && !(*set.dots_.rbegin() < d)) {
        in.fail(errc::not_canonical, "order of dots");
      }
      set.dots_.insert(set.dots_.end(), d);
    }
    return set;
  }
  friend bool operator==(const dot_set&, const dot_set&) = default;

private:
  std::set<dot> dots_;
};

/// Dots with a payload that never changes once written.
template <element V>
class dot_fun {
public:
  [[nodiscard]] bool has(const dot& d) const { return values_.contains(d); }
  [[nodiscard]] bool empty() const noexcept { return values_.empty(); }
  [[nodiscard]] const std::map<dot, V>& values() const noexcept { return values_; }
  void insert(const dot& d, V v) { values_.insert_or_assign(d, std::move(v)); }

  template <class F>
  void for_each_dot(F&& f) const {
    for (const auto& [d, v] : values_) {
      f(d);
    }
  }
  template <class Keep>
  [[nodiscard]] dot_fun only(Keep&& keep) const {
    dot_fun part;
    for (const auto& [d, v] : values_) {
      if (keep(d)) {
        part.values_.emplace_hint(part.values_.end(), d, v);
      }
    }
    return part;
  }
  template <class KeepMine, class KeepTheirs>
  bool merge(const dot_fun& other, KeepMine&& keep_mine, KeepTheirs&& keep_theirs) {
    bool changed = std::erase_if(values_, [&](const auto& entry) {
                     return !other.has(entry.first) && !keep_mine(entry.first);
                   }) != 0;
    for (const auto& [d, v] : other.values_) {
      const auto mine = values_.find(d);
      if (mine == values_.end()) {
        if (keep_theirs(d)) {
          values_.emplace(d, v);
          changed = true;
        }
      } else if (mine->second < v) {
        // Two payloads under one dot mean that an id was reused; take the greater, so that all
        // agree.
        mine->second = v;
        changed = true;
      }
    }
    return changed;
  }

  void encode(byte_writer& out) const {
    out.varint(values_.size());
    for (const auto& [d, v] : values_) {
      encode_dot(out, d);
      codec<V>::encode(out, v);
    }
  }
  [[nodiscard]] static dot_fun decode(byte_reader& in, const limits& bounds) {
    dot_fun fun;
    const std::size_t count = in.count(17, "dots with values");
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
      const dot d = decode_dot(in);
      V v = codec<V>::decode(in, bounds);
      if (!in.failed() && !fun.values_.empty() && !(fun.values_.rbegin()->first < d)) {
        in.fail(errc::not_canonical, "order of dots");
      }
      fun.values_.emplace_hint(fun.values_.end(), d, std::move(v));
    }
    return fun;
  }
  friend bool operator==(const dot_fun&, const dot_fun&) = default;

private:
  std::map<dot, V> values_;
};

/// Keys to stores; a key whose store is empty is not there.
template <element K, dot_store S>
class dot_map {
public:
  [[nodiscard]] bool has(const dot& d) const {
    for (const auto& [key, part] : parts_) {
      if (part.has(d)) {
        return true;
      }
    }
    return false;
  }
  [[nodiscard]] bool empty() const noexcept { return parts_.empty(); }
  [[nodiscard]] const std::map<K, S>& parts() const noexcept { return parts_; }
  /// Pre: `part` is not empty.
  void assign(K key, S part) {
    WEFT_ASSERT(!part.empty(), "a dot map holds no empty part");
    parts_.insert_or_assign(std::move(key), std::move(part));
  }

  template <class F>
  void for_each_dot(F&& f) const {
    for (const auto& [key, part] : parts_) {
      part.for_each_dot(f);
    }
  }
  template <class Keep>
  [[nodiscard]] dot_map only(Keep&& keep) const {
    dot_map kept;
    for (const auto& [key, part] : parts_) {
      S inner = part.only(keep);
      if (!inner.empty()) {
        kept.parts_.emplace_hint(kept.parts_.end(), key, std::move(inner));
      }
    }
    return kept;
  }
  template <class KeepMine, class KeepTheirs>
  bool merge(const dot_map& other, KeepMine&& keep_mine, KeepTheirs&& keep_theirs) {
    bool changed = false;
    // A key that is missing on one side still joins with the other's context.
    for (auto at = parts_.begin(); at != parts_.end();) {
      const auto theirs = other.parts_.find(at->first);
      changed |= at->second.merge(theirs == other.parts_.end() ? S{} : theirs->second, keep_mine,
                                  keep_theirs);
      at = at->second.empty() ? parts_.erase(at) : std::next(at);
    }
    for (const auto& [key, part] : other.parts_) {
      if (!parts_.contains(key)) {
        S fresh = part.only(keep_theirs);
        if (!fresh.empty()) {
          parts_.emplace(key, std::move(fresh));
          changed = true;
        }
      }
    }
    return changed;
  }

  void encode(byte_writer& out) const {
    out.varint(parts_.size());
    for (const auto& [key, part] : parts_) {
      codec<K>::encode(out, key);
      part.encode(out);
    }
  }
  [[nodiscard]] static dot_map decode(byte_reader& in, const limits& bounds) {
    dot_map map;
    const std::size_t count = in.count(18, "keys of a dot map");
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
      K key = codec<K>::decode(in, bounds);
      S part = S::decode(in, bounds);
      if (!in.failed() &&
          (part.empty() || (!map.parts_.empty() && !(map.parts_.rbegin()->first < key)))) {
        in.fail(errc::not_canonical, "keys of a dot map");
      }
      if (!in.failed()) {
        map.parts_.emplace_hint(map.parts_.end(), std::move(key), std::move(part));
      }
    }
    return map;
  }
  friend bool operator==(const dot_map&, const dot_map&) = default;

private:
  std::map<K, S> parts_;
};

/// A store and its causal context; itself a lattice.
template <dot_store S>
class causal {
public:
  causal() = default;
  /// Pre: every dot of `store` is in `context`.
  causal(S store, causal_context context)
      : store_(std::move(store)), context_(std::move(context)) {}

  [[nodiscard]] const S& store() const noexcept { return store_; }
  [[nodiscard]] const causal_context& context() const noexcept { return context_; }

  /// O(dots of both). Strong guarantee is not needed: nothing but allocation can fail.
  bool merge(const causal& other) {
    const bool changed = store_.merge(
        other.store_, [&](const dot& d) { return !other.context_.contains(d); },
        [&](const dot& d) { return !context_.contains(d); });
    return context_.merge(other.context_) || changed;
  }

  /// Merging a into b would change nothing. O(dots).
  friend bool leq(const causal& a, const causal& b) {
    if (!leq(a.context_, b.context_)) {
      return false;
    }
    causal joined = b;
    return !joined.merge(a);
  }

  /// The least d with b ⊔ d == b ⊔ a: live dots that b has not seen, and dots that b still shows or
  /// has not seen but a saw removed.
  friend causal difference(const causal& a, const causal& b) {
    causal d;
    d.store_ = a.store_.only([&](const dot& x) { return !b.context_.contains(x); });
    d.store_.for_each_dot([&](const dot& x) { d.context_.insert(x); });
    dot_set shown;
    a.store_.for_each_dot([&](const dot& x) { shown.insert(x); });
    b.store_.for_each_dot([&](const dot& x) {
      if (a.context_.contains(x) && !shown.has(x)) {
        d.context_.insert(x);
      }
    });
    d.context_.merge(minus(a.context_, b.context_));
    return d;
  }

  /// Calls f with parts whose join is this state: one per live dot, one per interval of removed
  /// ones.
  template <class F>
  void for_each_irreducible(F&& f) const {
    causal_context live;
    store_.for_each_dot([&](const dot& d) { live.insert(d); });
    store_.for_each_dot([&](const dot& d) {
      causal part;
      part.store_ = store_.only([&](const dot& x) { return x == d; });
      part.context_.insert(d);
      f(part);
    });
    const causal_context removed = minus(context_, live);
    for (const auto& [replica, list] : removed.intervals()) {
      for (const counter_interval& range : list) {
        causal part;
        part.context_.insert(replica, range);
        f(part);
      }
    }
  }

  void encode(byte_writer& out) const {
    store_.encode(out);
    context_.encode(out);
  }
  [[nodiscard]] static result<causal> decode(byte_reader& in, const limits& bounds = {}) {
    S store = S::decode(in, bounds);
    if (in.failed()) {
      return in.failure();
    }
    result<causal_context> context = causal_context::decode(in, bounds);
    if (!context) {
      return unexpected(context.error());
    }
    std::set<dot> seen;
    store.for_each_dot([&](const dot& d) {
      if (!context->contains(d)) {
        in.fail(errc::malformed, "a dot that is not in its context");
      } else if (!seen.insert(d).second) {
        in.fail(errc::malformed, "a dot that stands twice");
      }
    });
    if (in.failed()) {
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
