// SPDX-License-Identifier: MIT
#include "support/naive_list.hpp"

#include <algorithm>

namespace weft::test {

void naive_list::insert(const crdt::op_id& id, std::optional<crdt::op_id> left,
                        std::optional<crdt::op_id> right, char32_t scalar) {
  const place self = items_.size();
  const bool is_left_child = right && find(*right).left == left;
  std::vector<place>* siblings = &roots_;
  if (is_left_child) {
    siblings = &below_[index_.at(*right)].left;
  } else if (left) {
    siblings = &below_[index_.at(*left)].right;
  }
  items_.push_back({id, left, right, scalar, false});
  index_.emplace(id, self);
  const auto at = std::find_if(siblings->begin(), siblings->end(), [&](place sibling) {
    return is_left_child ? tie_before(self, sibling) : right_sibling_before(self, sibling);
  });
  siblings->insert(at, self);
  below_.emplace_back();
}

void naive_list::erase(const crdt::op_id& id) {
  items_[index_.at(id)].erased = true;
}

std::vector<list_item> naive_list::order() const {
  std::vector<list_item> out;
  for (const place p : walk_all()) {
    out.push_back(items_[p]);
  }
  return out;
}

const list_item& naive_list::find(const crdt::op_id& id) const {
  return items_[index_.at(id)];
}

void naive_list::walk(place at, std::vector<place>& out) const {
  for (const place child : below_[at].left) {
    walk(child, out);
  }
  out.push_back(at);
  for (const place child : below_[at].right) {
    walk(child, out);
  }
}

std::vector<naive_list::place> naive_list::walk_all() const {
  std::vector<place> out;
  for (const place root : roots_) {
    walk(root, out);
  }
  return out;
}

bool naive_list::tie_before(place a, place b) const {
  return items_[a].id < items_[b].id;
}

// The one whose right neighbour stands farther to the right comes first; then the lower id.
bool naive_list::right_sibling_before(place a, place b) const {
  const auto& right_a = items_[a].right;
  const auto& right_b = items_[b].right;
  if (right_a == right_b) {
    return tie_before(a, b);
  }
  if (!right_a || !right_b) {
    return !right_a;
  }
  const std::vector<place> all = walk_all();
  const auto at = [&](const crdt::op_id& id) {
    return std::find(all.begin(), all.end(), index_.at(id));
  };
  return at(*right_a) > at(*right_b);
}

}  // namespace weft::test
