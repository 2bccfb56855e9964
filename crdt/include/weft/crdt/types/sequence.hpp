// SPDX-License-Identifier: MIT
// sequence: a list in which everybody may insert and erase anywhere; what rga and fugue_list share.
//
// State: elements (id, origin, value), and the set of erased ids. Join: union of both; erasing wins
// and drops the value, the place in the tree stays. Elements whose origin has not arrived are held,
// are part of the state, and are not shown; an erasure may come before its element. So any set of
// deltas in any order makes the same state. All lists are parts of one total order of all ids ever
// inserted, which `Order` gives.
//
// Cost: some 60 bytes and the value for each element ever inserted; as bytes, a few for each run of
// typing. Local edits and small deltas do not walk the list (sequence_tree.hpp has the terms).
// A plain value; concurrent const calls are safe. Source: Attiya et al., "Specification and
// complexity of collaborative text editing", PODC 2016; docs/types/rga.md,
// docs/types/fugue_list.md.
#pragma once

#include "weft/crdt/lattice/laws.hpp"
#include "weft/crdt/types/sequence_runs.hpp"
#include "weft/crdt/types/sequence_tree.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace weft::crdt {

template <element T, class Order>
class sequence {
  using slot = element_order::slot;

public:
  /// Elements shown.
  [[nodiscard]] std::size_t size() const noexcept { return tree_.order().shown(); }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  /// Elements held for ever: shown, erased and waiting.
  [[nodiscard]] std::size_t held() const noexcept { return tree_.size(); }
  /// Elements whose origin has not arrived, as far as they are directly affected.
  [[nodiscard]] std::size_t waiting() const noexcept { return tree_.waiting(); }
  /// Pre: `index < size()`.
  [[nodiscard]] const T& operator[](std::size_t index) const {
    return *values_[tree_.order().at(index)];
  }
  /// In list order. O(n).
  [[nodiscard]] std::vector<T> values() const {
    std::vector<T> all;
    all.reserve(size());
    for_each([&](const dot&, const T& v) { all.push_back(v); });
    return all;
  }
  /// Calls f(id, value) for what is shown, in list order. O(n).
  template <class F>
  void for_each(F&& f) const {
    tree_.order().for_each_shown(0, [&](slot s) {
      f(tree_.id(s), *values_[s]);
      return true;
    });
  }
  /// Pre: `index < size()`. An id names its element for ever.
  [[nodiscard]] dot id_at(std::size_t index) const { return tree_.id(tree_.order().at(index)); }
  /// Elements shown before the one with this id; nullopt if the id has no place here (yet). An
  /// erased one keeps its place.
  [[nodiscard]] std::optional<std::size_t> index_of(const dot& id) const {
    const slot s = tree_.find(id);
    if (s == element_order::none || !tree_.attached(s)) {
      return std::nullopt;
    }
    return tree_.order().index_of(s);
  }
  [[nodiscard]] const causal_context& erased() const noexcept { return erased_; }

  /// O(k log n) for k elements of `other`, and the terms of sequence_tree for the new ones.
  bool merge(const sequence& other) {
    bool changed = false;
    other.tree_.for_each_by_id([&](slot s) { changed |= take(other, s); });
    return erase(other.erased_) || changed;
  }

  /// O(|a| log |b|).
  friend bool leq(const sequence& a, const sequence& b) {
    if (!leq(a.erased_, b.erased_)) {
      return false;
    }
    bool below = true;
    a.tree_.for_each_by_id([&](slot s) { below = below && a.element_leq(s, b); });
    return below;
  }

  /// Elements that b lacks and erasures that b lacks. O(|a| log |b|).
  friend sequence difference(const sequence& a, const sequence& b) {
    sequence d;
    a.tree_.for_each_by_id([&](slot s) {
      if (!a.element_leq(s, b)) {
        d.copy(a, s);
      }
    });
    if (!WEFT_DEFECT("sequence.difference.forgets_erasures")) {
      d.erase(minus(a.erased_, b.erased_));
    }
    return d;
  }

  /// Calls f with parts whose join is this state: one per element, one per interval of erased ids
  /// without element.
  template <class F>
  void for_each_irreducible(F&& f) const {
    causal_context known;
    tree_.for_each_by_id([&](slot s) {
      sequence part;
      part.copy(*this, s);
      known.insert(tree_.id(s));
      f(std::as_const(part));
    });
    const causal_context early = minus(erased_, known);
    for (const auto& [replica, list] : early.intervals()) {
      for (const counter_interval& range : list) {
        sequence part;
        part.erased_.insert(replica, range);
        f(std::as_const(part));
      }
    }
  }

  /// Erased ids, runs, then the values of what is not erased, by id. O(n).
  void encode(byte_writer& out) const {
    erased_.encode(out);
    encode_runs(out, tree_);
    tree_.for_each_by_id([&](slot s) {
      if (values_[s]) {
        codec<T>::encode(out, *values_[s]);
      }
    });
  }
  /// A run of erased elements takes few bytes, so the number of elements is bounded by
  /// `max_change_ops` and `max_expansion` for each byte. O(n log n).
  [[nodiscard]] static result<sequence> decode(byte_reader& in, const limits& bounds = {}) {
    byte_reader start = in;
    sequence state;
    result<causal_context> erased = causal_context::decode(in, bounds);
    if (!erased) {
      return unexpected(erased.error());
    }
    state.erased_ = std::move(*erased);
    const std::uint64_t most = bounds.max_change_ops + in.remaining() * bounds.max_expansion;
    decode_runs(in, bounds, state.erased_, most, state.tree_);
    if (!in.failed()) {
      state.values_.resize(state.tree_.size());
      state.tree_.for_each_by_id([&](slot s) {
        if (!in.failed() && !state.tree_.erased(s)) {
          state.values_[s] = codec<T>::decode(in, bounds);
        }
      });
    }
    if (!in.failed()) {
      const byte_view read = start.raw(in.offset() - start.offset());
      byte_writer again;
      state.encode(again);
      if (!std::equal(read.begin(), read.end(), again.view().begin(), again.view().end())) {
        in.fail(errc::not_canonical, "sequence");
      }
    }
    if (in.failed()) {
      return in.failure();
    }
    return state;
  }

  /// Same elements and erasures, however they came to be stored. O(n).
  friend bool operator==(const sequence& a, const sequence& b) {
    if (a.tree_.size() != b.tree_.size() || a.erased_ != b.erased_) {
      return false;
    }
    bool same = true;
    a.tree_.for_each_by_id([&](slot s) {
      const slot t = same ? b.tree_.find(a.tree_.id(s)) : element_order::none;
      same = same && t != element_order::none && a.tree_.origin(s) == b.tree_.origin(t) &&
             a.values_[s] == b.values_[t];
    });
    return same;
  }

  sequence() = default;

  /// Writes as one replica; see `on`. On an error the state is as before.
  class mutator {
  public:
    mutator(sequence& state, const replica_id& self) noexcept : state_(state), self_(self) {}
    /// Puts `v` before the element that is at `index`, or at the end. Returns the delta.
    /// errc::bad_position past the end; errc::overflow when ids of this replica have run out.
    [[nodiscard]] result<sequence> insert(std::size_t index, T v) {
      std::vector<T> one;
      one.push_back(std::move(v));
      return insert_run(index, std::move(one));
    }
    /// The same for several values, which then stand in this order, in one delta.
    [[nodiscard]] result<sequence> insert_run(std::size_t index, std::vector<T> run) {
      if (index > state_.size()) {
        return unexpected(errc::bad_position, 0, "insert past the end of a sequence");
      }
      std::uint32_t counter = state_.next_counter(self_);
      if (run.size() > max_op_count - counter) {
        return unexpected(errc::overflow, 0, "elements of one replica");
      }
      sequence delta;
      slot left = index == 0 ? element_order::none : state_.tree_.order().at(index - 1);
      if (WEFT_DEFECT("sequence.insert.hangs_on_the_wrong_neighbour") && index > 1) {
        left = state_.tree_.order().at(index - 2);
      }
      for (T& v : run) {
        const dot id{self_, counter++};
        const sequence_origin where = Order::origin_after(state_.tree_, left);
        delta.add(id, where, v);
        left = state_.add(id, where, std::move(v));
      }
      return delta;
    }
    /// Removes what is at `index`. Returns the delta. errc::bad_position past the end.
    [[nodiscard]] result<sequence> erase(std::size_t index) { return erase(index, 1); }
    /// Removes `count` elements from `index` on.
    [[nodiscard]] result<sequence> erase(std::size_t index, std::size_t count) {
      if (index > state_.size() || count > state_.size() - index) {
        return unexpected(errc::bad_position, 0, "erase past the end of a sequence");
      }
      sequence delta;
      if (count > 0) {
        state_.tree_.order().for_each_shown(index, [&](slot s) {
          delta.erased_.insert(state_.tree_.id(s));
          return --count > 0;
        });
      }
      state_.erase(delta.erased_);
      return delta;
    }

  private:
    sequence& state_;
    replica_id self_;
  };

  /// O(n).
  void check_invariants() const {
    tree_.check_invariants();
    WEFT_ASSERT(values_.size() == tree_.size(), "each element has a place for its value");
    tree_.for_each_by_id([&](slot s) {
      WEFT_ASSERT(tree_.erased(s) == erased_.contains(tree_.id(s)), "the erased set is followed");
      WEFT_ASSERT(values_[s].has_value() != tree_.erased(s), "what is erased has no value");
    });
  }

private:
  slot add(const dot& id, const sequence_origin& where, std::optional<T> v) {
    const slot s = tree_.add(id, where, !v);
    values_.push_back(std::move(v));
    return s;
  }
  // Pre: other's element is not here. Its erasure comes too.
  void copy(const sequence& other, slot s) {
    add(other.tree_.id(s), other.tree_.origin(s), other.values_[s]);
    if (!other.values_[s]) {
      erased_.insert(other.tree_.id(s));
    }
  }
  bool take(const sequence& other, slot theirs) {
    const dot id = other.tree_.id(theirs);
    const slot mine = tree_.find(id);
    if (mine == element_order::none) {
      const bool gone = erased_.contains(id) && !WEFT_DEFECT("sequence.merge.revives_erased");
      add(id, other.tree_.origin(theirs), gone ? std::nullopt : other.values_[theirs]);
      return true;
    }
    // Two elements under one id mean that an id was reused; take the greater, so that all agree.
    const sequence_origin here = tree_.origin(mine);
    const sequence_origin there = other.tree_.origin(theirs);
    const bool moved = here < there;
    const bool both = values_[mine] && other.values_[theirs];
    if (both && (moved || (here == there && *values_[mine] < *other.values_[theirs]))) {
      values_[mine] = other.values_[theirs];
    } else if (!moved) {
      return false;
    }
    if (moved) {
      tree_.move(mine, there);
    }
    return true;
  }
  bool erase(const causal_context& ids) {
    for (const auto& [replica, list] : ids.intervals()) {
      for (const counter_interval& range : list) {
        tree_.for_each_in(replica, range, [&](slot s) {
          if (!tree_.erased(s)) {
            tree_.erase(s);
            values_[s].reset();
          }
        });
      }
    }
    return erased_.merge(ids);
  }
  [[nodiscard]] bool element_leq(slot s, const sequence& b) const {
    const slot t = b.tree_.find(tree_.id(s));
    if (t == element_order::none) {
      return false;
    }
    const auto order = tree_.origin(s) <=> b.tree_.origin(t);
    return order < 0 ||
           (order == 0 && !(values_[s] && b.values_[t] && *b.values_[t] < *values_[s]));
  }
  // Greater than what this replica has used, erased ids included.
  [[nodiscard]] std::uint32_t next_counter(const replica_id& self) const {
    std::uint32_t own = tree_.next_of(self);
    std::uint32_t all = tree_.next_of_all();
    for (const auto& [replica, list] : erased_.intervals()) {
      all = std::max(all, list.back().end);
      own = replica == self ? std::max(own, list.back().end) : own;
    }
    return std::min(Order::next_counter(own, all), max_op_count);
  }

  sequence_tree<Order> tree_;
  roomy<std::optional<T>> values_;  // by slot; nullopt: erased
  causal_context erased_;
};

}  // namespace weft::crdt
