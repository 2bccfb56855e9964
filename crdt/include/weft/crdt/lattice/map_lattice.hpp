// SPDX-License-Identifier: MIT
// map_lattice: keys to values of a lattice, joined key by key. Bottom is empty.
//
// Invariant: keys ascend strictly and no value is bottom, so equal maps have equal bytes; a missing
// key reads as bottom. Kept as one sorted vector: a join is one walk over both sides without
// allocation unless keys are new; a new key costs O(n) moves. A plain value; concurrent const calls
// are safe.
#pragma once

#include "weft/crdt/lattice/codec.hpp"
#include "weft/crdt/lattice/decomposable.hpp"
#include "weft/crdt/lattice/flat_merge.hpp"
#include "weft/crdt/lattice/roomy.hpp"

#include <concepts>
#include <cstddef>
#include <utility>
#include <vector>

namespace weft::crdt {

template <element K, decomposable L>
  requires std::default_initializable<K>
class map_lattice {
public:
  struct entry {
    K key{};
    L value{};
    friend bool operator==(const entry&, const entry&) = default;
  };

  map_lattice() = default;
  /// One key, or bottom if `part` is.
  map_lattice(K key, L part) {
    if (!(part == L{})) {
      entries_.push_back({std::move(key), std::move(part)});
    }
  }

  /// Pre: `key` is greater than all here, and `part` is not bottom.
  void push_back(K key, L part) { entries_.push_back({std::move(key), std::move(part)}); }
  /// Ascending by key.
  [[nodiscard]] const std::vector<entry>& entries() const noexcept { return entries_; }
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  /// nullptr if the key is missing. O(log n).
  [[nodiscard]] const L* find(const K& key) const {
    const auto at = detail::seek(entries_.begin(), entries_.end(), key, key_of);
    return at != entries_.end() && at->key == key ? &at->value : nullptr;
  }
  /// Bottom if the key is missing. O(log n).
  [[nodiscard]] L at(const K& key) const {
    const L* found = find(key);
    return found == nullptr ? L{} : *found;
  }

  /// O(both), or O(shorter * log longer).
  bool merge(const map_lattice& other) {
    return detail::flat_merge(
        entries_, other.entries_, key_of,
        [](entry& mine, const entry& theirs) { return mine.value.merge(theirs.value); });
  }
  friend bool leq(const map_lattice& a, const map_lattice& b) {
    if (a.entries_.size() > b.entries_.size()) {
      return false;
    }
    bool below = true;
    detail::flat_walk(a.entries_, b.entries_, key_of, [&](const entry& mine, const entry* theirs) {
      below = below && theirs != nullptr && leq(mine.value, theirs->value);
    });
    return below;
  }
  friend map_lattice difference(const map_lattice& a, const map_lattice& b) {
    map_lattice rest;
    detail::flat_walk(a.entries_, b.entries_, key_of, [&](const entry& mine, const entry* theirs) {
      if (theirs == nullptr) {
        rest.entries_.push_back(mine);
      } else if (L part = difference(mine.value, theirs->value); !(part == L{})) {
        rest.entries_.push_back({mine.key, std::move(part)});
      }
    });
    return rest;
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    for (const entry& e : entries_) {
      e.value.for_each_irreducible([&](const L& part) { f(map_lattice(e.key, part)); });
    }
  }

  void encode(byte_writer& out) const {
    out.varint(entries_.size());
    const K* before = nullptr;
    for (const entry& e : entries_) {
      encode_ascending(out, std::exchange(before, &e.key), e.key);
      e.value.encode(out);
    }
  }
  [[nodiscard]] static result<map_lattice> decode(byte_reader& in, const limits& bounds = {}) {
    map_lattice map;
    const std::size_t count = in.count(2, "entries of a map");
    if (std::same_as<K, replica_id> && count > bounds.max_replicas) {
      in.fail(errc::limit_exceeded, "replicas of a map");
    }
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
      const K* const before = i == 0 ? nullptr : &map.entries_.back().key;
      K key = decode_ascending<K>(in, bounds, before, "keys of a map");
      result<L> part = L::decode(in, bounds);
      if (!part) {
        return unexpected(part.error());
      }
      if (!in.failed() && *part == L{}) {
        in.fail(errc::not_canonical, "entry of a map");
      }
      map.entries_.push_back({std::move(key), std::move(*part)});
    }
    if (in.failed()) {
      return in.failure();
    }
    return map;
  }
  friend bool operator==(const map_lattice&, const map_lattice&) = default;

private:
  static constexpr auto key_of = [](const entry& e) -> const K& { return e.key; };
  roomy<entry> entries_;
};

}  // namespace weft::crdt
