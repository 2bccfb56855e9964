// SPDX-License-Identifier: MIT
// sequence: a list in which everybody may insert and erase anywhere; what rga and fugue_list share.
//
// State: elements (id, origin, value), and the set of erased ids. Join: union of both; erasing wins
// and drops the value, the place in the tree stays. Elements whose origin has not arrived are held,
// are part of the state, and are not shown; an erasure may come before its element. So any set of
// deltas in any order makes the same state. All lists are parts of one total order of all ids ever
// inserted, which `Order` gives.
//
// Cost: the value and some 4 bytes for each element ever inserted, and some 70 for each run of them
// that was typed at once and that nothing was put into; as bytes, a few for each run of typing.
// Merging, comparing and reading take their steps by runs, and touch single elements only to read
// or compare values. Local edits and small deltas do not walk the list (sequence_tree.hpp has the
// terms). A plain value; concurrent const calls are safe. Source: Attiya et al., "Specification and
// complexity of collaborative text editing", PODC 2016; docs/types/rga.md,
// docs/types/fugue_list.md.
#pragma once

#include "weft/crdt/lattice/laws.hpp"
#include "weft/crdt/lattice/number_block.hpp"
#include "weft/crdt/types/sequence_runs.hpp"
#include "weft/crdt/types/sequence_tree.hpp"

#include <concepts>
#include <iterator>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft::crdt {

template <element T, class Order>
class sequence {
  using slot = sequence_slot;
  using tree = sequence_tree<Order>;
  // The value of an erased element is as if never set.
  static constexpr bool plain = std::default_initializable<T> && !std::same_as<T, bool>;
  using kept = std::conditional_t<plain, T, std::optional<T>>;

public:
  /// Elements shown.
  [[nodiscard]] std::size_t size() const noexcept { return tree_.shown(); }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  /// Elements held for ever: shown, erased and waiting.
  [[nodiscard]] std::size_t held() const noexcept { return tree_.size(); }
  /// Elements whose origin has not arrived, as far as they are directly affected.
  [[nodiscard]] std::size_t waiting() const noexcept { return tree_.waiting(); }
  /// Pre: `index < size()`.
  [[nodiscard]] const T& operator[](std::size_t index) const { return value(tree_.at(index)); }
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
    tree_.for_each_shown(0, [&](slot s) {
      f(tree_.id(s), value(s));
      return true;
    });
  }
  /// Pre: `index < size()`. An id names its element for ever.
  [[nodiscard]] dot id_at(std::size_t index) const { return tree_.id(tree_.at(index)); }
  /// Elements shown before the one with this id; nullopt if the id has no place here (yet). An
  /// erased one keeps its place.
  [[nodiscard]] std::optional<std::size_t> index_of(const dot& id) const {
    const slot s = tree_.find(id);
    if (s == no_slot || !tree_.attached(s)) {
      return std::nullopt;
    }
    return tree_.index_of(s);
  }
  [[nodiscard]] const causal_context& erased() const noexcept { return erased_; }

  /// O(k log n) for k runs of `other`, a comparison or copy of each value, and the terms of
  /// sequence_tree for the new ones.
  bool merge(const sequence& other) {
    bool changed = false;
    std::vector<std::pair<slot, sequence_origin>> moved;
    other.tree_.compare(
        tree_,
        [&](slot theirs, std::uint32_t count) {
          const slot mine = append(other, theirs, count);
          if (!erased_.empty() && !WEFT_DEFECT("sequence.merge.revives_erased")) {
            erase_those(mine, count, erased_, [](const counter_interval&) {});
          }
          changed = true;
        },
        [&](slot theirs, slot mine, std::uint32_t count) {
          changed |= settle(other, theirs, mine, count, moved);
        });
    if (!moved.empty()) {
      tree_.move(moved);
    }
    return erase(other.erased_) || changed;
  }

  /// O(|a| log |b|), in runs, and a comparison of each value.
  friend bool leq(const sequence& a, const sequence& b) {
    if (!leq(a.erased_, b.erased_)) {
      return false;
    }
    bool below = true;
    a.tree_.compare(
        b.tree_, [&](slot, std::uint32_t) { below = false; },
        [&](slot s, slot t, std::uint32_t count) {
          if (below && !a.same(s, b, t, count)) {
            for (std::uint32_t k = 0; k < count && below; ++k) {
              below = a.element_leq(s + k, b, t + k);
            }
          }
        });
    return below;
  }

  /// Elements that b lacks and erasures that b lacks. O(|a| log |b|), in runs, and a comparison of
  /// each value.
  friend sequence difference(const sequence& a, const sequence& b) {
    sequence d;
    a.tree_.compare(
        b.tree_, [&](slot s, std::uint32_t count) { d.copy(a, s, count); },
        [&](slot s, slot t, std::uint32_t count) {
          if (!a.same(s, b, t, count)) {
            for (std::uint32_t k = 0; k < count; ++k) {
              if (!a.element_leq(s + k, b, t + k)) {
                d.copy(a, s + k, 1);
              }
            }
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
    tree_.for_each_by_id([&](slot first, std::uint32_t count) {
      for (slot s = first; s < first + count; ++s) {
        sequence part;
        part.copy(*this, s, 1);
        f(std::as_const(part));
      }
      const dot id = tree_.id(first);
      known.insert(id.replica, {id.counter, id.counter + count});
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

  /// Erased ids, runs, then the values of what is not erased, by id; numbers as number_block has
  /// them, with the bit of the runs. O(n).
  void encode(byte_writer& out) const {
    erased_.encode(out);
    if constexpr (block_number<T>) {
      number_block form;
      for_each_value([&](const T& v) { form.add(v); });
      encode_runs(out, tree_, form.even());
      if (form.even()) {
        const unsigned width = form.width();
        out.u8(static_cast<std::uint8_t>(width));
        for_each_value([&](const T& v) { encode_in_width(out, width, v); });
        return;
      }
    } else {
      encode_runs(out, tree_, false);
    }
    for_each_value([&](const T& v) { codec<T>::encode(out, v); });
  }
  /// A run of erased elements takes few bytes, so the number of elements is bounded by
  /// `max_change_ops` and `max_expansion` for each byte. O(log) for each run, and each value.
  [[nodiscard]] static result<sequence> decode(byte_reader& in, const limits& bounds = {}) {
    result<sequence> read{std::in_place};
    sequence& state = *read;
    result<causal_context> erased = causal_context::decode(in, bounds);
    if (!erased) {
      return unexpected(erased.error());
    }
    const std::uint64_t most = std::min<std::uint64_t>(
        bounds.max_change_ops + in.remaining() * bounds.max_expansion, max_op_count);
    const bool even = decode_runs(in, bounds, most, state.tree_);
    if (!in.failed()) {
      state.values_.resize(state.tree_.size());
      state.erase(*erased);
      state.decode_values(in, bounds, even);
    }
    if (in.failed()) {
      return in.failure();
    }
    return read;
  }

  /// Same elements and erasures, however they came to be stored. O(n).
  friend bool operator==(const sequence& a, const sequence& b) {
    if (a.tree_.size() != b.tree_.size() || a.erased_ != b.erased_) {
      return false;
    }
    bool equal = true;
    a.tree_.compare(
        b.tree_, [&](slot, std::uint32_t) { equal = false; },
        [&](slot s, slot t, std::uint32_t count) { equal = equal && a.same(s, b, t, count); });
    return equal;
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
      const std::uint32_t counter = state_.next_counter(self_);
      if (run.size() > max_op_count - counter) {
        return unexpected(errc::overflow, 0, "elements of one replica");
      }
      sequence delta;
      slot left = index == 0 ? no_slot : state_.tree_.at(index - 1);
      if (WEFT_DEFECT("sequence.insert.hangs_on_the_wrong_neighbour") && index > 1) {
        left = state_.tree_.at(index - 2);
      }
      if (!run.empty()) {
        const dot id{self_, counter};
        const sequence_origin where = Order::origin_after(state_.tree_, left);
        delta.add(id, where, run.begin(), run.end());
        state_.add(id, where, std::make_move_iterator(run.begin()),
                   std::make_move_iterator(run.end()));
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
        slot first = no_slot;  // of those that are in one run
        slot end = no_slot;
        const auto note = [&] {
          if (first != end) {
            const dot id = state_.tree_.id(first);
            delta.erased_.insert(id.replica, {id.counter, id.counter + (end - first)});
          }
        };
        state_.tree_.for_each_shown(index, [&](slot s) {
          if (s != end || !state_.tree_.in_one_run(first, s)) {
            note();
            first = s;
          }
          end = s + 1;
          return --count > 0;
        });
        note();
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
    for (slot s = 0; s < tree_.size(); ++s) {
      WEFT_ASSERT(tree_.erased(s) == erased_.contains(tree_.id(s)), "the erased set is followed");
      if constexpr (!plain) {
        WEFT_ASSERT(values_[s].has_value() != tree_.erased(s), "what is erased has no value");
      }
    }
  }

private:
  [[nodiscard]] const T& value(slot s) const {
    if constexpr (plain) {
      return values_[s];
    } else {
      return *values_[s];
    }
  }
  // Calls f(value) for what is not erased, by id.
  template <class F>
  void for_each_value(F&& f) const {
    tree_.for_each_by_id([&](slot first, std::uint32_t count) {
      const bool all = tree_.count_erased(first, count) == 0;
      for (slot s = first; s < first + count; ++s) {
        if (all || !tree_.erased(s)) {
          f(value(s));
        }
      }
    });
  }
  // Slots are in the order of the ids.
  void decode_values(byte_reader& in, const limits& bounds, bool even) {
    const auto count = static_cast<std::uint32_t>(values_.size());
    const std::uint32_t gone = tree_.count_erased(0, count);
    slot s = 0;
    const auto put = [&](T v) {
      while (gone != 0 && tree_.erased(s)) {
        ++s;
      }
      values_[s++] = std::move(v);
    };
    if constexpr (block_number<T>) {
      if (even) {
        decode_even<T>(in, count - gone, put);
        return;
      }
      number_block form;
      for (std::uint32_t k = gone; k < count && !in.failed(); ++k) {
        const T v = codec<T>::decode(in, bounds);
        form.add(v);
        put(v);
      }
      if (!in.failed() && form.even()) {
        in.fail(errc::not_canonical, "numbers of several widths");
      }
    } else {
      if (even) {
        in.fail(errc::malformed, "values of a sequence");
      }
      for (std::uint32_t k = gone; k < count && !in.failed(); ++k) {
        put(codec<T>::decode(in, bounds));
      }
    }
  }

  template <class From>
  void add(const dot& id, const sequence_origin& where, From first, From last) {
    tree_.add(tree_.intern(id), static_cast<std::uint32_t>(last - first), tree_.intern(where));
    values_.insert(values_.end(), first, last);
  }
  // Pre: other's elements are not here, and are in one run. Whether they are erased is left open.
  slot append(const sequence& other, slot s, std::uint32_t count) {
    const slot first = tree_.add(other.tree_, s, count);
    const auto from = other.values_.begin() + s;
    values_.insert(values_.end(), from, from + count);
    return first;
  }
  // The same, and their erasures come too.
  void copy(const sequence& other, slot s, std::uint32_t count) {
    const slot first = append(other, s, count);
    const replica_id author = tree_.id(first).replica;
    erase_those(first, count, other.erased_,
                [&](const counter_interval& range) { erased_.insert(author, range); });
  }
  // What both have. Two elements under one id mean that an id was reused; the greater is taken, so
  // that all agree. What has to hang elsewhere is noted in `moved`.
  bool settle(const sequence& other, slot theirs, slot mine, std::uint32_t count,
              std::vector<std::pair<slot, sequence_origin>>& moved) {
    if (same(mine, other, theirs, count)) {
      return false;
    }
    bool changed = false;
    for (std::uint32_t k = 0; k < count; ++k, ++mine, ++theirs) {
      const sequence_origin here = tree_.origin(mine);
      const sequence_origin there = other.tree_.origin(theirs);
      const bool further = here < there;
      const bool both = !tree_.erased(mine) && !other.tree_.erased(theirs);
      if (both && (further || (here == there && value(mine) < other.value(theirs)))) {
        values_[mine] = other.values_[theirs];
        changed = true;
      }
      if (further) {
        moved.emplace_back(mine, there);
        changed = true;
      }
    }
    return changed;
  }
  // These elements of a run hang at the same places as those in a run of b, and where both have
  // values these are equal.
  [[nodiscard]] bool same(slot s, const sequence& b, slot t, std::uint32_t count) const {
    if (!tree_.same_origins(s, b.tree_, t, count)) {
      return false;
    }
    if (tree_.count_erased(s, count) == 0 && b.tree_.count_erased(t, count) == 0) {
      return std::equal(values_.begin() + s, values_.begin() + s + count, b.values_.begin() + t);
    }
    for (std::uint32_t k = 0; k < count; ++k) {
      if (!tree_.erased(s + k) && !b.tree_.erased(t + k) && value(s + k) != b.value(t + k)) {
        return false;
      }
    }
    return true;
  }
  [[nodiscard]] bool element_leq(slot s, const sequence& b, slot t) const {
    const auto order = tree_.origin(s) <=> b.tree_.origin(t);
    return order < 0 ||
           (order == 0 && (tree_.erased(s) || b.tree_.erased(t) || !(b.value(t) < value(s))));
  }
  void erase_slots(slot first, std::uint32_t count) {
    tree_.erase(first, count, [&](slot s) { values_[s] = kept{}; });
  }
  // Erases those of these elements, whose ids succeed each other, that are in `gone`; calls
  // f(counter_interval) for them.
  template <class F>
  void erase_those(slot first, std::uint32_t count, const causal_context& gone, F&& f) {
    const dot id = tree_.id(first);
    gone.for_each_in(id.replica, {id.counter, id.counter + count},
                     [&](const counter_interval& range) {
                       erase_slots(first + (range.first - id.counter), range.end - range.first);
                       f(range);
                     });
  }
  bool erase(const causal_context& ids) {
    if (ids.empty()) {
      return false;
    }
    for (const auto& [replica, list] : ids.intervals()) {
      for (const counter_interval& range : list) {
        tree_.for_each_in(replica, range,
                          [&](slot s, std::uint32_t count) { erase_slots(s, count); });
      }
    }
    return erased_.merge(ids);
  }
  // Greater than what this replica has used, erased ids included.
  [[nodiscard]] std::uint32_t next_counter(const replica_id& self) const {
    const std::uint32_t author = tree_.ids().author_of(self);
    std::uint32_t own = author == sequence_ids::nobody ? 0 : tree_.ids().next_of(author);
    std::uint32_t all = tree_.ids().next_of_all();
    for (const auto& [replica, list] : erased_.intervals()) {
      all = std::max(all, list.back().end);
      own = replica == self ? std::max(own, list.back().end) : own;
    }
    return std::min(Order::next_counter(own, all), max_op_count);
  }

  tree tree_;
  roomy<kept> values_;  // by slot
  causal_context erased_;
};

}  // namespace weft::crdt
