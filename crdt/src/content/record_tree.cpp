// SPDX-License-Identifier: MIT
#include "content/record_tree.hpp"

#include <algorithm>

namespace weft::crdt {

template <class Record>
void basic_record_tree<Record>::reset(std::uint32_t length) {
  leaves_.clear();
  inners_.clear();
  leaf_of_.clear();
  leaves_.emplace_back();
  root_ = none;
  first_leaf_ = 0;
  visible_.fill(length);
  size_ = 0;
  if (length > 0) {
    leaves_[0].records[0] = Record::all_old(length);
    leaves_[0].count = 1;
    size_ = 1;
  }
}

template <class Record>
typename basic_record_tree<Record>::found basic_record_tree<Record>::find_visible(
    std::uint32_t position, std::uint32_t version) const {
  WEFT_ASSERT(position < visible_[version], "a position looked for is in the text");
  std::uint32_t shown = 0;
  std::uint32_t at = first_leaf_;
  for (std::uint32_t node = root_; node != none;) {
    const inner& n = inners_[node];
    std::uint32_t slot = 0;
    const auto& visible = n.sum[sums::visible + version];
    while (position >= visible[slot]) {
      position -= visible[slot];
      shown += n.sum[sums::shown][slot];
      ++slot;
    }
    at = n.child[slot];
    if (n.above_leaves) {
      break;
    }
    node = at;
  }
  const leaf& l = leaves_[at];
  for (std::uint32_t i = 0; i < l.count; ++i) {
    const Record& r = l.records[i];
    const std::uint32_t width = r.visible(version);
    if (position < width) {
      return {{at, i}, position, shown};
    }
    position -= width;
    shown += r.shown();
  }
  WEFT_ASSERT(false, "sums agree with the records");
  return {};
}

template <class Record>
std::uint32_t basic_record_tree<Record>::leaf_of_old(element_id id) const {
  std::uint32_t rest = id & ~old_element;
  for (std::uint32_t node = root_; node != none;) {
    const inner& n = inners_[node];
    std::uint32_t slot = 0;
    while (rest >= n.sum[sums::old][slot]) {
      rest -= n.sum[sums::old][slot];
      ++slot;
      WEFT_ASSERT(slot < n.count, "an old element is in the tree");
    }
    if (n.above_leaves) {
      return n.child[slot];
    }
    node = n.child[slot];
  }
  return first_leaf_;
}

template <class Record>
std::uint32_t basic_record_tree<Record>::index_in(const leaf& l, element_id id) const {
  std::uint32_t i = 0;
  while (id - l.records[i].id >= l.records[i].length) {
    ++i;
    WEFT_ASSERT(i < l.count, "an element is in the leaf that is noted for it");
  }
  return i;
}

template <class Record>
typename basic_record_tree<Record>::found basic_record_tree<Record>::find_id(element_id id) const {
  const std::uint32_t at = (id & old_element) != 0 ? leaf_of_old(id) : leaf_of_[id];
  const std::uint32_t i = index_in(leaves_[at], id);
  return {{at, i}, id - leaves_[at].records[i].id, 0};
}

template <class Record>
bool basic_record_tree<Record>::leaf_before(std::uint32_t a, std::uint32_t b) const {
  // Climb both until they meet; all leaves stand at one depth.
  std::uint32_t slot_a = leaves_[a].slot;
  std::uint32_t slot_b = leaves_[b].slot;
  std::uint32_t above_a = leaves_[a].parent;
  std::uint32_t above_b = leaves_[b].parent;
  while (above_a != above_b) {
    slot_a = inners_[above_a].slot;
    slot_b = inners_[above_b].slot;
    above_a = inners_[above_a].parent;
    above_b = inners_[above_b].parent;
  }
  return slot_a < slot_b;
}

// The first record from `p` on that fits; `child_fits` tells whether a child of a node has one.
template <class Record>
template <class R, class N>
typename basic_record_tree<Record>::place basic_record_tree<Record>::next_with(
    place p, R&& record_fits, N&& child_fits) const {
  const auto first_in = [&](std::uint32_t at, std::uint32_t i) {
    const leaf& l = leaves_[at];
    while (i < l.count && !record_fits(l.records[i])) {
      ++i;
    }
    return place{at, i};
  };
  const place here = first_in(p.leaf, p.index);
  if (here.index < leaves_[here.leaf].count || leaves_[here.leaf].next == none) {
    return here;
  }
  // Up until something right of the path fits, then down to its first.
  std::uint32_t slot = leaves_[p.leaf].slot + 1;
  std::uint32_t node = leaves_[p.leaf].parent;
  const auto next_slot = [&](std::uint32_t at, std::uint32_t i) {
    while (i < inners_[at].count && !child_fits(inners_[at], i)) {
      ++i;
    }
    return i;
  };
  for (slot = next_slot(node, slot); slot == inners_[node].count; slot = next_slot(node, slot)) {
    slot = inners_[node].slot + 1;
    node = inners_[node].parent;
    if (node == none) {
      return last_place();
    }
  }
  while (!inners_[node].above_leaves) {
    node = inners_[node].child[slot];
    slot = next_slot(node, 0);
  }
  return first_in(inners_[node].child[slot], 0);
}

template <class Record>
typename basic_record_tree<Record>::place basic_record_tree<Record>::next_known(
    place p, std::uint32_t version) const {
  return next_with(
      p, [&](const Record& r) { return r.known(version) != 0; },
      [&](const inner& n, std::uint32_t i) { return n.sum[sums::known + version][i] != 0; });
}

template <class Record>
typename basic_record_tree<Record>::place basic_record_tree<Record>::next_outside(
    place p, element_id left, bool strictly) const
  requires(Record::versions > 1)
{
  const int most = strictly ? -1 : 0;
  return next_with(
      p, [&](const Record& r) { return compare_left(left_key(r), left) <= most; },
      [&](const inner& n, std::uint32_t i) {
        return compare_left(n.reaches[i].left, left) <= most;
      });
}

template <class Record>
typename basic_record_tree<Record>::place basic_record_tree<Record>::next_reaching(
    place p, element_id right) const
  requires(Record::versions > 1)
{
  return next_with(
      p, [&](const Record& r) { return compare(r.right, right) >= 0; },
      [&](const inner& n, std::uint32_t i) { return compare(n.reaches[i].right, right) >= 0; });
}

template <class Record>
std::optional<typename basic_record_tree<Record>::place> basic_record_tree<Record>::last_passing(
    place p, element_id right) const
  requires(Record::versions > 1)
{
  const auto last_in = [&](std::uint32_t at, std::uint32_t end) -> std::optional<place> {
    while (end > 0 && compare(leaves_[at].records[end - 1].right, right) <= 0) {
      --end;
    }
    return end > 0 ? std::optional(place{at, end - 1}) : std::nullopt;
  };
  if (const auto here = last_in(p.leaf, p.index)) {
    return here;
  }
  // As next_with, the other way round.
  const auto slot_before = [&](std::uint32_t at, std::uint32_t end) {
    while (end > 0 && compare(inners_[at].reaches[end - 1].right, right) <= 0) {
      --end;
    }
    return end;
  };
  std::uint32_t end = leaves_[p.leaf].slot;
  std::uint32_t node = leaves_[p.leaf].parent;
  for (;; node = inners_[node].parent) {
    if (node == none) {
      return std::nullopt;
    }
    if (end = slot_before(node, end); end > 0) {
      break;
    }
    end = inners_[node].slot;
  }
  while (!inners_[node].above_leaves) {
    node = inners_[node].child[end - 1];
    end = slot_before(node, inners_[node].count);
  }
  const std::uint32_t at = inners_[node].child[end - 1];
  return last_in(at, leaves_[at].count);
}

template <class Record>
typename basic_record_tree<Record>::place basic_record_tree<Record>::last_place() const {
  std::uint32_t at = first_leaf_;
  for (std::uint32_t node = root_; node != none; node = at) {
    at = inners_[node].child[inners_[node].count - 1];
    if (inners_[node].above_leaves) {
      break;
    }
  }
  return {at, leaves_[at].count};
}

template <class Record>
std::uint32_t basic_record_tree<Record>::shown_before(place p) const {
  std::uint32_t shown = 0;
  for (std::uint32_t i = 0; i < p.index; ++i) {
    shown += leaves_[p.leaf].records[i].shown();
  }
  std::uint32_t slot = leaves_[p.leaf].slot;
  for (std::uint32_t node = leaves_[p.leaf].parent; node != none; node = inners_[node].parent) {
    for (std::uint32_t i = 0; i < slot; ++i) {
      shown += inners_[node].sum[sums::shown][i];
    }
    slot = inners_[node].slot;
  }
  return shown;
}

template <class Record>
element_id basic_record_tree<Record>::left_of(element_id id) const {
  const found f = find_id(id);
  return f.offset > 0 ? id - 1 : (*this)[f.at].left;
}

template <class Record>
int basic_record_tree<Record>::compare(element_id a, element_id b) const {
  if (a == b) {
    return 0;
  }
  if (a == list_start || b == list_end) {
    return -1;
  }
  if (b == list_start || a == list_end) {
    return 1;
  }
  const found x = find_id(a);
  const found y = find_id(b);
  if (x.at.leaf != y.at.leaf) {
    return leaf_before(x.at.leaf, y.at.leaf) ? -1 : 1;
  }
  if (x.at.index != y.at.index) {
    return x.at.index < y.at.index ? -1 : 1;
  }
  return a < b ? -1 : 1;
}

template <class Record>
void basic_record_tree<Record>::remember_leaf(element_id first, std::uint32_t length,
                                              std::uint32_t leaf_index) {
  if ((first & old_element) != 0) {
    return;
  }
  if (leaf_of_.size() < first + length) {
    leaf_of_.resize(first + length, none);
  }
  std::fill_n(leaf_of_.begin() + first, length, leaf_index);
}

// none: it is no element.
template <class Record>
std::uint32_t basic_record_tree<Record>::leaf_with(element_id id) const {
  if (id >= before_start) {
    return none;
  }
  return (id & old_element) != 0 ? leaf_of_old(id) : leaf_of_[id];
}

// A record has come to this leaf. Its origins matter only to nodes that do not hold them: what is
// left of a node is left of all that it holds.
template <class Record>
void basic_record_tree<Record>::widen(std::uint32_t leaf_index, const Record& record) {
  const element_id left = left_key(record);
  const element_id right = record.right;
  std::uint32_t with_left = leaf_with(left);
  std::uint32_t with_right = leaf_with(right);
  std::uint32_t here = leaf_index;
  std::uint32_t slot = leaves_[here].slot;
  std::uint32_t node = leaves_[here].parent;
  const auto parent_of = [&](std::uint32_t at, bool is_leaf) {
    return at == none ? none : is_leaf ? leaves_[at].parent : inners_[at].parent;
  };
  for (bool is_leaf = true; node != none && (with_left != here || with_right != here);
       is_leaf = false) {
    widen(inners_[node].reaches[slot], with_left != here ? left : list_end,
          with_right != here ? right : list_start);
    with_left = parent_of(with_left, is_leaf);
    with_right = parent_of(with_right, is_leaf);
    here = node;
    slot = inners_[node].slot;
    node = inners_[node].parent;
  }
}

template <class Record>
void basic_record_tree<Record>::widen(reach& far, element_id left, element_id right) const {
  if (compare_left(left, far.left) < 0) {
    far.left = left;
  }
  if (compare(right, far.right) > 0) {
    far.right = right;
  }
}

template <class Record>
typename basic_record_tree<Record>::reach basic_record_tree<Record>::reach_of(
    std::uint32_t node, std::uint32_t slot) const {
  const std::uint32_t at = inners_[node].child[slot];
  reach far;
  if (inners_[node].above_leaves) {
    for (std::uint32_t i = 0; i < leaves_[at].count; ++i) {
      widen(far, left_key(leaves_[at].records[i]), leaves_[at].records[i].right);
    }
  } else {
    for (std::uint32_t i = 0; i < inners_[at].count; ++i) {
      widen(far, inners_[at].reaches[i].left, inners_[at].reaches[i].right);
    }
  }
  return far;
}

template <class Record>
void basic_record_tree<Record>::add_sums(std::uint32_t leaf_index, const sums& s) {
  for (std::uint32_t v = 0; v < versions; ++v) {
    visible_[v] += s.n[sums::visible + v];
  }
  std::uint32_t slot = leaves_[leaf_index].slot;
  for (std::uint32_t node = leaves_[leaf_index].parent; node != none;) {
    inner& n = inners_[node];
    n.add(slot, s);
    slot = n.slot;
    node = n.parent;
  }
}

template <class Record>
void basic_record_tree<Record>::put_child(std::uint32_t node, std::uint32_t slot,
                                          std::uint32_t child, const sums& s) {
  inner& n = inners_[node];
  n.child[slot] = child;
  n.set(slot, s);
  if (n.above_leaves) {
    leaves_[child].parent = node;
    leaves_[child].slot = slot;
  } else {
    inners_[child].parent = node;
    inners_[child].slot = slot;
  }
}

template <class Record>
void basic_record_tree<Record>::insert_child(std::uint32_t node, std::uint32_t slot,
                                             std::uint32_t child, const sums& s) {
  inner& n = inners_[node];
  for (std::uint32_t k = n.count; k > slot; --k) {
    put_child(node, k, n.child[k - 1], n.of(k - 1));
    if constexpr (has_reach) {
      n.reaches[k] = n.reaches[k - 1];
    }
  }
  ++n.count;
  put_child(node, slot, child, s);
}

template <class Record>
void basic_record_tree<Record>::make_room_above(std::uint32_t node) {
  if (inners_[node].count < fanout) {
    return;
  }
  if (inners_[node].parent == none) {
    sums all;
    for (std::uint32_t i = 0; i < inners_[node].count; ++i) {
      all.add(inners_[node].of(i));
    }
    root_ = static_cast<std::uint32_t>(inners_.size());
    inners_.emplace_back();
    insert_child(root_, 0, node, all);
    refresh_reach(root_, 0);
  } else {
    make_room_above(inners_[node].parent);
  }
  const auto fresh = static_cast<std::uint32_t>(inners_.size());
  inners_.emplace_back().above_leaves = inners_[node].above_leaves;
  constexpr std::uint32_t half = fanout / 2;
  sums moved;
  for (std::uint32_t i = half; i < fanout; ++i) {
    const sums s = inners_[node].of(i);
    insert_child(fresh, i - half, inners_[node].child[i], s);
    if constexpr (has_reach) {
      inners_[fresh].reaches[i - half] = inners_[node].reaches[i];
    }
    moved.add(s);
  }
  inners_[node].count = half;
  const std::uint32_t parent = inners_[node].parent;
  const std::uint32_t slot = inners_[node].slot;
  inners_[parent].take(slot, moved);
  insert_child(parent, slot + 1, fresh, moved);
  refresh_reach(parent, slot);
  refresh_reach(parent, slot + 1);
}

template <class Record>
void basic_record_tree<Record>::split_leaf(std::uint32_t full) {
  if (root_ == none) {
    sums all;
    for (std::uint32_t i = 0; i < leaves_[full].count; ++i) {
      all.add(leaves_[full].records[i]);
    }
    root_ = static_cast<std::uint32_t>(inners_.size());
    inners_.emplace_back().above_leaves = true;
    insert_child(root_, 0, full, all);
    refresh_reach(root_, 0);
  }
  make_room_above(leaves_[full].parent);
  const auto fresh = static_cast<std::uint32_t>(leaves_.size());
  leaves_.emplace_back();
  leaf& left = leaves_[full];
  leaf& right = leaves_[fresh];
  constexpr std::uint32_t half = leaf_room / 2;
  sums moved;
  for (std::uint32_t i = half; i < left.count; ++i) {
    right.records[right.count++] = left.records[i];
    moved.add(left.records[i]);
    remember_leaf(left.records[i].id, left.records[i].length, fresh);
  }
  left.count = half;
  right.next = left.next;
  left.next = fresh;
  inners_[left.parent].take(left.slot, moved);
  insert_child(left.parent, left.slot + 1, fresh, moved);
  refresh_reach(left.parent, left.slot);
  refresh_reach(left.parent, left.slot + 1);
}

template <class Record>
typename basic_record_tree<Record>::place basic_record_tree<Record>::make_room(place p) {
  if (leaves_[p.leaf].count < leaf_room) {
    return p;
  }
  split_leaf(p.leaf);
  const std::uint32_t half = leaves_[p.leaf].count;
  return p.index < half ? p : place{leaves_[p.leaf].next, p.index - half};
}

template <class Record>
typename basic_record_tree<Record>::place basic_record_tree<Record>::split(place p,
                                                                           std::uint32_t keep) {
  p = make_room(p);
  leaf& l = leaves_[p.leaf];
  WEFT_ASSERT(keep > 0 && keep < l.records[p.index].length, "a record is cut inside");
  std::move_backward(l.records.begin() + p.index, l.records.begin() + l.count,
                     l.records.begin() + l.count + 1);
  ++l.count;
  ++size_;
  l.records[p.index].length = keep;
  Record& right = l.records[p.index + 1];
  right.id += keep;
  right.length -= keep;
  right.left = right.id - 1;
  return p;
}

template <class Record>
typename basic_record_tree<Record>::place basic_record_tree<Record>::insert(place p,
                                                                            const Record& record) {
  p = make_room(p);
  leaf& l = leaves_[p.leaf];
  std::move_backward(l.records.begin() + p.index, l.records.begin() + l.count,
                     l.records.begin() + l.count + 1);
  ++l.count;
  ++size_;
  l.records[p.index] = record;
  remember_leaf(record.id, record.length, p.leaf);
  sums s;
  s.add(record);
  add_sums(p.leaf, s);
  if constexpr (has_reach) {
    widen(p.leaf, record);
  }
  return p;
}

template <class Record>
void basic_record_tree<Record>::extend(place p, std::uint32_t length) {
  Record& r = leaves_[p.leaf].records[p.index];
  remember_leaf(r.id + r.length, length, p.leaf);
  change(p, [&](Record& whole) { whole.length += length; });
}

template <class Record>
void basic_record_tree<Record>::join(place p) {
  leaf& l = leaves_[p.leaf];
  const auto alike = [](const Record& a, const Record& b) {
    return a.id + a.length == b.id && a.same_state(b) && b.left == b.id - 1 && a.right == b.right;
  };
  const auto absorb = [&](std::uint32_t i) {
    l.records[i].length += l.records[i + 1].length;
    std::move(l.records.begin() + i + 2, l.records.begin() + l.count, l.records.begin() + i + 1);
    --l.count;
    --size_;
  };
  if (p.index + 1 < l.count && alike(l.records[p.index], l.records[p.index + 1])) {
    absorb(p.index);
  }
  if (p.index > 0 && alike(l.records[p.index - 1], l.records[p.index])) {
    absorb(p.index - 1);
  }
}

template <class Record>
typename basic_record_tree<Record>::sums basic_record_tree<Record>::check_node(std::uint32_t node,
                                                                               std::uint32_t parent,
                                                                               std::uint32_t slot,
                                                                               bool is_leaf) const {
  sums total;
  if (is_leaf) {
    const leaf& l = leaves_[node];
    WEFT_ASSERT(l.parent == parent && l.slot == slot, "a leaf knows its place");
    for (std::uint32_t i = 0; i < l.count; ++i) {
      const Record& r = l.records[i];
      WEFT_ASSERT(r.length > 0, "records hold elements");
      for (std::uint32_t k = 0; r.old() == 0 && k < r.length; ++k) {
        WEFT_ASSERT(leaf_of_[r.id + k] == node, "each inserted element's leaf is noted");
      }
      total.add(r);
    }
    return total;
  }
  const inner& n = inners_[node];
  WEFT_ASSERT(n.parent == parent && n.slot == slot, "an inner node knows its place");
  for (std::uint32_t i = 0; i < n.count; ++i) {
    const sums below = check_node(n.child[i], node, i, n.above_leaves);
    WEFT_ASSERT(below.n == n.of(i).n, "an inner node's sums are those of its children");
    if constexpr (has_reach) {
      WEFT_ASSERT(reach_of(node, i) == n.reaches[i], "a node's reach is that of its records");
    }
    total.add(below);
  }
  return total;
}

template <class Record>
void basic_record_tree<Record>::check_invariants() const {
  const sums all =
      root_ == none ? check_node(first_leaf_, none, 0, true) : check_node(root_, none, 0, false);
  for (std::uint32_t v = 0; v < versions; ++v) {
    WEFT_ASSERT(all.n[sums::visible + v] == visible_[v], "the total is that of all records");
  }
  element_id next_old = old_element;
  std::size_t records = 0;
  for (std::uint32_t at = first_leaf_; at != none; at = leaves_[at].next) {
    for (std::uint32_t i = 0; i < leaves_[at].count; ++i) {
      const Record& r = leaves_[at].records[i];
      WEFT_ASSERT(r.old() == 0 || r.id == next_old, "old elements stand in ascending order");
      next_old += r.old();
      ++records;
    }
  }
  WEFT_ASSERT(records == size_, "records are counted");
}

template class basic_record_tree<element_record>;
template class basic_record_tree<column_record>;

}  // namespace weft::crdt
