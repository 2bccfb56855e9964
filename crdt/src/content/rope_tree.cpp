// SPDX-License-Identifier: MIT
// Tree surgery of the rope: leaves that come, go and join.
#include "content/rope.hpp"
#include "content/rope_nodes.hpp"

namespace weft::crdt {
namespace {

// A leaf filled by a long insertion keeps a little room, so that the next edit there does not
// split it at once. Below `small` bytes a leaf looks for a neighbour to join.
constexpr std::size_t filled = rope_leaf_bytes - rope_leaf_bytes / 16;
constexpr std::uint32_t small = rope_leaf_bytes / 4;
constexpr std::uint32_t joined = rope_leaf_bytes - rope_leaf_bytes / 4;
constexpr std::uint32_t few_children = rope_fanout / 4;

std::size_t piece_length(std::string_view text) {
  if (text.size() <= filled) {
    return text.size();
  }
  std::size_t end = filled;
  while (!utf::is_lead(text[end])) {
    --end;
  }
  return end;
}

}  // namespace

// All leaves first, then level upon level. Pre: the rope is empty.
void rope::build(std::string_view text) {
  WEFT_ASSERT(text.size() <= UINT32_MAX, "a text holds fewer than 2^32 bytes");
  leaf* last = only_;
  std::vector<void*> level;
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, piece_length(text));
    text.remove_prefix(piece.size());
    if (!level.empty()) {
      leaf* const fresh = pools_->leaves.take();
      fresh->prev = last;
      last->next = fresh;
      last = fresh;
    }
    last->put(0, piece, utf::count(piece));
    total_ += last->sum;
    level.push_back(last);
  }
  if (level.size() <= 1) {
    return;
  }
  only_ = nullptr;
  for (bool above_leaves = true; level.size() > 1 || above_leaves; above_leaves = false) {
    // As even as can be: no node is left with few children.
    const std::size_t nodes = (level.size() + rope_fanout - 1) / rope_fanout;
    std::vector<void*> above;
    for (std::size_t n = 0; n < nodes; ++n) {
      inner* const node = pools_->inners.take();
      node->above_leaves = above_leaves;
      for (std::size_t i = level.size() * n / nodes; i < level.size() * (n + 1) / nodes; ++i) {
        const utf::counts sum = above_leaves ? static_cast<const leaf*>(level[i])->sum
                                             : static_cast<const inner*>(level[i])->sum(
                                                   0, static_cast<const inner*>(level[i])->count);
        node->put(node->count++, level[i], sum);
      }
      above.push_back(node);
    }
    level = std::move(above);
    ++height_;
  }
  root_ = static_cast<inner*>(level.front());
}

utf::counts rope::insert_long(leaf& l, std::uint32_t offset_bytes, std::string_view text) {
  std::array<char, leaf::room> kept;
  l.move_gap(offset_bytes);
  const std::string_view right = right_of_gap(l);
  std::memcpy(kept.data(), right.data(), right.size());
  const std::string_view tail{kept.data(), right.size()};
  l.gap_end = leaf::room;
  const utf::counts moved = utf::count(tail);
  l.sum -= moved;
  settle();

  leaf* last = &l;
  const auto append = [&](std::string_view rest, const utf::counts* counted) {
    utf::counts done;
    while (!rest.empty()) {
      const std::string_view piece = rest.substr(0, piece_length(rest));
      rest.remove_prefix(piece.size());
      const utf::counts c =
          rest.empty() && counted != nullptr ? *counted - done : utf::count(piece);
      done += c;
      // Filling up is for leaves that would stay empty or nearly so; others keep their room.
      const bool fits = last->sum.bytes + piece.size() <= filled;
      if (last->sum.bytes == 0 || (fits && (last->sum.bytes < small || piece.size() < small))) {
        last->put(last->sum.bytes, piece, c);
        add_above(last->parent, last->slot, c);
        continue;
      }
      leaf* const fresh = pools_->leaves.take();
      fresh->put(0, piece, c);
      add_leaf_after(*last, *fresh);
      last = fresh;
    }
    return done;
  };
  const utf::counts inserted = append(text, nullptr);
  append(tail, &moved);
  hot_ = nullptr;
  return inserted;
}

void rope::add_leaf_after(leaf& l, leaf& fresh) {
  fresh.prev = &l;
  fresh.next = l.next;
  if (l.next != nullptr) {
    l.next->prev = &fresh;
  }
  l.next = &fresh;
  if (root_ == nullptr) {
    root_ = pools_->inners.take();
    root_->above_leaves = true;
    root_->insert(0, &l, l.sum);
    only_ = nullptr;
    height_ = 1;
  }
  make_room(*l.parent);
  inner& node = *l.parent;
  node.insert(l.slot + 1, &fresh, fresh.sum);
  add_above(node.parent, node.slot, fresh.sum);
}

void rope::make_room(inner& node) {
  if (node.count < rope_fanout) {
    return;
  }
  if (node.parent == nullptr) {
    inner* const top = pools_->inners.take();
    top->insert(0, &node, node.sum(0, node.count));
    root_ = top;
    ++height_;
  } else {
    make_room(*node.parent);
  }
  inner* const fresh = pools_->inners.take();
  fresh->above_leaves = node.above_leaves;
  constexpr std::uint32_t half = rope_fanout / 2;
  const utf::counts moved = node.sum(half, node.count);
  for (std::uint32_t i = half; i < node.count; ++i) {
    fresh->insert(i - half, node.child[i], node.at(i));
  }
  node.count = half;
  inner& parent = *node.parent;
  parent.put(node.slot, &node, parent.at(node.slot) - moved);
  parent.insert(node.slot + 1, fresh, moved);
}

// Pre: the leaf counts nothing any more, here and above.
void rope::remove_leaf(leaf& l) {
  hot_ = nullptr;
  if (root_ == nullptr) {
    l.gap = l.gap_scalars = 0;
    l.gap_end = leaf::room;
    return;
  }
  if (l.prev != nullptr) {
    l.prev->next = l.next;
  }
  if (l.next != nullptr) {
    l.next->prev = l.prev;
  }
  remove_child(*l.parent, l.slot);
  pools_->leaves.give(&l);
}

void rope::remove_child(inner& node, std::uint32_t slot) {
  node.remove(slot);
  if (&node == root_) {
    while (root_ != nullptr && root_->count == 1) {
      inner* const old = root_;
      if (old->above_leaves) {
        only_ = old->leaf_at(0);
        only_->parent = nullptr;
        root_ = nullptr;
      } else {
        root_ = old->inner_at(0);
        root_->parent = nullptr;
        root_->slot = 0;
      }
      --height_;
      pools_->inners.give(old);
    }
    return;
  }
  if (node.count >= few_children) {
    return;
  }
  inner& parent = *node.parent;
  if (node.count == 0) {
    remove_child(parent, node.slot);
    pools_->inners.give(&node);
    return;
  }
  const bool to_left = node.slot > 0;
  if (parent.count < 2) {
    return;
  }
  inner& left = to_left ? *parent.inner_at(node.slot - 1) : node;
  inner& right = to_left ? node : *parent.inner_at(node.slot + 1);
  if (left.count + right.count > rope_fanout) {
    return;
  }
  for (std::uint32_t i = 0; i < right.count; ++i) {
    left.insert(left.count, right.child[i], right.at(i));
  }
  parent.add(left.slot, parent.at(right.slot));
  remove_child(parent, right.slot);
  pools_->inners.give(&right);
}

void rope::join_if_small(leaf& l) {
  if (l.sum.bytes >= small || root_ == nullptr) {
    return;
  }
  leaf* left = &l;
  leaf* right = l.next;
  if (right == nullptr || l.sum.bytes + right->sum.bytes > joined) {
    left = l.prev;
    right = &l;
    if (left == nullptr || l.sum.bytes + left->sum.bytes > joined) {
      return;
    }
  }
  settle();
  const utf::counts moved = right->sum;
  left->move_gap(left->sum.bytes);
  for (const std::string_view part : {left_of_gap(*right), right_of_gap(*right)}) {
    std::memcpy(left->data.data() + left->gap, part.data(), part.size());
    left->gap = static_cast<std::uint16_t>(left->gap + part.size());
  }
  left->gap_scalars = static_cast<std::uint16_t>(left->gap_scalars + moved.scalars);
  left->sum += moved;
  right->sum = {};
  add_above(left->parent, left->slot, moved);
  add_above(right->parent, right->slot, utf::counts{} - moved);
  remove_leaf(*right);
}

utf::counts rope::check_node(const inner& node, std::uint32_t depth) const {
  utf::counts sum;
  WEFT_ASSERT(node.count > 0, "inner nodes have children");
  WEFT_ASSERT(node.above_leaves == (depth + 1 == height_), "all leaves stand at one depth");
  for (std::uint32_t i = 0; i < node.count; ++i) {
    utf::counts below;
    if (node.above_leaves) {
      const leaf& l = *node.leaf_at(i);
      WEFT_ASSERT(l.parent == &node && l.slot == i, "a leaf knows its place");
      below = utf::count(left_of_gap(l)) + utf::count(right_of_gap(l));
      WEFT_ASSERT(below == l.sum, "a leaf's sum is that of its text");
      WEFT_ASSERT(utf::count(left_of_gap(l)).scalars == l.gap_scalars, "the gap knows its place");
      WEFT_ASSERT(below.bytes > 0, "no leaf of several is empty");
    } else {
      const inner& next = *node.inner_at(i);
      WEFT_ASSERT(next.parent == &node && next.slot == i, "an inner node knows its place");
      below = check_node(next, depth + 1);
    }
    WEFT_ASSERT(below == node.at(i), "an inner node's sums are those of its children");
    sum += below;
  }
  return sum;
}

void rope::check_invariants() const {
  settle();
  if (root_ == nullptr) {
    WEFT_ASSERT(utf::count(left_of_gap(*only_)) + utf::count(right_of_gap(*only_)) == total_,
                "the total is that of the only leaf");
    return;
  }
  WEFT_ASSERT(check_node(*root_, 0) == total_, "the total is that of all leaves");
}

}  // namespace weft::crdt
