// SPDX-License-Identifier: MIT
// dot_map<K, S>: a dot store that holds a dot store under each key.
//
// Invariant: no key has an empty store. Merges keep both contexts as they were while the keys are
// joined: a context that grew meanwhile would make the next key's dots look seen and removed. A
// merge walks both maps; a small delta looks its keys up instead, and searches the others only when
// it removes dots that do not stand under its own keys; a large map then finds them by an index. A
// plain value; concurrent const calls are safe. Source: Almeida, Shoker, Baquero, JPDC 2018.
#pragma once

#include "weft/crdt/lattice/dot_index.hpp"
#include "weft/crdt/lattice/dot_set.hpp"
#include "weft/crdt/lattice/scratch.hpp"

#include <algorithm>
#include <concepts>
#include <utility>
#include <vector>

namespace weft::crdt {

template <class K, class S>
class dot_map {
public:
  using map_type = sorted_map<K, S>;

  /// O(entries); ask a part when the key is known.
  [[nodiscard]] bool has(const dot& d) const {
    return std::any_of(parts_.begin(), parts_.end(),
                       [&](const auto& entry) { return entry.second.has(d); });
  }
  [[nodiscard]] bool empty() const noexcept { return parts_.empty(); }
  [[nodiscard]] const map_type& parts() const noexcept { return parts_; }
  /// Null when the key is not there. O(log n).
  [[nodiscard]] const S* find(const K& key) const {
    const auto found = parts_.find(key);
    return found == parts_.end() ? nullptr : &found->second;
  }
  /// Pre: `part` is not empty.
  void assign(K key, S part) {
    WEFT_ASSERT(!part.empty(), "a dot map holds no empty part");
    index_.add(key, part);
    if (auto* const found = parts_.find_entry(key)) {
      found->second = std::move(part);
    } else {
      parts_.insert({std::move(key), std::move(part)});
    }
  }
  bool erase(const K& key) { return parts_.erase(key); }
  /// Takes the part of a key out, empty when there is none. O(log n).
  [[nodiscard]] S extract(const K& key) {
    S part;
    if (auto* const found = parts_.find_entry(key)) {
      part = std::move(found->second);
      parts_.erase(key);
    }
    return part;
  }

  /// By key, then as the parts do.
  template <class F>
  void for_each_dot(F&& f) const {
    for (const auto& [key, part] : parts_) {
      part.for_each_dot(f);
    }
  }
  template <class F>
  void for_each_single(F&& f) const {
    for (const auto& entry : parts_) {
      entry.second.for_each_single([&](const S& part, const dot& d) {
        dot_map single;
        single.parts_.push_back({entry.first, part});
        f(single, d);
      });
    }
  }
  template <class Keep>
  [[nodiscard]] dot_map only(Keep&& keep) const {
    dot_map kept;
    for (const auto& [key, part] : parts_) {
      kept.append(key, part.only(keep));
    }
    return kept;
  }
  template <class Gone>
  bool drop(Gone&& gone) {
    bool changed = false;
    parts_.for_each_entry([&](auto& entry) { changed |= entry.second.drop(gone); });
    if (changed) {
      erase_empty();
    }
    return changed;
  }

  bool merge(const dot_map& other, const unseen& by_theirs, const unseen& by_mine) {
    if (parts_.size() >= 8 && other.parts_.size() * 8 < parts_.size()) {
      if (auto known = common(by_theirs.context(), by_mine.context(), parts_.size() / 8)) {
        return merge_few(other, std::move(*known), by_theirs, by_mine);
      }
    }
    index_.clear();
    bool changed = false;
    bool emptied = false;
    scratch<typename map_type::value_type> fresh;
    parts_.walk_with(
        other.parts_,
        [&](auto& mine) {
          // Missing on the other side: it may have seen these dots and removed them.
          if (WEFT_DEFECT("dot_map.merge.spares_missing_keys")) return;
          changed |= mine.second.drop([&](const dot& d) { return !by_theirs(d); });
          emptied |= mine.second.empty();
        },
        [&](auto& mine, const auto& theirs) {
          changed |= mine.second.merge(theirs.second, by_theirs, by_mine);
          emptied |= mine.second.empty();
        },
        [&](const auto& theirs) {
          S part = theirs.second.only(by_mine);
          if (!part.empty()) {
            fresh.push_back({theirs.first, std::move(part)});
          }
        });
    changed |= !fresh.empty();
    parts_.insert_ascending(fresh.view());
    if (emptied) {
      erase_empty();
    }
    return changed;
  }
  template <class Seen>
  [[nodiscard]] bool within(const dot_map& upper, Seen&& seen) const {
    return walk_both(
        parts_, upper.parts_, key_is_first{}, [](const auto&) { return true; },
        [&](const auto& theirs) {
          bool fine = true;
          theirs.second.for_each_dot([&](const dot& d) { fine = fine && !seen(d); });
          return fine;
        },
        [&](const auto& mine, const auto& theirs) {
          return mine.second.within(theirs.second, seen);
        });
  }
  template <class Struck>
  [[nodiscard]] dot_map beyond(const dot_map& base, const unseen& by_base, Struck&& struck) const {
    dot_map rest;
    walk_both(
        parts_, base.parts_, key_is_first{},
        [&](const auto& mine) {
          rest.append(mine.first, mine.second.only(by_base));
          return true;
        },
        [&](const auto& theirs) {
          theirs.second.for_each_dot(struck);
          return true;
        },
        [&](const auto& mine, const auto& theirs) {
          rest.append(mine.first, mine.second.beyond(theirs.second, by_base, struck));
          return true;
        });
    return rest;
  }

  void encode(byte_writer& out, const dot_numbers& numbers) const {
    out.varint(parts_.size());
    const K* before = nullptr;
    for (const auto& [key, part] : parts_) {
      encode_ascending(out, std::exchange(before, &key), key);
      if (!goes_without_saying(numbers)) {
        part.encode(out, numbers);
      }
    }
  }
  [[nodiscard]] static dot_map decode(byte_reader& in, const limits& bounds,
                                      const dot_numbers& numbers) {
    dot_map map;
    const std::size_t count = in.count(1, "keys of a dot map");
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
      const K* const before = i == 0 ? nullptr : &map.parts_.back().first;
      K key = decode_ascending<K>(in, bounds, before, "keys of a dot map");
      S part = decode_part(in, bounds, numbers);
      if (!in.failed() && part.empty()) {
        in.fail(errc::not_canonical, "keys of a dot map");
      }
      if (!in.failed()) {
        map.parts_.push_back({std::move(key), std::move(part)});
      }
    }
    return map;
  }
  friend bool operator==(const dot_map&, const dot_map&) = default;

private:
  // A part is not empty, so a set of dots in a context of one dot is known: most deltas are so.
  static bool goes_without_saying(const dot_numbers& numbers) {
    return std::same_as<S, dot_set> && numbers.size() == 1;
  }
  static S decode_part(byte_reader& in, const limits& bounds, const dot_numbers& numbers) {
    if constexpr (std::same_as<S, dot_set>) {
      if (goes_without_saying(numbers)) {
        return S(numbers.at(0));
      }
    }
    return S::decode(in, bounds, numbers);
  }
  void append(const K& key, S part) {
    if (!part.empty()) {
      parts_.push_back({key, std::move(part)});
    }
  }
  void erase_empty() {
    parts_.erase_if([](const auto& entry) { return entry.second.empty(); });
  }
  // Pre: `known` are the dots that both owners have seen, ascending, and they are few.
  bool merge_few(const dot_map& other, std::vector<dot> known, const unseen& by_theirs,
                 const unseen& by_mine) {
    bool changed = false;
    for (const auto& [key, theirs] : other.parts_) {
      auto* const mine = parts_.find_entry(key);
      if (mine == nullptr) {
        S part = theirs.only(by_mine);
        if (!part.empty()) {
          index_.add(key, part);
          parts_.insert({key, std::move(part)});
          changed = true;
        }
        continue;
      }
      if (!known.empty()) {  // what stands here needs no search
        mine->second.for_each_dot([&](const dot& d) { std::erase(known, d); });
      }
      index_.add(key, theirs);
      changed |= mine->second.merge(theirs, by_theirs, by_mine);
      if (mine->second.empty()) {
        parts_.erase(key);
      }
    }
    if (known.empty() || WEFT_DEFECT("dot_map.merge_few.skips_search")) {
      return changed;
    }
    if (index_.ready() || (parts_.size() >= 64 && index_.searched_again())) {
      return drop_indexed(other, known) || changed;
    }
    bool emptied = false;
    parts_.for_each_entry([&](auto& mine) {
      const bool hit = mine.second.drop([&](const dot& d) {
        return std::binary_search(known.begin(), known.end(), d) &&
               !other.parts_.contains(mine.first);
      });
      changed |= hit;
      emptied |= hit && mine.second.empty();
    });
    if (emptied) {
      erase_empty();
    }
    return changed;
  }
  // Removes the dots of `known` that stand under keys which `other` lacks.
  bool drop_indexed(const dot_map& other, const std::vector<dot>& known) {
    if (!index_.ready()) {
      index_.build(parts_);
    }
    bool changed = false;
    for (const dot& d : known) {
      const K* const key = index_.find(d);
      auto* const mine =
          key == nullptr || other.parts_.contains(*key) ? nullptr : parts_.find_entry(*key);
      if (mine == nullptr) {
        continue;
      }
      changed |= mine->second.drop([&](const dot& x) { return x == d; });
      if (mine->second.empty()) {
        parts_.erase(*key);
      }
    }
    return changed;
  }
  map_type parts_;
  dot_index<K> index_;
};

}  // namespace weft::crdt
