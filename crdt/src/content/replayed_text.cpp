// SPDX-License-Identifier: MIT
#include "content/replayed_text.hpp"

#include "weft/crdt/assert.hpp"

namespace weft::crdt {

replayed_text::replayed_text(std::uint32_t length) : nodes_(1) {
  if (length > 0) {
    root_ = make({length, no_index, 0, true, false, false});
  }
}

replayed_text::node_index replayed_text::make(const segment& value) {
  // The shape depends on the number of nodes only, so equal runs behave alike.
  random_ ^= random_ << 13U;
  random_ ^= random_ >> 17U;
  random_ ^= random_ << 5U;
  nodes_.push_back({value, 0, 0, random_, value.visible ? value.length : 0});
  return static_cast<node_index>(nodes_.size() - 1);
}

void replayed_text::sum_up(node_index n) {
  node& at = nodes_[n];
  at.visible =
      nodes_[at.left].visible + nodes_[at.right].visible + (at.value.visible ? at.value.length : 0);
}

replayed_text::node_index replayed_text::join(node_index left, node_index right) {
  if (left == 0 || right == 0) {
    return left == 0 ? right : left;
  }
  if (nodes_[left].priority >= nodes_[right].priority) {
    nodes_[left].right = join(nodes_[left].right, right);
    sum_up(left);
    return left;
  }
  nodes_[right].left = join(left, nodes_[right].left);
  sum_up(right);
  return right;
}

std::pair<replayed_text::node_index, replayed_text::node_index> replayed_text::split(
    node_index n, std::uint32_t position) {
  if (position == 0) {
    return {0, n};
  }
  WEFT_ASSERT(n != 0, "an effect lies inside of the text");
  const std::uint32_t left = nodes_[nodes_[n].left].visible;
  if (position <= left) {
    const auto [before, after] = split(nodes_[n].left, position);
    nodes_[n].left = after;
    sum_up(n);
    return {before, n};
  }
  position -= left;
  const std::uint32_t own = nodes_[n].value.visible ? nodes_[n].value.length : 0;
  if (position > own) {
    const auto [before, after] = split(nodes_[n].right, position - own);
    nodes_[n].right = before;
    sum_up(n);
    return {n, after};
  }
  node_index rest = nodes_[n].right;
  nodes_[n].right = 0;
  if (position < own) {
    segment cut = nodes_[n].value;
    cut.length -= position;
    cut.origin += position;
    if (cut.first != no_index) {
      cut.first += position;
    }
    nodes_[n].value.length = position;
    const node_index fresh = make(cut);
    rest = join(fresh, rest);
  }
  sum_up(n);
  return {n, rest};
}

void replayed_text::hide(node_index n, bool ours) {
  if (nodes_[n].visible == 0) {
    return;
  }
  node& at = nodes_[n];
  hide(at.left, ours);
  hide(at.right, ours);
  if (at.value.visible) {
    at.value.visible = false;
    at.value.ours_erased = ours;
  }
  at.visible = 0;
}

void replayed_text::apply(const sequence_run& run, bool ours) {
  const auto [before, rest] = split(root_, run.position);
  if (run.kind == run_kind::insert) {
    const node_index fresh = make({run.length, run.first, 0, true, ours, false});
    root_ = join(join(before, fresh), rest);
    return;
  }
  const auto [gone, after] = split(rest, run.length);
  hide(gone, ours);
  root_ = join(join(before, gone), after);
}

std::vector<replayed_text::segment> replayed_text::segments() const {
  std::vector<segment> out;
  out.reserve(nodes_.size());
  std::vector<node_index> open;
  for (node_index n = root_; n != 0 || !open.empty();) {
    for (; n != 0; n = nodes_[n].left) {
      open.push_back(n);
    }
    n = open.back();
    open.pop_back();
    out.push_back(nodes_[n].value);
    n = nodes_[n].right;
  }
  return out;
}

}  // namespace weft::crdt
