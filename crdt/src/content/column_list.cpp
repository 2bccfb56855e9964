// SPDX-License-Identifier: MIT
#include "content/column_list.hpp"

#include "weft/crdt/assert.hpp"

#include <algorithm>

namespace weft::crdt {

void column_list::reset(std::uint32_t length) {
  records_.clear();
  next_id_ = 0;
  if (length != 0) {
    record all;
    all.length = length;
    all.first = fresh_id();
    all.right = length == 1 ? all.first : fresh_id();
    all.state = background_state;
    records_.open(0) = all;
  }
}

// Puts a record at its place; `from` is the gap where its author put it.
inline void column_list::put(index at, index from, record fresh) {
  if (fresh.known_to_all()) {
    const element_id last = fresh.first + fresh.length - 1;
    if (at > 0 && is_background(records_[at - 1])) {
      records_[at - 1].length += fresh.length;
      records_[at - 1].right = last;
    } else if (at < records_.size() && is_background(records_[at])) {
      records_[at].length += fresh.length;
      records_[at].first = fresh.first;
    } else {
      record& background = records_.open(at);
      background = fresh;
      background.right = last;
      settle(at);
    }
    return;
  }
  if (at > 0 && at == from) {
    record& before = records_[at - 1];
    if (before.first + before.length == fresh.first && before.state == fresh.state &&
        before.right == fresh.right && before.author == fresh.author) {
      before.length += fresh.length;
      return;
    }
  }
  records_.open(at) = fresh;
}

std::uint32_t column_list::insert(std::uint32_t author, column_mask known, std::uint32_t position,
                                  std::uint32_t length) {
  const auto self = static_cast<column_mask>(1U << author);
  const record* const records = records_.begin();
  const index count = records_.size();
  index i = 0;  // the gap is before this record
  std::uint32_t rest = position;
  std::uint32_t shown = 0;
  for (; rest != 0; ++i) {
    if (i == count) {
      return outside;
    }
    const std::uint32_t seen = records[i].seen_by(self);
    if (seen > rest) {
      break;
    }
    rest -= seen;
    shown += records[i].shown();
  }
  record fresh;
  fresh.length = length;
  fresh.first = next_id_;
  next_id_ += length;
  if (rest != 0) {
    // Inside of a record nobody else can stand.
    record& r = records_[i];
    shown += r.is_shown() ? rest : 0;
    if (known == all_columns && is_background(r)) {
      r.length += length;
      return shown;
    }
    split(i, rest);
    ++i;
  }
  fresh.left = i == 0 ? list_start : last_of(records_[i - 1]);
  fresh.state = known;
  fresh.author = static_cast<std::uint16_t>(author);
  gap to{i, shown};
  index end = i;
  while (end < records_.size() && (records_[end].state & self) == 0) {
    ++end;
  }
  // The next element that the author knew, erased or not.
  fresh.right = end < records_.size() ? records_[end].first : list_end;
  if (end != i) {
    to = choose({i, shown}, end, fresh);
  }
  put(to.at, i, fresh);
  return to.shown;
}

// The place among elements [from, end), none of which the author knew; as in tracker::choose. The
// left origin of one of them is ours, or one of them, or farther left; its right origin is one of
// them, or ours, or farther right.
column_list::gap column_list::choose(gap from, index end, record fresh) const {
  const auto holds = [&](index i, element_id id) {
    return i >= from.at && i < end && id - records_[i].first < records_[i].length;
  };
  // Mostly it is in the record beside.
  const auto inside = [&](element_id id, index beside) {
    bool found = holds(beside, id);
    for (index i = from.at; i < end && !found; ++i) {
      found = holds(i, id);
    }
    return found;
  };
  gap to = from;
  std::uint32_t shown = from.shown;
  bool hold = false;
  for (index i = from.at; i < end; ++i) {
    const record& o = records_[i];
    if (o.left == fresh.left) {
      if (o.right == fresh.right) {
        if (authors_[o.author] > authors_[fresh.author]) {
          break;
        }
        hold = false;
      } else {
        hold = inside(o.right, i + 1);
      }
    } else if (!inside(o.left, i - 1)) {
      break;
    }
    shown += o.shown();
    if (!hold) {
      to = {i + 1, shown};
    }
  }
  return to;
}

// Cuts a record so that it keeps its first `keep` elements.
void column_list::split(index i, std::uint32_t keep) {
  WEFT_ASSERT(keep > 0 && keep < records_[i].length, "a record is cut inside");
  record& right = records_.open(i + 1);
  record& left = records_[i];
  right.length = left.length - keep;
  right.right = left.right;
  right.state = left.state;
  right.author = left.author;
  left.length = keep;
  if (is_background(left)) {
    // Elements inside have no names yet.
    left.right = keep == 1 ? left.first : fresh_id();
    right.left = left.left;
    right.first = right.length == 1 ? right.right : fresh_id();
  } else {
    right.first = left.first + keep;
    right.left = right.first - 1;
  }
}

// Makes elements [from, from + length) of a record a record of their own; returns its place. Of
// background no more than have a name or can be given consecutive ones: the caller passes all but
// the first, and all but the last element, of a longer record on their own.
column_list::index column_list::isolate(index i, std::uint32_t from, std::uint32_t length) {
  if (from > 0) {
    split(i, from);
    ++i;
  }
  if (length < records_[i].length) {
    split(i, length);
  }
  return i;
}

// Takes elements that nobody sees any more out of background.
void column_list::cut_background(index i, std::uint32_t from, std::uint32_t length) {
  record& r = records_[i];
  const bool at_start = from == 0;
  const bool at_end = from + length == r.length;
  // At the edge the names stay for as long as the neighbour is not known to all.
  const bool keep_first = at_start && i > 0 && !records_[i - 1].known_to_all();
  const bool keep_last = at_end && !known_at(i + 1);
  record edge;
  edge.length = 1;
  edge.state = gone_state;
  const element_id first = r.first;
  const element_id last = r.right;
  const bool only_one = r.length == 1;
  const bool all_gone = length == r.length;
  r.length -= length;
  if (all_gone) {
    records_.remove(i, 1);
  } else if (at_start) {
    r.first = r.length == 1 ? r.right : fresh_id();
  } else if (at_end) {
    r.right = r.length == 1 ? r.first : fresh_id();
  }
  index after = all_gone ? i : i + 1;
  if (keep_first) {
    edge.first = first;
    records_.open(i) = edge;
    ++after;
  }
  if (keep_last && !(only_one && keep_first)) {
    edge.first = last;
    records_.open(after) = edge;
  }
  if (all_gone && !keep_first && !keep_last && !records_.empty()) {
    settle(std::min(i, records_.size() - 1));
  }
}

column_list::erased column_list::erase(std::uint32_t author, column_mask known,
                                       std::uint32_t position, std::uint32_t length,
                                       bool backward) {
  const auto self = static_cast<column_mask>(1U << author);
  std::uint32_t rest = backward ? position + length - 1 : position;
  erased out;
  index i = 0;
  for (;; ++i) {
    if (i == records_.size()) {
      return out;
    }
    const std::uint32_t seen = records_[i].seen_by(self);
    if (rest < seen) {
      break;
    }
    rest -= seen;
    out.position += records_[i].shown();
  }
  const record& r = records_[i];
  out.shown = r.is_shown();
  std::uint32_t from = rest;
  if (backward) {
    out.length = std::min(length, rest + 1);
    from = rest + 1 - out.length;
  } else {
    out.length = std::min(length, r.length - rest);
  }
  const bool background = is_background(r);
  if (background && known == all_columns) {
    out.position += from;
    cut_background(i, from, out.length);
    return out;
  }
  if (background && out.length > 1) {
    // Beside what is not known to all its first and its last element keep their names; the others
    // get new ones in a row.
    const bool has_first = from == 0 && i > 0 && !records_[i - 1].known_to_all();
    const bool has_last = from + out.length == r.length && !known_at(i + 1);
    if (backward ? has_last : has_first) {
      from = backward ? r.length - 1 : 0;
      out.length = 1;
    } else if (backward ? has_first : has_last) {
      from += backward ? 1 : 0;
      out.length -= 1;
    }
  }
  out.position += out.shown ? from : 0;
  i = isolate(i, from, out.length);
  record& hit = records_[i];
  if (background) {
    if (hit.length > 1) {
      hit.first = next_id_;
      next_id_ += hit.length;
    }
    hit.right = list_end;
  }
  out.first = hit.first;
  hit.state = static_cast<std::uint16_t>(hit.state | known << gone_bits);
  settle(i);
  return out;
}

// Calls f(record) for the records of these elements, cut to them; it says whether what is round the
// record may be forgotten now.
template <class F>
void column_list::change_each(element_id first, std::uint32_t length, F&& f) {
  index settle_first = no_record;
  index settle_end = 0;
  std::uint32_t rest = length;
  index count = records_.size();
  for (index i = 0; rest != 0 && i < count; ++i) {
    record* r = &records_[i];
    const std::uint32_t ahead = r->first - first;
    const std::uint32_t skip = first - r->first;
    if ((ahead >= length && skip >= r->length) || is_background(*r)) {
      continue;
    }
    if (ahead >= length || length - ahead < r->length) {
      split(i, ahead >= length ? skip : length - ahead);
      ++count;
      if (ahead >= length) {
        continue;  // it begins before them
      }
      r = &records_[i];
    }
    rest -= r->length;
    if (f(*r)) {
      settle_first = std::min(settle_first, i);
      settle_end = i + 1;
    }
  }
  for (index i = settle_end; i-- > settle_first;) {
    if (i < records_.size()) {
      settle(i);
    }
  }
}

void column_list::learn_inserted(std::uint32_t c, element_id first, std::uint32_t length) {
  const auto bit = static_cast<std::uint16_t>(1U << c);
  change_each(first, length, [&](record& r) {
    r.state |= bit;
    if (is_background(r)) {
      r.right = r.first + r.length - 1;
    }
    return r.known_to_all();
  });
}

void column_list::learn_erased(std::uint32_t c, element_id first, std::uint32_t length) {
  const auto bit = static_cast<std::uint16_t>(1U << c << gone_bits);
  change_each(first, length, [&](record& r) {
    r.state |= bit;
    return is_gone_for_all(r);
  });
}

void column_list::learn_all(std::uint32_t c) {
  const auto bit = static_cast<std::uint16_t>(1U << c);
  for (record& r : records_) {
    const bool background = is_background(r);
    r.state =
        static_cast<std::uint16_t>(r.is_shown() ? r.state | bit : r.state | bit | bit << gone_bits);
    if (!background && is_background(r)) {
      r.right = r.first + r.length - 1;
    }
  }
  for (index i = records_.size(); i-- > 0;) {
    if (i < records_.size()) {
      settle(i);
    }
  }
}

// Joins record `i`, if it is background, with the background beside it.
void column_list::melt(index i) {
  record* const r = &records_[i];
  if (!is_background(*r)) {
    return;
  }
  const bool after = i + 1 < records_.size() && is_background(r[1]);
  if (after) {
    r->length += r[1].length;
    r->right = r[1].right;
  }
  const bool before = i > 0 && is_background(r[-1]);
  if (before) {
    r[-1].length += r->length;
    r[-1].right = r->right;
  }
  if (after || before) {
    records_.remove(before ? i : i + 1, before && after ? 2 : 1);
  }
}

// Forgets what can be forgotten round record `i`, whose state has changed.
void column_list::settle(index i) {
  if (!records_[i].known_to_all()) {
    return;
  }
  const bool may_forget = is_gone_for_all(records_[i]) ||
                          (i > 0 && is_gone_for_all(records_[i - 1])) ||
                          (i + 1 < records_.size() && is_gone_for_all(records_[i + 1]));
  const index left = may_forget ? forget_round(i) : i;
  if (left != no_record) {
    melt(left);
  }
}

// Takes out record `i` and its neighbours, as far as they may go: they may have waited for it.
// Returns the record that is at its place, or left of it; no_record: nothing is left of it.
column_list::index column_list::forget_round(index i) {
  while (may_go(i + 1)) {
    records_.remove(i + 1, 1);
  }
  while (may_go(i)) {
    records_.remove(i, 1);
    if (i == 0) {
      return no_record;
    }
    --i;
  }
  while (i > 0 && may_go(i - 1)) {
    records_.remove(i - 1, 1);
    --i;
  }
  return i;
}

void column_list::check_invariants() const {
  for (index i = 0; i < records_.size(); ++i) {
    const record& r = records_[i];
    WEFT_ASSERT(r.length > 0, "records hold elements");
    WEFT_ASSERT(!is_background(r) || r.length > 1 || r.first == r.right,
                "a background of one element has one name");
    WEFT_ASSERT(i == 0 || !is_background(r) || !is_background(records_[i - 1]),
                "neighbouring background is one record");
    for (index k = 0; k < i; ++k) {
      const record& o = records_[k];
      WEFT_ASSERT(is_background(r) || is_background(o) || r.first - o.first >= o.length,
                  "no two records share ids");
    }
  }
}

}  // namespace weft::crdt
