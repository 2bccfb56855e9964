// SPDX-License-Identifier: MIT
// dot_fun<V>: a dot store that holds a payload under each dot.
//
// A payload is a lattice, or a value that never changes once written (payload.hpp). A plain value;
// concurrent const calls are safe. Source: Almeida, Shoker, Baquero, JPDC 2018.
#pragma once

#include "weft/crdt/lattice/dot_set.hpp"
#include "weft/crdt/lattice/payload.hpp"
#include "weft/crdt/lattice/scratch.hpp"

#include <utility>
#include <vector>

namespace weft::crdt {

template <class V>
class dot_fun {
public:
  using map_type = sorted_map<dot, V>;

  [[nodiscard]] bool has(const dot& d) const { return values_.contains(d); }
  [[nodiscard]] bool empty() const noexcept { return values_.empty(); }
  /// By dot, ascending.
  [[nodiscard]] const map_type& values() const noexcept { return values_; }
  void insert(const dot& d, V v) {
    if (auto* const found = values_.find_entry(d)) {
      found->second = std::move(v);
    } else {
      values_.insert({d, std::move(v)});
    }
  }

  /// Ascending.
  template <class F>
  void for_each_dot(F&& f) const {
    for (const auto& [d, v] : values_) {
      f(d);
    }
  }
  template <class F>
  void for_each_single(F&& f) const {
    for (const auto& [d, v] : values_) {
      dot_fun part;
      part.values_.push_back({d, v});
      f(part, d);
    }
  }
  template <class Keep>
  [[nodiscard]] dot_fun only(Keep&& keep) const {
    dot_fun part;
    for (const auto& [d, v] : values_) {
      if (keep(d)) {
        part.values_.push_back({d, v});
      }
    }
    return part;
  }
  template <class Gone>
  bool drop(Gone&& gone) {
    return values_.erase_if([&](const auto& entry) { return gone(entry.first); }) != 0;
  }

  bool merge(const dot_fun& other, const unseen& by_theirs, const unseen& by_mine) {
    if (other.values_.size() * 8 < values_.size()) {
      if (const auto known = common(by_theirs.context(), by_mine.context(), values_.size() / 8)) {
        return merge_few(other, *known, by_mine);
      }
    }
    bool changed = false;
    scratch<dot> gone;
    scratch<typename map_type::value_type> fresh;
    values_.walk_with(
        other.values_,
        [&](auto& mine) {
          if (!by_theirs(mine.first)) gone.push_back(mine.first);
        },
        [&](auto& mine, const auto& theirs) {
          changed |= join_payload(mine.second, theirs.second);
        },
        [&](const auto& theirs) {
          if (by_mine(theirs.first)) fresh.push_back(theirs);
        });
    changed |= !gone.empty() || !fresh.empty();
    values_.insert_ascending(fresh.view());
    if (!gone.empty()) {
      const std::span<dot> all = gone.view();
      auto next = all.begin();
      values_.erase_if([&](const auto& entry) {
        const bool hit = next != all.end() && entry.first == *next;
        next += hit ? 1 : 0;
        return hit;
      });
    }
    return changed;
  }
  template <class Seen>
  [[nodiscard]] bool within(const dot_fun& upper, Seen&& seen) const {
    return walk_both(
        values_, upper.values_, key_is_first{}, [](const auto&) { return true; },
        [&](const auto& theirs) { return !seen(theirs.first); },
        [](const auto& mine, const auto& theirs) {
          return payload_leq(mine.second, theirs.second);
        });
  }
  template <class Struck>
  [[nodiscard]] dot_fun beyond(const dot_fun& base, const unseen& by_base, Struck&& struck) const {
    dot_fun part;
    const auto take = [&](const auto& entry) {
      part.values_.push_back(entry);
      return true;
    };
    walk_both(
        values_, base.values_, key_is_first{},
        [&](const auto& mine) { return !by_base(mine.first) || take(mine); },
        [&](const auto& theirs) {
          struck(theirs.first);
          return true;
        },
        [&](const auto& mine, const auto& theirs) {
          return payload_leq(mine.second, theirs.second) || take(mine);
        });
    return part;
  }

  /// One dot is its number, counted from the last one; else the count, and the gaps between numbers
  /// unless the dots are just the last ones of the context, as in a register.
  void encode(byte_writer& out, const dot_numbers& numbers) const {
    if (values_.size() == 1) {
      const auto& [d, v] = *values_.begin();
      out.varint((numbers.size() - 1 - numbers.number_of(d)) << 1U);
      codec<V>::encode(out, v);
      return;
    }
    const bool last = are_last(numbers);
    out.varint(values_.size() << 2U | (last ? 3U : 1U));
    std::uint64_t next = 0;
    for (const auto& [d, v] : values_) {
      if (!last) {
        const std::uint64_t number = numbers.number_of(d);
        out.varint(number - next);
        next = number + 1;
      }
      codec<V>::encode(out, v);
    }
  }
  [[nodiscard]] static dot_fun decode(byte_reader& in, const limits& bounds,
                                      const dot_numbers& numbers) {
    dot_fun fun;
    const std::uint64_t head = in.varint();
    const bool one = (head & 1U) == 0;
    const bool last = !one && (head & 2U) != 0;
    const std::uint64_t count = one ? 1 : head >> 2U;
    // Values may have no bytes, so dots that are not told bound the count by the limits only.
    if (count > numbers.size() || (one && head >> 1U >= numbers.size()) || (last && count == 0)) {
      in.fail(errc::malformed, "dots with values");
    } else if (!one && count == 1) {
      in.fail(errc::not_canonical, "count of dots with values");
    } else if (!one && count > in.remaining() && (!last || count > bounds.max_change_ops)) {
      in.fail(errc::truncated, "dots with values");
    }
    if (in.failed()) {
      return fun;
    }
    std::uint64_t next = numbers.size() - (one ? 1 + (head >> 1U) : count);
    if (!one && !last) {
      next = 0;
    }
    for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
      const std::optional<std::uint64_t> number =
          one || last ? next++ : dot_set::next_number(in, next, numbers);
      V v = codec<V>::decode(in, bounds);
      if (!in.failed()) {
        fun.values_.push_back({numbers.at(*number), std::move(v)});
      }
    }
    if (!in.failed() && !one && !last && fun.are_last(numbers)) {
      in.fail(errc::not_canonical, "numbers of the last dots");
    }
    return fun;
  }
  friend bool operator==(const dot_fun&, const dot_fun&) = default;

private:
  // Pre: `known` are the dots that both owners have seen, ascending, and they are few.
  bool merge_few(const dot_fun& other, const std::vector<dot>& known, const unseen& by_mine) {
    bool changed = false;
    for (const dot& d : known) {
      changed |= !other.has(d) && values_.erase(d);
    }
    for (const auto& theirs : other.values_) {
      if (auto* const mine = values_.find_entry(theirs.first)) {
        changed |= join_payload(mine->second, theirs.second);
      } else if (by_mine(theirs.first)) {
        values_.insert(theirs);
        changed = true;
      }
    }
    return changed;
  }
  [[nodiscard]] bool are_last(const dot_numbers& numbers) const {
    if (values_.empty()) {
      return false;
    }
    return numbers.number_of(values_.begin()->first) == numbers.size() - values_.size();
  }
  map_type values_;
};

}  // namespace weft::crdt
