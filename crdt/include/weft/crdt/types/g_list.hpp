// SPDX-License-Identifier: MIT
// g_list: a list that only grows, for logs and other things that are mostly appended to.
//
// State: (position, value) pairs, ascending by position (list_position.hpp). Join: union. Values
// never change or go. What two people insert at once in one place may mix: fugue_list does not.
// Cost: 24 bytes for each step of a position and the value; positions grow where many insert in one
// place. Appending is O(1), inserting in the middle moves what follows; merging is O(k log n) for a
// few elements and linear for many. A plain value; concurrent const calls are safe.
// Background: the list of this name in the rust-crdt library.
#pragma once

#include "weft/crdt/lattice/codec.hpp"
#include "weft/crdt/lattice/flat_merge.hpp"
#include "weft/crdt/lattice/laws.hpp"
#include "weft/crdt/types/list_position.hpp"
#include "weft/crdt/types/position_codec.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace weft::crdt {

template <element T>
class g_list {
public:
  struct entry {
    list_position position;
    T value;
    /// Two values in one place mean that an id was reused; the greater stays, so that all agree.
    bool take(const entry& other) {
      const bool grows = value < other.value;
      value = grows ? other.value : value;
      return grows;
    }
    friend bool operator==(const entry&, const entry&) = default;
  };

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  /// Pre: `index < size()`.
  [[nodiscard]] const T& operator[](std::size_t index) const { return entries_[index].value; }
  /// In list order.
  [[nodiscard]] const std::vector<entry>& entries() const noexcept { return entries_; }
  /// In list order. O(n).
  [[nodiscard]] std::vector<T> values() const {
    std::vector<T> all;
    all.reserve(size());
    for (const entry& e : entries_) {
      all.push_back(e.value);
    }
    return all;
  }

  /// O(both), or O(shorter * log longer) and what must move.
  bool merge(const g_list& other) {
    const bool changed = detail::flat_merge(
        entries_, other.entries_, [](const entry& e) -> const list_position& { return e.position; },
        [](entry& mine, const entry& theirs) { return mine.take(theirs); });
    if (changed && !WEFT_DEFECT("g_list.merge.forgets_the_dots")) {
      dots_.merge(other.dots_);
    }
    return changed;
  }
  /// O(|a| log |b|).
  friend bool leq(const g_list& a, const g_list& b) {
    return std::all_of(a.entries_.begin(), a.entries_.end(),
                       [&](const entry& e) { return b.covers(e); });
  }
  /// What b lacks. O(|a| log |b|).
  friend g_list difference(const g_list& a, const g_list& b) {
    g_list d;
    for (const entry& e : a.entries_) {
      if (!b.covers(e)) {
        d.put(e);
      }
    }
    return d;
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    for (const entry& e : entries_) {
      g_list part;
      part.put(e);
      f(std::as_const(part));
    }
  }

  void encode(byte_writer& out) const {
    position_writer positions(entries_);
    positions.head(out, entries_.size());
    for (const entry& e : entries_) {
      positions.put(out, e.position);
      codec<T>::encode(out, e.value);
    }
  }
  [[nodiscard]] static result<g_list> decode(byte_reader& in, const limits& bounds = {}) {
    g_list state;
    position_reader positions;
    const std::size_t count = positions.head(in, bounds, 2);
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
      const list_position* const before = i == 0 ? nullptr : &state.entries_.back().position;
      list_position position = positions.get(in, before);
      T v = codec<T>::decode(in, bounds);
      if (!in.failed() && before != nullptr && !(*before < position)) {
        in.fail(errc::not_canonical, "order of a list");
      }
      if (!in.failed()) {
        state.put({std::move(position), std::move(v)});
      }
    }
    positions.finish(in);
    if (in.failed()) {
      return in.failure();
    }
    return state;
  }
  friend bool operator==(const g_list& a, const g_list& b) { return a.entries_ == b.entries_; }

  g_list() = default;

  /// Writes as one replica; see `on`. On an error the state is as before.
  class mutator {
  public:
    mutator(g_list& state, const replica_id& self) noexcept : state_(state), self_(self) {}
    /// Puts `v` before the element that is at `index`, or at the end. Returns the delta.
    /// errc::bad_position past the end; errc::overflow when this replica has no dot left;
    /// errc::limit_exceeded when so many have been put in this place that a position is too long.
    [[nodiscard]] result<g_list> insert(std::size_t index, T v) {
      if (index > state_.size()) {
        return unexpected(errc::bad_position, 0, "insert past the end of a list");
      }
      result<dot> fresh = state_.dots_.next(self_);
      if (!fresh) {
        return unexpected(fresh.error());
      }
      if (WEFT_DEFECT("g_list.insert.reuses_its_dot") && fresh->counter > 0) {
        --fresh->counter;
      }
      const list_position* before = index == 0 ? nullptr : &state_.entries_[index - 1].position;
      const list_position* after =
          index == state_.size() ? nullptr : &state_.entries_[index].position;
      if (WEFT_DEFECT("g_list.insert.ignores_what_follows")) {
        after = nullptr;
      }
      list_position position = list_position::between(before, after, *fresh);
      if (position.steps().size() > list_position::max_steps) {
        return unexpected(errc::limit_exceeded, 0, "steps of a list position");
      }
      g_list delta;
      delta.put({position, v});
      state_.put({std::move(position), std::move(v)});
      return delta;
    }
    [[nodiscard]] result<g_list> push_back(T v) { return insert(state_.size(), std::move(v)); }

  private:
    g_list& state_;
    replica_id self_;
  };

private:
  [[nodiscard]] auto spot(const list_position& position) const {
    // Most come at the end.
    if (entries_.empty() || entries_.back().position < position) {
      return entries_.end();
    }
    return std::lower_bound(entries_.begin(), entries_.end(), position,
                            [](const entry& e, const list_position& p) { return e.position < p; });
  }
  [[nodiscard]] bool covers(const entry& e) const {
    const auto at = spot(e.position);
    return at != entries_.end() && at->position == e.position && !(at->value < e.value);
  }
  bool put(const entry& e) {
    const auto at = entries_.begin() + (spot(e.position) - entries_.cbegin());
    if (at != entries_.end() && at->position == e.position) {
      return at->take(e);
    }
    dots_.insert(e.position.maker());
    entries_.insert(at, e);
    return true;
  }
  roomy<entry> entries_;  // ascending
  causal_context dots_;   // makers of the positions: where to go on counting
};

}  // namespace weft::crdt
