// SPDX-License-Identifier: MIT
#include "support/twin_world.hpp"

#include <algorithm>

namespace weft::test {

item_index total_order::add(const item& fresh) {
  const auto self = static_cast<item_index>(items_.size());
  items_.push_back(fresh);
  item& x = items_.back();
  const bool left_child = x.right != no_item && items_[x.right].left == x.left;
  item_index* link = left_child          ? &items_[x.right].left_children
                     : x.left != no_item ? &items_[x.left].right_children
                                         : &roots_;
  while (*link != no_item && !before(self, *link, left_child)) {
    link = &items_[*link].next_sibling;
  }
  const item_index next = *link;
  std::size_t at = order_.size();
  if (next != no_item) {
    at = position(leftmost(next));
  } else if (left_child) {
    at = position(x.right);
  } else if (x.left != no_item) {
    at = position(rightmost(x.left)) + 1;
  }
  x.next_sibling = next;
  *link = self;
  order_.insert(order_.begin() + static_cast<std::ptrdiff_t>(at), self);
  return self;
}

std::size_t total_order::position(item_index i) const {
  return static_cast<std::size_t>(std::find(order_.begin(), order_.end(), i) - order_.begin());
}

item_index total_order::leftmost(item_index i) const {
  while (items_[i].left_children != no_item) {
    i = items_[i].left_children;
  }
  return i;
}

item_index total_order::rightmost(item_index i) const {
  while (items_[i].right_children != no_item) {
    i = items_[i].right_children;
    while (items_[i].next_sibling != no_item) {
      i = items_[i].next_sibling;
    }
  }
  return i;
}

// Left children by id; right ones by the place of their right neighbour, the farther first.
bool total_order::before(item_index a, item_index b, bool left_child) const {
  const item_index right_a = items_[a].right;
  const item_index right_b = items_[b].right;
  if (left_child || right_a == right_b) {
    return items_[a].id < items_[b].id;
  }
  if (right_a == no_item || right_b == no_item) {
    return right_a == no_item;
  }
  return position(right_a) > position(right_b);
}

void twin_replica::insert(std::size_t text, std::uint32_t at, std::u32string_view scalars) {
  for (const char32_t scalar : scalars) {
    total_order& list = world_->texts[text];
    total_order::item fresh;
    fresh.id = {world_->ids[self_], known_[self_]};
    fresh.scalar = scalar;
    fresh.position = at;
    std::uint32_t passed = 0;
    for (const item_index i : list.order()) {
      const presence p = state(text, i);
      if (passed < at) {
        if (p == presence::shown) {
          ++passed;
          fresh.left = i;
        }
      } else if (p != presence::unknown) {
        fresh.right = i;
        break;
      }
    }
    twin_op op;
    op.text = static_cast<std::uint8_t>(text);
    op.item = list.add(fresh);
    op.position = at;
    commit(op);
    ++at;
  }
}

void twin_replica::erase(std::size_t text, std::uint32_t at, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    twin_op op;
    op.kind = twin_op::kind_of::erase;
    op.text = static_cast<std::uint8_t>(text);
    op.item = shown(text, at);
    op.position = at;
    commit(op);
  }
}

void twin_replica::add(std::int64_t amount) {
  twin_op op;
  op.kind = twin_op::kind_of::add;
  op.amount = amount;
  commit(op);
}

void twin_replica::commit(twin_op op) {
  auto& mine = world_->ops[self_];
  // One entry serves a run: what the author knew of others while it made it.
  op_counts others = known_;
  others[self_] = 0;
  if (!mine.empty()) {
    op_counts last = world_->pasts[mine.back().seen];
    last[self_] = 0;
    op.seen = mine.back().seen;
    if (last != others) {
      op.seen = static_cast<std::uint32_t>(world_->pasts.size());
      world_->pasts.push_back(known_);
    }
  } else {
    op.seen = static_cast<std::uint32_t>(world_->pasts.size());
    world_->pasts.push_back(known_);
  }
  op.lamport = lamport_ + 1;
  mine.push_back(op);
  receive(self_, known_[self_], 1);
  ++known_[self_];
  apply(op);
}

void twin_replica::apply(const twin_op& op) {
  lamport_ = std::max(lamport_, op.lamport);
  if (op.kind == twin_op::kind_of::add) {
    sum_ += static_cast<std::uint64_t>(op.amount);
    return;
  }
  auto& states = states_[op.text];
  if (states.size() <= op.item) {
    states.resize(world_->texts[op.text].items().size());
  }
  presence& p = states[op.item];
  if (op.kind == twin_op::kind_of::insert) {
    p = presence::shown;
    ++lengths_[op.text];
  } else {
    lengths_[op.text] -= p == presence::shown ? 1U : 0U;
    p = presence::erased;
  }
}

void twin_replica::receive(slot from, std::uint32_t first, std::uint32_t count) {
  auto& got = received_[from];
  if (got.size() < first + count) {
    got.resize(first + count);
  }
  std::fill_n(got.begin() + first, count, std::uint8_t{1});
}

bool twin_replica::ready(slot s) const {
  const op_counts& past = world_->past(s, known_[s]);
  for (std::size_t i = 0; i < twin_slots; ++i) {
    if (past[i] > known_[i]) {
      return false;
    }
  }
  return true;
}

std::uint64_t twin_replica::settle() {
  std::uint64_t applied = 0;
  for (bool moved = true; moved;) {
    moved = false;
    for (slot s = 0; s < twin_slots; ++s) {
      while (received(s, known_[s]) && ready(s)) {
        apply(world_->ops[s][known_[s]]);
        ++known_[s];
        ++applied;
        moved = true;
      }
    }
  }
  return applied;
}

void twin_replica::forget_waiting() {
  for (slot s = 0; s < twin_slots; ++s) {
    received_[s].resize(known_[s]);
  }
}

std::vector<crdt::op_id> twin_replica::frontier() const {
  std::vector<crdt::op_id> out;
  for (slot s = 0; s < twin_slots; ++s) {
    bool last = known_[s] > 0;
    for (slot other = 0; other < twin_slots && last; ++other) {
      // What an author knows only grows, so its last operation has seen most.
      last =
          other == s || known_[other] == 0 || world_->past(other, known_[other] - 1)[s] < known_[s];
    }
    if (last) {
      out.push_back({world_->ids[s], known_[s] - 1});
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::uint64_t twin_replica::op_count() const {
  std::uint64_t sum = 0;
  for (const std::uint32_t n : known_) {
    sum += n;
  }
  return sum;
}

std::u32string twin_replica::text(std::size_t text) const {
  std::u32string out;
  out.reserve(lengths_[text]);
  const auto& items = world_->texts[text].items();
  for (const item_index i : world_->texts[text].order()) {
    if (state(text, i) == presence::shown) {
      out.push_back(items[i].scalar);
    }
  }
  return out;
}

item_index twin_replica::shown(std::size_t text, std::uint32_t at) const {
  std::uint32_t passed = 0;
  for (const item_index i : world_->texts[text].order()) {
    if (state(text, i) == presence::shown && passed++ == at) {
      return i;
    }
  }
  return no_item;
}

std::uint32_t twin_replica::shown_before(std::size_t text, item_index end) const {
  std::uint32_t passed = 0;
  for (const item_index i : world_->texts[text].order()) {
    if (i == end) {
      break;
    }
    passed += state(text, i) == presence::shown ? 1U : 0U;
  }
  return passed;
}

}  // namespace weft::test
