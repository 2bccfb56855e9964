// SPDX-License-Identifier: MIT
// g_map: a map whose keys are only added, with any lattice as its values.
//
// State: per key a value that is not the least one; a merge joins key by key. For values that are
// shared for good, such as one counter per page. Values with dots of their own belong into or_map,
// which keeps one context for all. Cost: as the values. A plain value; concurrent const calls are
// safe. Source: Baquero et al., "Composition in state-based replicated data types", 2017.
#pragma once

#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/keyed.hpp"

#include <utility>
#include <vector>

namespace weft::crdt {

template <element K, lattice L>
class g_map {
public:
  [[nodiscard]] bool contains(const K& key) const { return values_.contains(key); }
  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
  [[nodiscard]] bool empty() const noexcept { return values_.empty(); }
  /// Null when the key is not there. O(log n).
  [[nodiscard]] const L* find(const K& key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? nullptr : &found->second;
  }
  /// Pairs of key and value, ascending.
  [[nodiscard]] const sorted_map<K, L>& entries() const noexcept { return values_; }

  /// O(entries of both), or O(log n) each for a few; and what the values need.
  bool merge(const g_map& other) {
    return merge_keyed(values_, other.values_, [](L& mine, const L& theirs) {
      return !WEFT_DEFECT("g_map.merge.keeps_own_value") && mine.merge(theirs);
    });
  }
  friend bool leq(const g_map& a, const g_map& b) {
    return leq_keyed(a.values_, b.values_, [](const L& x, const L& y) { return leq(x, y); });
  }
  friend g_map difference(const g_map& a, const g_map& b) {
    g_map d;
    d.values_ = difference_keyed(
        a.values_, b.values_, [](const L& x, const L& y) { return leq(x, y); },
        [](const L& x, const L& y) {
          if constexpr (delta_crdt<L>) {
            return difference(x, y);
          } else {
            return x;
          }
        });
    return d;
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    for (const auto& entry : values_) {
      const auto give = [&](const L& held) {
        g_map part;
        part.values_.push_back({entry.first, held});
        f(part);
      };
      if constexpr (delta_crdt<L>) {
        entry.second.for_each_irreducible(give);
      } else {
        give(entry.second);
      }
    }
  }

  void encode(byte_writer& out) const {
    encode_keyed(out, values_, [&](const L& held) { held.encode(out); });
  }
  [[nodiscard]] static result<g_map> decode(byte_reader& in, const limits& bounds = {}) {
    g_map map;
    map.values_ = decode_keyed<K, L>(in, bounds, [&] {
      L held = codec<L>::decode(in, bounds);
      if (!in.failed() && held == L{}) {
        in.fail(errc::not_canonical, "empty value of a map");
      }
      return held;
    });
    if (in.failed()) {
      return in.failure();
    }
    return map;
  }
  friend bool operator==(const g_map&, const g_map&) = default;

  /// Writes as one replica; see `on`.
  class mutator {
  public:
    mutator(g_map& state, const replica_id& self) noexcept : state_(state), self_(self) {}
    /// Joins `held` into that of the key. Returns the delta, empty when nothing changed. O(log n).
    g_map join(K key, const L& held) {
      g_map delta;
      if (held == L{}) {
        return delta;
      }
      delta.values_.push_back({std::move(key), held});
      if constexpr (delta_crdt<L>) {
        delta = difference(delta, state_.at_key(delta));
      }
      return state_.merge(delta) ? delta : g_map{};
    }
    /// Runs f(mutator of the key's value), which returns its delta, an L or a result<L>; returns
    /// the delta of the map, or f's error. A value that stays empty makes no key.
    template <class F>
      requires crdt<L>
    [[nodiscard]] result<g_map> apply(K key, F&& f) {
      auto* const found = state_.values_.find_entry(key);
      L fresh;
      result<L> delta =
          std::forward<F>(f)(typename L::mutator(found == nullptr ? fresh : found->second, self_));
      if (!delta) {
        return unexpected(delta.error());
      }
      g_map map_delta;
      if (!(*delta == L{})) {
        if (found == nullptr) {
          state_.values_.insert({key, std::move(fresh)});
        }
        map_delta.values_.push_back(
            {std::move(key), WEFT_DEFECT("g_map.apply.sends_nothing") ? L{} : std::move(*delta)});
      }
      return map_delta;
    }

  private:
    g_map& state_;
    replica_id self_;
  };

private:
  // The part of this map under the one key of `single`.
  [[nodiscard]] g_map at_key(const g_map& single) const {
    g_map part;
    const auto found = values_.find(single.values_.begin()->first);
    if (found != values_.end()) {
      part.values_.push_back(*found);
    }
    return part;
  }
  sorted_map<K, L> values_;
};

}  // namespace weft::crdt
