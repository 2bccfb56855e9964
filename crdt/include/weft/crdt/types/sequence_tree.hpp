// SPDX-License-Identifier: MIT
// sequence_tree: the elements of a sequence type without their values, as a tree and as a list.
//
// Each element names the element it hangs on, so the list is a walk of the tree; `Order` says how
// siblings stand. An element whose origin is not here yet *waits*: it is kept and has no place in
// the list. Elements may therefore come in any order, and the list is a function of the set alone.
// Invariants: an element is in the list exactly when all it names is; siblings stand in `Order`.
// No call recurses: typing makes chains as deep as the text is long.
//
// Cost: 40 bytes an element, its place in element_order, and one id per replica. Adding one costs
// O(log n) and the element_order, and a walk down the concurrent run that it comes to stand behind.
// A plain value; concurrent const calls are safe. Sources: Roh et al., "Replicated abstract data
// types", JPDC 2011; Weidner, Kleppmann, "The Art of the Fugue", 2023; docs/types/fugue_list.md.
#pragma once

#include "weft/crdt/assert.hpp"
#include "weft/crdt/causality/causal_context.hpp"
#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/roomy.hpp"
#include "weft/crdt/types/element_order.hpp"

#include <algorithm>
#include <compare>
#include <map>
#include <optional>
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
  using slot = element_order::slot;
  static constexpr slot none = element_order::none;

  [[nodiscard]] std::size_t size() const noexcept { return nodes_.size(); }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
  [[nodiscard]] const element_order& order() const noexcept { return order_; }
  /// `none` when it is not here. O(log n).
  [[nodiscard]] slot find(const dot& id) const {
    const auto author = by_replica_.find(id.replica);
    return author == by_replica_.end() ? none : find(packed{author->second, id.counter});
  }
  [[nodiscard]] dot id(slot s) const { return wide(nodes_[s].id); }
  [[nodiscard]] bool attached(slot s) const { return nodes_[s].attached; }
  [[nodiscard]] bool erased(slot s) const { return nodes_[s].erased; }
  [[nodiscard]] sequence_origin origin(slot s) const {
    const node& n = nodes_[s];
    sequence_origin o;
    o.side = n.side;
    if (n.parent.author != none) {
      o.parent = wide(n.parent);
    }
    if (n.right.author != none) {
      o.right = wide(n.right);
    }
    return o;
  }
  /// Some attached element hangs on `s` on this side; `none` is the start.
  [[nodiscard]] bool has_children(slot s, sequence_side side) const {
    return children(s, side) != none;
  }
  /// Order of two attached elements' right origins in the list; the end is last.
  [[nodiscard]] std::strong_ordering compare_right(slot a, slot b) const {
    const packed right_a = nodes_[a].right;
    const packed right_b = nodes_[b].right;
    if (right_a == right_b) {
      return std::strong_ordering::equal;
    }
    if (right_a.author == none || right_b.author == none) {
      return right_a.author == none ? std::strong_ordering::greater : std::strong_ordering::less;
    }
    return order_.before(find(right_a), find(right_b)) ? std::strong_ordering::less
                                                       : std::strong_ordering::greater;
  }
  /// One more than the greatest counter of `replica` here, and of anybody.
  [[nodiscard]] std::uint32_t next_of(const replica_id& replica) const {
    const auto author = by_replica_.find(replica);
    return author == by_replica_.end() ? 0 : next_of(author->second);
  }
  [[nodiscard]] std::uint32_t next_of_all() const {
    std::uint32_t next = 0;
    for (std::uint32_t a = 0; a < columns_.size(); ++a) {
      next = std::max(next, next_of(a));
    }
    return next;
  }

  /// Pre: `id` is not here. Returns its slot, which is `size()` before: slots count up from 0.
  slot add(const dot& id, const sequence_origin& where, bool erased) {
    const auto s = static_cast<slot>(nodes_.size());
    WEFT_ASSERT(s < many, "a sequence holds fewer than 2^31 elements");
    node n;
    n.id = intern(id);
    place(n, where);
    n.erased = erased;
    column& list = columns_[n.id.author];
    const auto at = spot(list, n.id.counter);
    WEFT_ASSERT(at == list.end() || at->counter != n.id.counter, "an id is added once");
    list.insert(at, {n.id.counter, s});
    nodes_.push_back(n);
    attach(s);
    return s;
  }
  /// Pre: not erased yet.
  void erase(slot s) {
    nodes_[s].erased = true;
    if (nodes_[s].attached) {
      order_.hide(s);
    }
  }
  /// Hangs `s` elsewhere and plants everything anew: only when an id was used twice. O(n log n).
  void move(slot s, const sequence_origin& where) {
    place(nodes_[s], where);
    order_ = {};
    waiting_.clear();
    crowds_.clear();
    first_children_ = none;
    for (node& n : nodes_) {
      n.attached = false;
      n.left = n.children = none;
    }
    for (slot i = 0; i < nodes_.size(); ++i) {
      if (!nodes_[i].attached) {
        attach(i);
      }
    }
  }

  /// Calls f(slot) for every element, by replica, then counter, both ascending.
  template <class F>
  void for_each_by_id(F&& f) const {
    for (const auto& [replica, author] : by_replica_) {
      for (const entry& e : columns_[author]) {
        f(e.at);
      }
    }
  }
  /// Calls f(slot) for the elements of `replica` in `range`, ascending.
  template <class F>
  void for_each_in(const replica_id& replica, const counter_interval& range, F&& f) const {
    const auto author = by_replica_.find(replica);
    if (author == by_replica_.end()) {
      return;
    }
    const column& list = columns_[author->second];
    for (auto at = spot(list, range.first); at != list.end() && at->counter < range.end; ++at) {
      f(at->at);
    }
  }
  /// O(n). What the head of this file promises.
  void check_invariants() const {
    order_.check_invariants();
    for (slot s = 0; s < nodes_.size(); ++s) {
      const node& n = nodes_[s];
      const bool ready = here(n.parent) && here(n.right);
      WEFT_ASSERT(n.attached == ready, "an element is in the list when what it names is");
      WEFT_ASSERT(n.attached == order_.has(s), "the order holds what is attached");
      WEFT_ASSERT(find(n.id) == s, "an id leads to its element");
    }
  }

private:
  static constexpr slot many = 0x8000'0000U;  // `children` is then a number in crowds_

  struct packed {
    std::uint32_t author = none;  // `none`: the start, or the end
    std::uint32_t counter = 0;
    friend bool operator==(const packed&, const packed&) = default;
  };
  struct node {
    packed id;
    packed parent;
    packed right;
    slot left = none;      // children on the left
    slot children = none;  // and on the right
    sequence_side side = sequence_side::right;
    bool attached = false;
    bool erased = false;
  };
  struct entry {
    std::uint32_t counter = 0;
    slot at = none;
  };
  using column = roomy<entry>;  // of one replica, ascending

  template <class List>
  static auto spot(List& list, std::uint32_t counter) {
    // Typing appends.
    if (list.empty() || list.back().counter < counter) {
      return list.end();
    }
    return std::lower_bound(list.begin(), list.end(), counter,
                            [](const entry& e, std::uint32_t c) { return e.counter < c; });
  }
  [[nodiscard]] std::uint32_t next_of(std::uint32_t author) const {
    return columns_[author].empty() ? 0 : columns_[author].back().counter + 1;
  }
  [[nodiscard]] slot find(const packed& id) const {
    const column& list = columns_[id.author];
    const auto at = spot(list, id.counter);
    return at != list.end() && at->counter == id.counter ? at->at : none;
  }
  [[nodiscard]] bool here(const packed& id) const {
    if (id.author == none) {
      return true;
    }
    const slot s = find(id);
    return s != none && nodes_[s].attached;
  }
  [[nodiscard]] dot wide(const packed& id) const { return {replicas_[id.author], id.counter}; }
  packed intern(const dot& id) {
    const auto fresh = static_cast<std::uint32_t>(replicas_.size());
    const auto [at, added] = by_replica_.emplace(id.replica, fresh);
    if (added) {
      replicas_.push_back(id.replica);
      columns_.emplace_back();
    }
    return {at->second, id.counter};
  }
  void place(node& n, const sequence_origin& where) {
    n.parent = where.parent ? intern(*where.parent) : packed{};
    n.right = where.right ? intern(*where.right) : packed{};
    n.side = where.side;
  }

  // Puts s into the list, and all that waited for it; or lets it wait.
  void attach(slot s) {
    std::vector<slot> ready{s};
    while (!ready.empty()) {
      const slot x = ready.back();
      ready.pop_back();
      const node& n = nodes_[x];
      if (!here(n.parent)) {
        waiting_.emplace(key(n.parent), x);
      } else if (!here(n.right)) {
        waiting_.emplace(key(n.right), x);
      } else {
        plant(x);
        if (WEFT_DEFECT("sequence.attach.wakes_nobody")) {
          continue;
        }
        const auto [from, to] = waiting_.equal_range(key(n.id));
        for (auto at = from; at != to; ++at) {
          ready.push_back(at->second);
        }
        waiting_.erase(from, to);
      }
    }
  }
  static std::uint64_t key(const packed& id) noexcept {
    return std::uint64_t{id.author} << 32U | id.counter;
  }

  void plant(slot x) {
    node& n = nodes_[x];
    n.attached = true;
    const slot parent = n.parent.author == none ? none : find(n.parent);
    slot& list = children(parent, n.side);
    slot behind = none;  // the sibling after x, and the one before
    slot ahead = none;
    if (list == none) {
      list = x;
    } else {
      std::vector<slot>& crowd = crowd_of(list);
      const auto at = std::partition_point(crowd.begin(), crowd.end(), [&](slot other) {
        return Order::before(*this, other, x, n.side);
      });
      behind = at == crowd.end() ? none : *at;
      ahead = at == crowd.begin() ? none : *(at - 1);
      crowd.insert(at, x);
    }
    const bool shown = !n.erased;
    if (behind != none) {
      order_.insert_before(leftmost(behind), x, shown);
    } else if (n.side == sequence_side::left) {
      order_.insert_before(parent, x, shown);
    } else {
      order_.insert_after(ahead == none ? parent : rightmost(ahead), x, shown);
    }
  }
  // An only child is kept in place, several in a crowd.
  std::vector<slot>& crowd_of(slot& list) {
    if (list < many) {
      const auto number = static_cast<slot>(crowds_.size());
      crowds_.push_back({list});
      list = many | number;
    }
    return crowds_[list & ~many];
  }
  [[nodiscard]] slot& children(slot parent, sequence_side side) {
    if (parent == none) {
      return first_children_;
    }
    return side == sequence_side::left ? nodes_[parent].left : nodes_[parent].children;
  }
  [[nodiscard]] slot children(slot parent, sequence_side side) const {
    if (parent == none) {
      return side == sequence_side::left ? none : first_children_;
    }
    return side == sequence_side::left ? nodes_[parent].left : nodes_[parent].children;
  }
  [[nodiscard]] slot leftmost(slot s) const {
    while (nodes_[s].left != none) {
      const slot list = nodes_[s].left;
      s = list < many ? list : crowds_[list & ~many].front();
    }
    return s;
  }
  [[nodiscard]] slot rightmost(slot s) const {
    while (nodes_[s].children != none) {
      const slot list = nodes_[s].children;
      s = list < many ? list : crowds_[list & ~many].back();
    }
    return s;
  }

  roomy<node> nodes_;
  roomy<replica_id> replicas_;
  std::map<replica_id, std::uint32_t> by_replica_;
  roomy<column> columns_;
  std::vector<std::vector<slot>> crowds_;
  slot first_children_ = none;
  std::multimap<std::uint64_t, slot> waiting_;  // by the id that is missing
  element_order order_;
};

}  // namespace weft::crdt
