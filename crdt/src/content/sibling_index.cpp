// SPDX-License-Identifier: MIT
#include "content/sibling_index.hpp"

#include "weft/crdt/assert.hpp"

#include <algorithm>
#include <iterator>

namespace weft::crdt {
namespace {

constexpr replica_id largest_id = [] {
  replica_id id;
  id.bytes.fill(0xff);
  return id;
}();

}  // namespace

void sibling_index::clear() {
  families_.clear();
  members_.clear();
  memory_.release();
  newest_.reset();
  links_.clear();
}

sibling_index::link& sibling_index::link_of(element_id id) {
  if (id >= links_.size()) {
    links_.resize(std::size_t{id} + 1);
  }
  return links_[id];
}

void sibling_index::read(const sibling& s) {
  family& f = families_.at(s.left);
  members_.emplace(key{s.left, s.right, s.author}, s.id);
  if (!s.left_child && (f.rights.empty() || f.rights.back() != s.right)) {
    f.rights.push_back(s.right);
  }
  chain(f, s.id, none);
}

// Where a key is to stand before; siblings often come in the order of their authors.
sibling_index::members::iterator sibling_index::place_of(const key& k) {
  if (newest_ && (*newest_)->first < k) {
    const auto next = std::next(*newest_);
    if (next == members_.end() || k < next->first) {
      return next;
    }
  }
  return members_.lower_bound(k);
}

sibling_index::neighbours sibling_index::add(const record_tree& records, const sibling& s) {
  family& f = families_.find(s.left)->second;
  const key own{s.left, s.right, s.author};
  const auto at = place_of(own);
  neighbours out;
  if (at != members_.begin() && of(std::prev(at), s.left, s.right)) {
    out.elder = std::prev(at)->second;
  } else if (!s.left_child) {
    out.elder = elder_right_child(records, f, s);
  }
  if (out.elder != none) {
    out.next = links_[out.elder].next;
  } else if (s.left_child) {
    out.next = first_before(s.left, s.right);
  } else {
    out.next = f.head;
  }
  newest_ = members_.emplace_hint(at, own, s.id);
  chain(f, s.id, out.next);
  return out;
}

// The last right child with a farther right origin. Notes the right origin of `s`.
element_id sibling_index::elder_right_child(const record_tree& records, family& f,
                                            const sibling& s) {
  const auto place = std::partition_point(f.rights.begin(), f.rights.end(), [&](element_id right) {
    return records.compare(right, s.right) > 0;
  });
  element_id elder = none;
  if (place != f.rights.begin()) {
    const auto after = members_.upper_bound(key{s.left, *std::prev(place), largest_id});
    elder = std::prev(after)->second;
  }
  if (place == f.rights.end() || *place != s.right) {
    f.rights.insert(place, s.right);
  }
  return elder;
}

// Where what stands before `right` begins: at its first left child, at that one's first, and so on.
element_id sibling_index::first_before(element_id left, element_id right) const {
  element_id first = right;
  for (;;) {
    const auto at = members_.lower_bound(key{left, first, replica_id{}});
    if (at == members_.end() || !of(at, left, first)) {
      // Elements older than the window are in no chain: they end it.
      return (first & old_element) != 0 ? none : first;
    }
    first = at->second;
  }
}

void sibling_index::chain(family& f, element_id id, element_id before) {
  link fresh{before == none ? f.tail : links_[before].previous, before};
  (fresh.previous == none ? f.head : links_[fresh.previous].next) = id;
  (before == none ? f.tail : links_[before].previous) = id;
  link_of(id) = fresh;
}

std::size_t sibling_index::size_bytes() const noexcept {
  constexpr std::size_t node = 4 * sizeof(void*);
  return links_.capacity() * sizeof(link) + members_.size() * (sizeof(members::value_type) + node) +
         families_.size() * (sizeof(family) + node);
}

}  // namespace weft::crdt
