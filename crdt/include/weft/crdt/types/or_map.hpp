// SPDX-License-Identifier: MIT
// or_map: a map with causal types as its values. Erasing a key undoes what was seen of it.
//
// An update concurrent with the erasure survives, and only that update: the key comes back with
// the concurrent contribution alone, never with the old value. State: per key a presence flag and
// the value's store, and one context for the whole map, however deep it is. Erased keys cost
// nothing. Under one key live the shared object, which all replicas that use the key join, and
// distinct ones, made by `create` and named by the dot of that. Cost: as the values and one byte
// per object. A plain value; concurrent const calls are safe. Source: Almeida, Shoker, Baquero,
// JPDC 2018.
#pragma once

#include "weft/crdt/lattice/nested.hpp"

#include <compare>
#include <optional>
#include <utility>
#include <vector>

namespace weft::crdt {

/// A key of or_map and the object meant: none is the shared one, which stands first.
template <element K>
struct object_key {
  K key{};
  std::optional<dot> object;
  friend bool operator==(const object_key&, const object_key&) = default;
  friend bool operator<(const object_key& a, const object_key& b) {
    return a.key < b.key || (!(b.key < a.key) && a.object < b.object);
  }
  /// Between all objects of other keys.
  friend bool operator<(const object_key& a, const K& b) { return a.key < b; }
  friend bool operator<(const K& a, const object_key& b) { return a < b.key; }
};

template <element K>
struct codec<object_key<K>> {
  static void encode(byte_writer& out, const object_key<K>& v) {
    codec<K>::encode(out, v.key);
    codec<bool>::encode(out, v.object.has_value());
    if (v.object) {
      codec<replica_id>::encode(out, v.object->replica);
      out.varint(v.object->counter);
    }
  }
  static object_key<K> decode(byte_reader& in, const limits& bounds) {
    object_key<K> v{codec<K>::decode(in, bounds), std::nullopt};
    if (codec<bool>::decode(in, bounds)) {
      const replica_id replica = codec<replica_id>::decode(in, bounds);
      v.object =
          dot{replica,
              static_cast<std::uint32_t>(in.varint_max(max_op_count - 1, "counter of an object"))};
    }
    return v;
  }
};

template <element K, nestable S>
class or_map {
  /// first: dots of `ensure` and `create`; second: the value.
  using entry = dot_pair<dot_set, typename S::store_type>;
  using object = std::optional<dot>;

public:
  using store_type = dot_map<object_key<K>, entry>;

  or_map() = default;
  /// For nesting (nested.hpp).
  explicit or_map(causal<store_type> state) : state_(std::move(state)) {}
  [[nodiscard]] const causal<store_type>& state() const noexcept { return state_; }
  [[nodiscard]] causal<store_type> take() && { return std::move(state_); }

  [[nodiscard]] bool contains(const K& key) const { return parts().contains(key); }
  /// Ascending, each once. O(objects).
  [[nodiscard]] std::vector<K> keys() const {
    std::vector<K> all;
    for (const auto& [at, part] : parts()) {
      if (all.empty() || all.back() < at.key) {
        all.push_back(at.key);
      }
    }
    return all;
  }
  /// The objects under a key: the shared one first, then distinct ones by dot. More than one means
  /// that replicas made them at the same time; the last is the one to show. O(log n + objects).
  [[nodiscard]] std::vector<std::optional<dot>> objects(const K& key) const {
    std::vector<object> all;
    for (auto at = parts().lower_bound(key); at != parts().end() && !(key < at->first); ++at) {
      all.push_back(at->first.object);
    }
    return all;
  }
  /// A copy of one object's value, for reading; nothing when it is not there. O(log n + value).
  [[nodiscard]] std::optional<S> find(const K& key, const std::optional<dot>& which = {}) const {
    const entry* const found = state_.store().find({key, which});
    if (found == nullptr) {
      return std::nullopt;
    }
    return view_of<S>(found->second);
  }

  bool merge(const or_map& other) { return state_.merge(other.state_); }
  friend bool leq(const or_map& a, const or_map& b) { return leq(a.state_, b.state_); }
  friend or_map difference(const or_map& a, const or_map& b) {
    return or_map(difference(a.state_, b.state_));
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    state_.for_each_irreducible([&](const auto& part) { f(or_map(part)); });
  }
  [[nodiscard]] const causal_context& context() const noexcept { return state_.context(); }

  void encode(byte_writer& out) const { state_.encode(out); }
  [[nodiscard]] static result<or_map> decode(byte_reader& in, const limits& bounds = {}) {
    auto state = causal<store_type>::decode(in, bounds);
    if (!state) {
      return unexpected(state.error());
    }
    return or_map(std::move(*state));
  }
  friend bool operator==(const or_map&, const or_map&) = default;

  /// Writes as one replica; see `on`.
  class mutator {
  public:
    mutator(or_map& state, const replica_id& self) noexcept : state_(state), self_(self) {}

    /// Runs f(mutator of the shared object's value), which makes one mutation and returns its
    /// delta, an S or a result<S>. Returns the delta of the map, or f's error. A value that is left
    /// empty makes no key: use `ensure` where an empty one must show. O(log n) and what f needs.
    template <class F>
    [[nodiscard]] result<or_map> apply(K key, F&& f) {
      return apply_at({std::move(key), std::nullopt}, std::forward<F>(f));
    }
    /// The same on a distinct object. errc::not_found when it is not there.
    template <class F>
    [[nodiscard]] result<or_map> apply(K key, const dot& which, F&& f) {
      object_key<K> at{std::move(key), which};
      if (state_.state_.store().find(at) == nullptr) {
        return unexpected(errc::not_found, 0, "object of a map");
      }
      return apply_at(std::move(at), std::forward<F>(f));
    }
    /// Makes the key's shared object show, also when it is empty; others who do so join it. Returns
    /// the delta. errc::overflow after 2^31 operations of one replica. O(log n).
    [[nodiscard]] result<or_map> ensure(K key) {
      return mark({std::move(key), std::nullopt}, causal_context{});
    }
    /// Puts a new distinct object in the place of all that is seen under the key. One made at the
    /// same time by somebody else stays beside it. The delta's objects(key) is the new object.
    [[nodiscard]] result<or_map> create(K key) {
      const result<dot> fresh = state_.context().next(self_);
      if (!fresh) {
        return unexpected(fresh.error());
      }
      causal_context replaced = dots_under(key);
      return mark({std::move(key), *fresh}, std::move(replaced));
    }
    /// Undoes what was seen here of the key, all its objects. Returns the delta, empty when the key
    /// is absent: nothing is remembered. O(log n + dots under it).
    or_map erase(const K& key) {
      if (WEFT_DEFECT("or_map.erase.keeps_value")) {
        const entry* const found = state_.state_.store().find({key, std::nullopt});
        return or_map(state_.state_.apply(
            {store_type{}, found == nullptr ? causal_context{} : dots_of(found->first)}));
      }
      causal_context about;
      for (const object& o : state_.objects(key)) {
        about.merge(state_.state_.erase(object_key<K>{key, o}).context());
      }
      return or_map(causal<store_type>({}, std::move(about)));
    }
    or_map clear() { return or_map(state_.state_.clear()); }

  private:
    template <class F>
    result<or_map> apply_at(object_key<K> at, F&& f) {
      auto [store, context] = std::move(state_.state_).take();
      entry part = store.extract(at);
      result<causal<typename S::store_type>> delta =
          mutate_part<S>(part.second, context, self_, std::forward<F>(f));
      if (!part.empty()) {
        store.assign(at, std::move(part));
      }
      state_.state_ = causal<store_type>(std::move(store), std::move(context));
      if (!delta) {
        return unexpected(delta.error());
      }
      auto [part_delta, about] = std::move(*delta).take();
      store_type store_delta;
      if (!part_delta.empty()) {
        store_delta.assign(std::move(at), {dot_set{}, std::move(part_delta)});
      }
      if (WEFT_DEFECT("or_map.apply.sends_whole_context")) {
        about = state_.context();
      }
      return or_map(causal<store_type>(std::move(store_delta), std::move(about)));
    }
    result<or_map> mark(object_key<K> at, causal_context about) {
      const result<dot> fresh = state_.context().next(self_);
      if (!fresh) {
        return unexpected(fresh.error());
      }
      const entry* const seen = state_.state_.store().find(at);
      if (seen != nullptr && !WEFT_DEFECT("or_map.ensure.keeps_old_dots")) {
        about.merge(dots_of(seen->first));
      }
      about.insert(*fresh);
      store_type store;
      store.assign(std::move(at), {dot_set(*fresh), {}});
      return or_map(state_.state_.apply({std::move(store), std::move(about)}));
    }
    [[nodiscard]] causal_context dots_under(const K& key) const {
      causal_context dots;
      for (const object& o : state_.objects(key)) {
        dots.merge(dots_of(*state_.state_.store().find({key, o})));
      }
      return dots;
    }
    or_map& state_;
    replica_id self_;
  };

private:
  [[nodiscard]] const auto& parts() const noexcept { return state_.store().parts(); }
  causal<store_type> state_;
};

}  // namespace weft::crdt
