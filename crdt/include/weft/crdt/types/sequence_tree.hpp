// SPDX-License-Identifier: MIT
// sequence_tree: the elements of a sequence type without their values, as a tree and as a list.
//
// Each element names the element it hangs on, so the list is a walk of the tree; `Order` says how
// siblings stand. An element whose origin is not here yet *waits*: it is kept and has no place in
// the list. Elements may therefore come in any order, and the list is a function of the set alone.
//
// The nodes of the tree are *runs*: elements with successive ids in successive slots, each hanging
// on the right of the one before and before the same right neighbour, which is what one replica
// types at once. A run is divided when something comes to hang in the middle of it. How elements
// are grouped depends on how they came, and shows nowhere.
// Invariants: a run is in the list exactly when all that its first element names is; what hangs on
// a run hangs on the left of its first or the right of its last element; siblings stand in `Order`.
// No call recurses: typing makes chains as deep as the text is long.
//
// Cost: 4 bytes an element, some 60 a run, one id per replica. Adding a run costs O(log n), the
// run_order, 4 bytes per element, a walk down the concurrent runs that it comes to stand behind,
// and, where it hangs in the middle of a run, up to `max_run` numbers to write. A plain value;
// concurrent const calls are safe. Sources: Roh et al., "Replicated abstract data types", JPDC
// 2011; Weidner, Kleppmann, "The Art of the Fugue", 2023; docs/types/fugue_list.md.
#pragma once

#include "weft/crdt/assert.hpp"
#include "weft/crdt/defect.hpp"
#include "weft/crdt/types/run_order.hpp"
#include "weft/crdt/types/run_waiters.hpp"
#include "weft/crdt/types/sequence_ids.hpp"
#include "weft/crdt/types/slot_set.hpp"

#include <algorithm>
#include <compare>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace weft::crdt {

enum class sequence_side : std::uint8_t { left, right };

/// Where an element hangs.
struct sequence_origin {
  std::optional<dot> parent;  ///< nullopt: the start of the list
  sequence_side side = sequence_side::right;
  std::optional<dot> right;  ///< what followed, where the order asks for it; nullopt: the end
  friend auto operator<=>(const sequence_origin&, const sequence_origin&) = default;
};

/// `Order` has: `keeps_right` (origins name what followed); `before(tree, a, b, side)`, a total
/// order of siblings that does not change as elements come; `origin_after(tree, left)`, where an
/// element typed behind `left` hangs; `next_counter(own, all)`, the counter of a new id.
template <class Order>
class sequence_tree {
public:
  using slot = sequence_slot;
  using name = sequence_ids::name;
  using run = run_order::run;
  static constexpr std::uint32_t max_run = 4096;

  /// A sequence_origin in the names of this tree.
  struct origin_name {
    name parent;
    name right;
    sequence_side side = sequence_side::right;
    friend bool operator==(const origin_name&, const origin_name&) = default;
    /// The right neighbour of what is typed on behind an element that hangs here: what follows a
    /// left child is its parent.
    [[nodiscard]] name right_of_next() const {
      return !Order::keeps_right ? name{} : side == sequence_side::right ? right : parent;
    }
  };

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_elements_; }
  [[nodiscard]] const sequence_ids& ids() const noexcept { return ids_; }
  /// `no_slot` when it is not here. O(log n).
  [[nodiscard]] slot find(const dot& id) const {
    const std::uint32_t author = ids_.author_of(id.replica);
    return author == ids_.nobody ? no_slot : ids_.find({author, id.counter});
  }
  [[nodiscard]] dot id(slot s) const { return ids_.wide(name_of(s)); }
  [[nodiscard]] bool attached(slot s) const { return runs_[run_of(s)].attached; }
  [[nodiscard]] bool erased(slot s) const { return erased_.contains(s); }
  /// How many of these are erased.
  [[nodiscard]] std::uint32_t count_erased(slot first, std::uint32_t count) const {
    return erased_.count(first, count);
  }
  [[nodiscard]] origin_name origin_name_of(slot s) const {
    const node& n = runs_[run_of(s)];
    if (s == n.first) {
      return n.origin;
    }
    name before = n.id;
    before.counter += s - n.first - 1;
    return {before, n.origin.right_of_next(), sequence_side::right};
  }
  [[nodiscard]] sequence_origin origin(slot s) const {
    const origin_name o = origin_name_of(s);
    return {wide(o.parent), o.side, wide(o.right)};
  }
  /// The right neighbour of what is typed on behind this element.
  [[nodiscard]] std::optional<dot> right_of_next(slot s) const {
    return wide(runs_[run_of(s)].origin.right_of_next());
  }
  /// How many elements from this one on are in its run.
  [[nodiscard]] std::uint32_t rest_of_run(slot s) const {
    const node& n = runs_[run_of(s)];
    return n.first + n.length - s;
  }
  [[nodiscard]] bool in_one_run(slot s, slot t) const { return run_of(s) == run_of(t); }
  /// Some attached element hangs on `s` on this side; `no_slot` is the start.
  [[nodiscard]] bool has_children(slot s, sequence_side side) const {
    if (s == no_slot) {
      return side == sequence_side::right && first_children_ != none;
    }
    const node& n = runs_[run_of(s)];
    return side == sequence_side::left ? s == n.first && n.left != none
                                       : s != n.last() || n.children != none;
  }
  /// Order of two attached elements' right origins in the list; the end is last.
  [[nodiscard]] std::strong_ordering compare_right(slot a, slot b) const {
    const name right_a = origin_name_of(a).right;
    const name right_b = origin_name_of(b).right;
    if (right_a == right_b) {
      return std::strong_ordering::equal;
    }
    if (right_a.author == ids_.nobody || right_b.author == ids_.nobody) {
      return right_a.author == ids_.nobody ? std::strong_ordering::greater
                                           : std::strong_ordering::less;
    }
    const slot x = ids_.find(right_a);
    const slot y = ids_.find(right_b);
    const bool first = run_of(x) == run_of(y) ? x < y : order_.before(run_of(x), run_of(y));
    return first ? std::strong_ordering::less : std::strong_ordering::greater;
  }

  /// Elements in the list that are not erased.
  [[nodiscard]] std::size_t shown() const noexcept { return order_.shown(); }
  /// The `index`-th of them. Pre: `index < shown()`.
  [[nodiscard]] slot at(std::size_t index) const {
    const run_order::place place = order_.at(index);
    return erased_.missing(runs_[place.at].first, place.index);
  }
  /// How many of them stand before this attached one.
  [[nodiscard]] std::size_t index_of(slot s) const {
    const slot first = runs_[run_of(s)].first;
    return order_.index_of(run_of(s)) + (s - first) - count_erased(first, s - first);
  }
  /// The first element of the list, and the one after an attached one; erased ones count.
  [[nodiscard]] slot first() const {
    const run r = order_.first();
    return r == none ? no_slot : runs_[r].first;
  }
  [[nodiscard]] slot next(slot s) const {
    if (s != runs_[run_of(s)].last()) {
      return s + 1;
    }
    const run r = order_.next(run_of(s));
    return r == none ? no_slot : runs_[r].first;
  }
  /// Calls f(slot) for the shown elements from the `from`-th on, until f returns false.
  template <class F>
  void for_each_shown(std::size_t from, F&& f) const {
    order_.for_each_shown(from, [&](run r, std::size_t skip) {
      const node& n = runs_[r];
      for (slot s = erased_.missing(n.first, skip); s < n.first + n.length; ++s) {
        if (!erased_.contains(s) && !f(s)) {
          return false;
        }
      }
      return true;
    });
  }

  void reserve_replicas(std::size_t count) { ids_.reserve(count); }
  name intern(const dot& d) { return ids_.intern(d); }
  origin_name intern(const sequence_origin& where) {
    return {where.parent ? intern(*where.parent) : name{},
            where.right ? intern(*where.right) : name{}, where.side};
  }
  /// Adds elements that are in one run of another tree, as the next function does.
  slot add(const sequence_tree& other, slot s, std::uint32_t count) {
    const auto named = [&](const name& n) {
      return n.author == ids_.nobody ? n : intern(other.ids_.wide(n));
    };
    const origin_name where = other.origin_name_of(s);
    const name id = named(other.name_of(s));
    return add(id, count, {named(where.parent), named(where.right), where.side});
  }
  /// Adds elements that were typed at once: `count` successive ids, the first hangs at `where`, the
  /// others each on the right of the one before. Pre: none of the ids is here. Returns the slot of
  /// the first, which is `size()` before; the others follow.
  slot add(name id, std::uint32_t count, origin_name where) {
    const auto first = static_cast<slot>(size());
    WEFT_ASSERT(count < most && first < most - count, "a sequence holds fewer than 2^31 elements");
    ids_.add(id, first, count);
    std::uint32_t done = grow_last(id, count, where);
    while (done < count) {
      const auto r = static_cast<run>(runs_.size());
      node n;
      n.first = first + done;
      n.length = std::min(count - done, max_run);
      n.id = {id.author, id.counter + done};
      n.origin = where;
      if (done > 0) {
        n.origin = {{id.author, n.id.counter - 1}, where.right_of_next(), sequence_side::right};
      }
      runs_.push_back(n);
      note_run(n.length, r);
      done += n.length;
      attach(r);
    }
    return first;
  }
  /// Calls f(slot) for those of these that were not erased before.
  template <class F>
  void erase(slot first, std::uint32_t count, F&& f) {
    while (count > 0) {
      const std::uint32_t here = std::min(count, rest_of_run(first));
      const std::uint32_t fresh = erased_.insert(first, here, f);
      if (fresh > 0 && attached(first)) {
        order_.show_less(run_of(first), fresh);
      }
      first += here;
      count -= here;
    }
  }
  /// Hangs elements elsewhere and plants everything anew: only when an id was used twice.
  /// O(n log n).
  void move(std::span<const std::pair<slot, sequence_origin>> all) {
    for (const auto& [s, where] : all) {
      run r = run_of(s);
      if (s != runs_[r].first) {
        r = divide(r, s);
      }
      if (s != runs_[r].last()) {
        divide(r, s + 1);
      }
      runs_[r].origin = intern(where);
    }
    order_ = {};
    waiting_ = {};
    waiting_elements_ = 0;
    crowds_.clear();
    first_children_ = none;
    for (node& n : runs_) {
      n.attached = false;
      n.left = n.children = none;
    }
    const auto count = static_cast<run>(runs_.size());  // what gets divided on the way is planted
    for (run r = 0; r < count; ++r) {
      if (!runs_[r].attached) {
        attach(r);
      }
    }
  }

  /// Calls f(slot, count) for all elements by replica, then counter, both ascending; those of one
  /// call are in one run.
  template <class F>
  void for_each_by_id(F&& f) const {
    for (std::size_t place = 0; place < ids_.authors(); ++place) {
      for (const sequence_ids::range& range : ids_.ranges(ids_.author_at(place))) {
        for_each_run(range.slot, range.count, f);
      }
    }
  }
  /// Calls f(slot, count) for the elements of `replica` in `range`, ascending.
  template <class F>
  void for_each_in(const replica_id& replica, const counter_interval& range, F&& f) const {
    const std::uint32_t author = ids_.author_of(replica);
    if (author == ids_.nobody) {
      return;
    }
    const auto list = ids_.ranges(author);
    for (auto at = ids_.behind(list, range.first); at != list.end() && at->counter < range.end;
         ++at) {
      const std::uint32_t from = std::max(at->counter, range.first);
      f(at->slot + (from - at->counter), std::min(at->end(), range.end) - from);
    }
  }
  /// Goes through the elements of this tree by id, beside those of another: calls
  /// lacks(slot, count) for what the other has not, both(slot, other's slot, count) for what both
  /// have. Those of one call are in one run, on both sides. `lacks` may add them to the other.
  template <class Lacks, class Both>
  void compare(const sequence_tree& other, Lacks&& lacks, Both&& both) const {
    std::size_t guess = 0;  // of the place of a replica in the other
    for (std::size_t place = 0; place < ids_.authors(); ++place) {
      const std::uint32_t author = ids_.author_at(place);
      const replica_id& replica = ids_.replica(author);
      if (!other.ids_.stands_at(guess, replica)) {
        guess = other.ids_.place_of(replica);
      }
      const bool known = other.ids_.stands_at(guess, replica);
      const std::uint32_t theirs = known ? other.ids_.author_at(guess) : ids_.nobody;
      ++guess;
      for (const sequence_ids::range& range : ids_.ranges(author)) {
        for_each_run(range.slot, range.count, [&](slot s, std::uint32_t count) {
          other.match(theirs, range.counter + (s - range.slot), s, count, lacks, both);
        });
      }
    }
  }
  /// These elements of a run here and of one in another tree hang at the same places.
  [[nodiscard]] bool same_origins(slot s, const sequence_tree& other, slot t,
                                  std::uint32_t count) const {
    return origin(s) == other.origin(t) &&
           (count == 1 || right_of_next(s) == other.right_of_next(t));
  }

  /// O(n). What the head of this file promises.
  void check_invariants() const {
    order_.check_invariants();
    std::vector<std::uint32_t> shown(runs_.size(), no_slot);
    order_.for_each([&](run r, std::uint32_t count) {
      WEFT_ASSERT(shown[r] == no_slot, "a run stands once in the order");
      shown[r] = count;
    });
    std::size_t elements = 0;
    std::size_t waiting = 0;
    for (run r = 0; r < runs_.size(); ++r) {
      const node& n = runs_[r];
      WEFT_ASSERT(n.length > 0 && n.length <= max_run, "a run has its size");
      WEFT_ASSERT(n.attached == (here(n.origin.parent) && here(n.origin.right)),
                  "an element is in the list when what it names is");
      WEFT_ASSERT(n.attached == (shown[r] != no_slot), "the order holds what is attached");
      WEFT_ASSERT(!n.attached || shown[r] == n.length - count_erased(n.first, n.length),
                  "the order counts what is shown");
      for (std::uint32_t k = 0; k < n.length; ++k) {
        WEFT_ASSERT(run_of(n.first + k) == r, "an element knows its run");
        WEFT_ASSERT(ids_.find({n.id.author, n.id.counter + k}) == n.first + k,
                    "an id leads to its element");
      }
      elements += n.length;
      waiting += n.attached ? 0 : n.length;
    }
    WEFT_ASSERT(elements == size(), "each element is in one run");
    WEFT_ASSERT(waiting == waiting_elements_, "what is not in the list waits");
  }

private:
  static constexpr run none = run_order::none;
  static constexpr std::uint32_t most = 0x8000'0000U;  // `children` is then a number in crowds_

  struct node {
    slot first = 0;
    std::uint32_t length = 0;
    name id;              // of the first element
    origin_name origin;   // of the first element
    run left = none;      // what hangs on the left of the first element
    run children = none;  // and on the right of the last
    bool attached = false;
    [[nodiscard]] slot last() const noexcept { return first + length - 1; }
  };

  [[nodiscard]] name name_of(slot s) const {
    const node& n = runs_[run_of(s)];
    return {n.id.author, n.id.counter + (s - n.first)};
  }
  [[nodiscard]] std::optional<dot> wide(const name& n) const {
    return n.author == ids_.nobody ? std::nullopt : std::optional<dot>(ids_.wide(n));
  }
  [[nodiscard]] bool here(const name& n) const {
    if (n.author == ids_.nobody) {
      return true;
    }
    const slot s = ids_.find(n);
    return s != no_slot && attached(s);
  }
  // Cuts at the ends of runs.
  template <class F>
  void for_each_run(slot s, std::uint32_t count, F&& f) const {
    while (count > 0) {
      const std::uint32_t part = std::min(count, rest_of_run(s));
      f(s, part);
      s += part;
      count -= part;
    }
  }
  // compare(), for elements of one run of the other side, which are at `s` there.
  template <class Lacks, class Both>
  void match(std::uint32_t author, std::uint32_t counter, slot s, std::uint32_t count, Lacks& lacks,
             Both& both) const {
    while (count > 0) {
      std::uint32_t part = count;
      slot mine = no_slot;
      if (author != ids_.nobody) {
        const auto list = ids_.ranges(author);
        const auto at = ids_.behind(list, counter);
        if (at != list.end() && at->counter <= counter) {
          mine = at->slot + (counter - at->counter);
          part = std::min(count, rest_of_run(mine));
        } else if (at != list.end()) {
          part = std::min(count, at->counter - counter);
        }
      }
      if (mine == no_slot) {
        lacks(s, part);
      } else {
        both(s, mine, part);
      }
      counter += part;
      s += part;
      count -= part;
    }
  }

  [[nodiscard]] run run_of(slot s) const { return run_of_.empty() ? 0 : run_of_[s]; }
  // New elements are in this run.
  void note_run(std::uint32_t count, run r) {
    if (r != 0 || !run_of_.empty()) {
      run_of_.resize(size_);
      run_of_.insert(run_of_.end(), count, r);
    }
    size_ += count;
  }
  // Makes the run that came last longer by as many elements as belong to it; returns how many.
  std::uint32_t grow_last(const name& id, std::uint32_t count, const origin_name& where) {
    if (size_ == 0) {
      return 0;
    }
    const run r = run_of(static_cast<slot>(size_ - 1));
    node& n = runs_[r];
    const name next{n.id.author, n.id.counter + n.length};
    const bool closed = n.children != none && !WEFT_DEFECT("sequence.run.grows_over_children");
    if (id != next || closed || n.length == max_run ||
        where != origin_name{{next.author, next.counter - 1}, n.origin.right_of_next()}) {
      return 0;
    }
    const std::uint32_t more = std::min(count, max_run - n.length);
    n.length += more;
    note_run(more, r);
    if (!n.attached) {
      waiting_elements_ += more;
      return more;
    }
    order_.show_more(r, more);
    if (!waiting_.empty()) {
      std::vector<run> ready;
      wake(id, more, ready);
      attach_all(ready);
    }
    return more;
  }
  // From `at` on the elements of `whole` become a run of their own, which is returned.
  run divide(run whole, slot at) {
    const auto fresh = static_cast<run>(runs_.size());
    node& n = runs_[whole];
    node rest = n;
    const std::uint32_t front = at - n.first;
    rest.first = at;
    rest.length -= front;
    rest.id.counter += front;
    rest.origin = {{n.id.author, rest.id.counter - 1}, n.origin.right_of_next()};
    rest.left = none;
    n.length = front;
    n.children = n.attached ? fresh : none;
    run_of_.resize(size_);
    std::fill_n(run_of_.begin() + at, rest.length, fresh);
    if (n.attached) {
      order_.divide(whole, fresh, rest.length - count_erased(at, rest.length));
    }
    runs_.push_back(rest);
    return fresh;
  }

  // Puts a run into the list, and all that waited for it; or lets it wait.
  void attach(run r) {
    if (plant_or_wait(r) && !waiting_.empty()) {
      std::vector<run> ready;
      wake(runs_[r].id, runs_[r].length, ready);
      attach_all(ready);
    }
  }
  void attach_all(std::vector<run>& ready) {
    while (!ready.empty()) {
      const run r = ready.back();
      ready.pop_back();
      if (plant_or_wait(r)) {
        wake(runs_[r].id, runs_[r].length, ready);
      }
    }
  }
  bool plant_or_wait(run r) {
    const node& n = runs_[r];
    for (const name& needed : {n.origin.parent, n.origin.right}) {
      if (!here(needed)) {
        waiting_.add(key(needed), r);
        waiting_elements_ += n.length;
        return false;
      }
    }
    plant(r);
    return true;
  }
  // Moves those who waited for one of these elements to `ready`.
  void wake(const name& id, std::uint32_t count, std::vector<run>& ready) {
    if (WEFT_DEFECT("sequence.attach.wakes_nobody")) {
      return;
    }
    waiting_.take(key(id), key(id) + count, [&](run r) {
      ready.push_back(r);
      waiting_elements_ -= runs_[r].length;
    });
  }
  static std::uint64_t key(const name& n) noexcept {
    return std::uint64_t{n.author} << 32U | n.counter;
  }

  void plant(run r) {
    runs_[r].attached = true;
    const sequence_side side = runs_[r].origin.side;
    const run parent = parent_of(r);
    run& list = parent == none                ? first_children_
                : side == sequence_side::left ? runs_[parent].left
                                              : runs_[parent].children;
    run behind = none;  // the sibling after r, and the one before
    run ahead = none;
    if (list == none) {
      list = r;
    } else {
      few<run>& crowd = crowd_of(list);
      const auto at = std::partition_point(crowd.begin(), crowd.end(), [&](run other) {
        return Order::before(*this, runs_[other].first, runs_[r].first, side);
      });
      behind = at == crowd.end() ? none : *at;
      ahead = at == crowd.begin() ? none : *(at - 1);
      crowd.replace(static_cast<std::size_t>(at - crowd.begin()), 0, {&r, 1});
    }
    const node& n = runs_[r];
    const std::uint32_t shown = n.length - count_erased(n.first, n.length);
    if (behind != none) {
      order_.insert_before(leftmost(behind), r, shown);
    } else if (side == sequence_side::left) {
      order_.insert_before(parent, r, shown);
    } else {
      order_.insert_after(ahead == none ? parent : rightmost(ahead), r, shown);
    }
  }
  // The run that `r` hangs on, divided so that it hangs on an end of it; none: the start.
  run parent_of(run r) {
    const origin_name& origin = runs_[r].origin;
    if (origin.parent.author == ids_.nobody) {
      return none;
    }
    const slot s = ids_.find(origin.parent);
    const run parent = run_of(s);
    if (origin.side == sequence_side::left) {
      return s == runs_[parent].first ? parent : divide(parent, s);
    }
    if (s != runs_[parent].last()) {
      divide(parent, s + 1);
    }
    return parent;
  }
  // An only child is kept in place, several in a crowd.
  few<run>& crowd_of(run& list) {
    if (list < most) {
      const auto number = static_cast<run>(crowds_.size());
      crowds_.emplace_back(std::span<const run>(&list, 1));
      list = most | number;
    }
    return crowds_[list & ~most];
  }
  [[nodiscard]] run leftmost(run r) const {
    while (runs_[r].left != none) {
      const run list = runs_[r].left;
      r = list < most ? list : crowds_[list & ~most].front();
    }
    return r;
  }
  [[nodiscard]] run rightmost(run r) const {
    while (runs_[r].children != none) {
      const run list = runs_[r].children;
      r = list < most ? list : crowds_[list & ~most].back();
    }
    return r;
  }

  sequence_ids ids_;
  roomy<node> runs_;
  roomy<run> run_of_;  ///< by slot; empty while all are in the first
  std::size_t size_ = 0;
  slot_set erased_;
  roomy<few<run>> crowds_;
  run_waiters waiting_;  ///< by the id that is missing
  std::size_t waiting_elements_ = 0;
  run first_children_ = none;
  run_order order_;
};

}  // namespace weft::crdt
