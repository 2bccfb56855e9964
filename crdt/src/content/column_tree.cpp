// SPDX-License-Identifier: MIT
#include "content/column_tree.hpp"

#include <algorithm>

namespace weft::crdt {

void column_tree::reset(std::uint32_t length) {
  records_.reset(length);
  next_id_ = 0;
}

std::uint32_t column_tree::insert(std::uint32_t author, column_mask known, std::uint32_t position,
                                  std::uint32_t length) {
  if (position > records_.visible(author)) {
    return outside;
  }
  const element_id first = next_id_;
  next_id_ += length;
  column_record fresh{
      first, length, list_start, list_end, known, 0, static_cast<std::uint8_t>(author)};
  tree::place from = records_.begin();
  tree::place before{};
  std::uint32_t shown = 0;
  bool may_extend = false;
  if (position > 0) {
    const tree::found f = records_.find_visible(position - 1, author);
    const column_record& r = records_[f.at];
    before = f.at;
    fresh.left = r.id + f.offset;
    shown = f.shown_before + (r.shown() != 0 ? f.offset + 1 : 0);
    if (f.offset + 1 < r.length) {
      before = records_.split(before, f.offset + 1);
    } else {
      may_extend = fresh.left + 1 == first && r.same_state(fresh);
    }
    from = {before.leaf, before.index + 1};
  }
  // The right origin is the next element that the author knew, erased or not.
  const tree::place next = records_.forward(from);
  const tree::place end = records_.next_known(next, author);
  if (!records_.at_end(end)) {
    fresh.right = records_[end].id;
  }
  tree::place to = from;
  if (next != end) {
    if (const tree::place chosen = choose(next, end, fresh); chosen != next) {
      to = chosen;
      shown = records_.shown_before(to);
    }
  }
  if (may_extend && to == from && records_[before].right == fresh.right) {
    records_.extend(before, length);
  } else {
    records_.insert(to, fresh);
  }
  return shown;
}

// The place among elements [from, end), none of which the author knew. All that descends from our
// left origin stands in one piece after it. If our right origin is of these, we are its left child:
// only its other left children matter, and what they have below them. Else we are a right child,
// and so is whatever in there reaches beyond; nobody has more than one.
column_tree::tree::place column_tree::choose(tree::place from, tree::place end,
                                             const column_record& fresh) const {
  const bool left_child = fresh.right != list_end && records_.left_of(fresh.right) == fresh.left;
  tree::place at = from;
  tree::place stop = end;
  element_id bound = fresh.right;
  if (left_child) {
    // What is below our right origin reaches no farther than that; what stands before it does.
    const auto last = records_.last_passing(end, bound);
    if (last && !records_.is_before(*last, from)) {
      at = records_.next_outside({last->leaf, last->index + 1}, fresh.left, false);
    }
  } else {
    stop = records_.next_outside(from, fresh.left, true);
    bound = records_.at_end(stop) ? list_end : records_[stop].id;
  }
  while (at != stop) {
    // The next child comes after what is below it on its left.
    const tree::place child = records_.next_reaching(at, bound);
    const column_record& o = records_[child];
    WEFT_ASSERT(o.left == fresh.left && records_.is_before(child, stop), "a child is found");
    const int order = records_.compare(o.right, fresh.right);
    if (order < 0 || (order == 0 && authors_[o.author] > authors_[fresh.author])) {
      break;
    }
    at = records_.next_outside({child.leaf, child.index + 1}, fresh.left, false);
  }
  return at;
}

// Makes elements [skip, skip + length) of a record a record of their own; returns its place.
column_tree::tree::place column_tree::isolate(tree::place p, std::uint32_t skip,
                                              std::uint32_t length) {
  if (skip > 0) {
    p = records_.split(p, skip);
    ++p.index;
  }
  return length < records_[p].length ? records_.split(p, length) : p;
}

column_list::erased column_tree::erase(std::uint32_t author, column_mask known,
                                       std::uint32_t position, std::uint32_t length,
                                       bool backward) {
  column_list::erased out;
  const std::uint32_t at = backward ? position + length - 1 : position;
  if (at >= records_.visible(author)) {
    return out;
  }
  const tree::found f = records_.find_visible(at, author);
  const column_record& r = records_[f.at];
  out.length = std::min(length, backward ? f.offset + 1 : r.length - f.offset);
  const std::uint32_t skip = backward ? f.offset + 1 - out.length : f.offset;
  out.shown = r.erased == 0;
  out.position = f.shown_before + (out.shown ? skip : 0);
  out.first = r.id + skip;
  const tree::place p = isolate(f.at, skip, out.length);
  records_.change(p,
                  [&](column_record& x) { x.erased = static_cast<column_mask>(x.erased | known); });
  records_.join(p);
  return out;
}

// Lets f change the state of the records of these elements.
template <class F>
void column_tree::change_each(element_id first, std::uint32_t length, F&& f) {
  while (length > 0) {
    const tree::found at = records_.find_id(first);
    const std::uint32_t n = std::min(length, records_[at.at].length - at.offset);
    const tree::place p = isolate(at.at, at.offset, n);
    records_.change(p, f);
    records_.join(p);
    first += n;
    length -= n;
  }
}

void column_tree::learn_inserted(std::uint32_t c, element_id first, std::uint32_t length) {
  change_each(first, length, [bit = 1U << c](column_record& r) {
    r.inserted = static_cast<column_mask>(r.inserted | bit);
  });
}

void column_tree::learn_erased(std::uint32_t c, element_id first, std::uint32_t length) {
  change_each(first, length, [bit = 1U << c](column_record& r) {
    r.erased = static_cast<column_mask>(r.erased | bit);
  });
}

}  // namespace weft::crdt
