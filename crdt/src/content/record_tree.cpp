// SPDX-License-Identifier: MIT
#include "content/record_tree.hpp"

#include <algorithm>

namespace weft::crdt {

void record_tree::reset(std::uint32_t length) {
  leaves_.clear();
  inners_.clear();
  leaf_of_.clear();
  leaves_.emplace_back();
  root_ = none;
  first_leaf_ = 0;
  visible_ = length;
  size_ = 0;
  if (length > 0) {
    leaves_[0].records[0] = {old_element, length, old_element - 1, list_end, 1, false};
    leaves_[0].count = 1;
    size_ = 1;
  }
}

record_tree::found record_tree::find_visible(std::uint32_t position) const {
  WEFT_ASSERT(position < visible_, "a position looked for is in the text");
  std::uint32_t shown = 0;
  std::uint32_t at = first_leaf_;
  for (std::uint32_t node = root_; node != none;) {
    const inner& n = inners_[node];
    std::uint32_t slot = 0;
    while (position >= n.visible[slot]) {
      position -= n.visible[slot];
      shown += n.shown[slot];
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
    const element_record& r = l.records[i];
    const std::uint32_t width = r.visible();
    if (position < width) {
      return {{at, i}, position, shown};
    }
    position -= width;
    shown += r.shown();
  }
  WEFT_ASSERT(false, "sums agree with the records");
  return {};
}

std::uint32_t record_tree::leaf_of_old(element_id id) const {
  std::uint32_t rest = id & ~old_element;
  for (std::uint32_t node = root_; node != none;) {
    const inner& n = inners_[node];
    std::uint32_t slot = 0;
    while (rest >= n.old[slot]) {
      rest -= n.old[slot];
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

std::uint32_t record_tree::index_in(const leaf& l, element_id id) const {
  std::uint32_t i = 0;
  while (id - l.records[i].id >= l.records[i].length) {
    ++i;
    WEFT_ASSERT(i < l.count, "an element is in the leaf that is noted for it");
  }
  return i;
}

record_tree::found record_tree::find_id(element_id id) const {
  const std::uint32_t at = (id & old_element) != 0 ? leaf_of_old(id) : leaf_of_[id];
  const std::uint32_t i = index_in(leaves_[at], id);
  return {{at, i}, id - leaves_[at].records[i].id, 0};
}

bool record_tree::leaf_before(std::uint32_t a, std::uint32_t b) const {
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

record_tree::place record_tree::next_known(place p) const {
  const auto first_in = [this](std::uint32_t at, std::uint32_t i) {
    const leaf& l = leaves_[at];
    while (i < l.count && l.records[i].prepared == 0) {
      ++i;
    }
    return place{at, i};
  };
  const place here = first_in(p.leaf, p.index);
  if (here.index < leaves_[here.leaf].count || leaves_[here.leaf].next == none) {
    return here;
  }
  // Up until something right of the path is known, then down to its first.
  std::uint32_t slot = leaves_[p.leaf].slot + 1;
  std::uint32_t node = leaves_[p.leaf].parent;
  const auto next_slot = [this](std::uint32_t at, std::uint32_t i) {
    while (i < inners_[at].count && inners_[at].known[i] == 0) {
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

record_tree::place record_tree::last_place() const {
  std::uint32_t at = first_leaf_;
  for (std::uint32_t node = root_; node != none; node = at) {
    at = inners_[node].child[inners_[node].count - 1];
    if (inners_[node].above_leaves) {
      break;
    }
  }
  return {at, leaves_[at].count};
}

std::uint32_t record_tree::shown_before(place p) const {
  std::uint32_t shown = 0;
  for (std::uint32_t i = 0; i < p.index; ++i) {
    shown += leaves_[p.leaf].records[i].shown();
  }
  std::uint32_t slot = leaves_[p.leaf].slot;
  for (std::uint32_t node = leaves_[p.leaf].parent; node != none; node = inners_[node].parent) {
    for (std::uint32_t i = 0; i < slot; ++i) {
      shown += inners_[node].shown[i];
    }
    slot = inners_[node].slot;
  }
  return shown;
}

element_id record_tree::left_of(element_id id) const {
  const found f = find_id(id);
  return f.offset > 0 ? id - 1 : (*this)[f.at].left;
}

int record_tree::compare(element_id a, element_id b) const {
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

void record_tree::remember_leaf(const element_record& r, std::uint32_t leaf_index) {
  if ((r.id & old_element) != 0) {
    return;
  }
  if (leaf_of_.size() < r.id + r.length) {
    leaf_of_.resize(r.id + r.length, none);
  }
  std::fill_n(leaf_of_.begin() + r.id, r.length, leaf_index);
}

void record_tree::add_sums(std::uint32_t leaf_index, const sums& s) {
  visible_ += s.visible;
  std::uint32_t slot = leaves_[leaf_index].slot;
  for (std::uint32_t node = leaves_[leaf_index].parent; node != none;) {
    inner& n = inners_[node];
    n.visible[slot] += s.visible;
    n.known[slot] += s.known;
    n.shown[slot] += s.shown;
    slot = n.slot;
    node = n.parent;
  }
}

void record_tree::put_child(std::uint32_t node, std::uint32_t slot, std::uint32_t child,
                            const sums& s) {
  inner& n = inners_[node];
  n.child[slot] = child;
  n.visible[slot] = s.visible;
  n.known[slot] = s.known;
  n.shown[slot] = s.shown;
  n.old[slot] = s.old;
  if (n.above_leaves) {
    leaves_[child].parent = node;
    leaves_[child].slot = slot;
  } else {
    inners_[child].parent = node;
    inners_[child].slot = slot;
  }
}

void record_tree::insert_child(std::uint32_t node, std::uint32_t slot, std::uint32_t child,
                               const sums& s) {
  inner& n = inners_[node];
  for (std::uint32_t k = n.count; k > slot; --k) {
    put_child(node, k, n.child[k - 1], n.of(k - 1));
  }
  ++n.count;
  put_child(node, slot, child, s);
}

void record_tree::make_room_above(std::uint32_t node) {
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
    moved.add(s);
  }
  inners_[node].count = half;
  const std::uint32_t parent = inners_[node].parent;
  const std::uint32_t slot = inners_[node].slot;
  inners_[parent].take(slot, moved);
  insert_child(parent, slot + 1, fresh, moved);
}

void record_tree::split_leaf(std::uint32_t full) {
  if (root_ == none) {
    sums all;
    for (std::uint32_t i = 0; i < leaves_[full].count; ++i) {
      all.add(leaves_[full].records[i]);
    }
    root_ = static_cast<std::uint32_t>(inners_.size());
    inners_.emplace_back().above_leaves = true;
    insert_child(root_, 0, full, all);
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
    remember_leaf(left.records[i], fresh);
  }
  left.count = half;
  right.next = left.next;
  left.next = fresh;
  inners_[left.parent].take(left.slot, moved);
  insert_child(left.parent, left.slot + 1, fresh, moved);
}

record_tree::place record_tree::make_room(place p) {
  if (leaves_[p.leaf].count < leaf_room) {
    return p;
  }
  split_leaf(p.leaf);
  const std::uint32_t half = leaves_[p.leaf].count;
  return p.index < half ? p : place{leaves_[p.leaf].next, p.index - half};
}

record_tree::place record_tree::split(place p, std::uint32_t keep) {
  p = make_room(p);
  leaf& l = leaves_[p.leaf];
  WEFT_ASSERT(keep > 0 && keep < l.records[p.index].length, "a record is cut inside");
  std::move_backward(l.records.begin() + p.index, l.records.begin() + l.count,
                     l.records.begin() + l.count + 1);
  ++l.count;
  ++size_;
  l.records[p.index].length = keep;
  element_record& right = l.records[p.index + 1];
  right.id += keep;
  right.length -= keep;
  right.left = right.id - 1;
  return p;
}

void record_tree::insert(place p, const element_record& record) {
  p = make_room(p);
  leaf& l = leaves_[p.leaf];
  std::move_backward(l.records.begin() + p.index, l.records.begin() + l.count,
                     l.records.begin() + l.count + 1);
  ++l.count;
  ++size_;
  l.records[p.index] = record;
  remember_leaf(record, p.leaf);
  add_sums(p.leaf, {record.visible(), record.known(), record.shown(), 0});
}

void record_tree::extend(place p, std::uint32_t length) {
  element_record& r = leaves_[p.leaf].records[p.index];
  remember_leaf({r.id + r.length, length, 0, 0, 0, false}, p.leaf);
  r.length += length;
  add_sums(p.leaf,
           {r.prepared == 1 ? length : 0, r.prepared != 0 ? length : 0, r.gone ? 0 : length, 0});
}

void record_tree::set_state(place p, std::uint32_t prepared, bool gone) {
  element_record& r = leaves_[p.leaf].records[p.index];
  const std::uint32_t visible = r.visible();
  const std::uint32_t known = r.known();
  const std::uint32_t shown = r.shown();
  r.prepared = prepared;
  r.gone = gone;
  if (visible != r.visible() || known != r.known() || shown != r.shown()) {
    add_sums(p.leaf, {r.visible() - visible, r.known() - known, r.shown() - shown, 0});
  }
}

void record_tree::join(place p) {
  leaf& l = leaves_[p.leaf];
  const auto alike = [](const element_record& a, const element_record& b) {
    return a.id + a.length == b.id && a.prepared == b.prepared && a.gone == b.gone &&
           b.left == b.id - 1 && a.right == b.right;
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

record_tree::sums record_tree::check_node(std::uint32_t node, std::uint32_t parent,
                                          std::uint32_t slot, bool is_leaf) const {
  sums total;
  if (is_leaf) {
    const leaf& l = leaves_[node];
    WEFT_ASSERT(l.parent == parent && l.slot == slot, "a leaf knows its place");
    for (std::uint32_t i = 0; i < l.count; ++i) {
      const element_record& r = l.records[i];
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
    WEFT_ASSERT(below.visible == n.visible[i] && below.known == n.known[i] &&
                    below.shown == n.shown[i] && below.old == n.old[i],
                "an inner node's sums are those of its children");
    total.add(below);
  }
  return total;
}

void record_tree::check_invariants() const {
  const sums all =
      root_ == none ? check_node(first_leaf_, none, 0, true) : check_node(root_, none, 0, false);
  WEFT_ASSERT(all.visible == visible_, "the total is that of all records");
  element_id next_old = old_element;
  std::size_t records = 0;
  for (std::uint32_t at = first_leaf_; at != none; at = leaves_[at].next) {
    for (std::uint32_t i = 0; i < leaves_[at].count; ++i) {
      const element_record& r = leaves_[at].records[i];
      WEFT_ASSERT(r.old() == 0 || r.id == next_old, "old elements stand in ascending order");
      next_old += r.old();
      ++records;
    }
  }
  WEFT_ASSERT(records == size_, "records are counted");
}

}  // namespace weft::crdt
