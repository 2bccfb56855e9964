// SPDX-License-Identifier: MIT
#include "content/tracker.hpp"

#include "weft/crdt/assert.hpp"

#include <algorithm>

namespace weft::crdt {
namespace {

#ifdef WEFT_DEEP_CHECKS
constexpr std::uint32_t longest_scan = 1;
#else
constexpr std::uint32_t longest_scan = 32;
#endif

}  // namespace

void tracker::reset(local_index base, std::uint32_t length) {
  records_.reset(length);
  siblings_.clear();
  chunks_.clear();
  targets_.clear();
  next_target_ = 0;
  branch_.one_run = false;
  branch_.first = no_index;
  spot_.valid = false;
  at_.clear();
  if (base != no_index) {
    at_.push_back(base);
  }
  first_ = base + 1;
  fed_ = first_;
  next_id_ = 0;
}

element_id tracker::id_of(local_index i) const {
  auto after = chunks_.end();
  if (chunks_.back().first > i) {
    after = std::upper_bound(chunks_.begin(), chunks_.end(), i,
                             [](local_index key, const chunk& c) { return key < c.first; });
  }
  return (after - 1)->id + (i - (after - 1)->first);
}

local_index tracker::index_of(element_id id) const {
  auto after = chunks_.end();
  if (chunks_.back().id > id) {
    after = std::upper_bound(chunks_.begin(), chunks_.end(), id,
                             [](element_id key, const chunk& c) { return key < c.id; });
  }
  return (after - 1)->first + (id - (after - 1)->id);
}

bool tracker::apply(const causal_graph& graph, const run_list& log, const sequence_run& run,
                    std::span<const local_index> parents, std::size_t at, effect_log* out) {
  log_place_ = at;
  WEFT_ASSERT(run.first >= fed_, "operations are fed in order");
  move_to(graph, log, parents);
  const std::uint32_t length = records_.visible();
  const std::uint32_t taken = run.kind == run_kind::insert ? 0 : run.length;
  if (run.position > length || taken > length - run.position) {
    return false;
  }
  if (chunks_.empty() || fed_ != run.first) {
    chunks_.push_back({run.first, next_id_});
  }
  const element_id id = next_id_;
  note_fed(run, parents, id);
  next_id_ += run.length;
  fed_ = run.first + run.length;
  if (run.kind == run_kind::insert) {
    insert(graph, run, id, out);
  } else {
    erase(run, id, out);
  }
  at_.assign(1, fed_ - 1);
#ifdef WEFT_DEEP_CHECKS
  check_invariants();
#endif
  return true;
}

void tracker::move_to(const causal_graph& graph, const run_list& log,
                      std::span<const local_index> version) {
  const bool one = at_.size() == 1 && version.size() == 1;
  if (one ? at_[0] == version[0]
          : std::equal(at_.begin(), at_.end(), version.begin(), version.end())) {
    return;
  }
  if (take_back_branch(log, version)) {
    return;
  }
  spot_.valid = false;
  graph.diff(at_, version, retreat_, advance_);
  for (const index_range range : retreat_) {
    move_range(log, range, false);
  }
  for (std::size_t i = advance_.size(); i-- > 0;) {
    move_range(log, advance_[i], true);
  }
}

// The commonest move where many write at once: what was fed last goes, for another made there.
bool tracker::take_back_branch(const run_list& log, std::span<const local_index> version) {
  if (branch_.first == no_index ||
      !std::equal(version.begin(), version.end(), branch_.made_at.begin(), branch_.made_at.end())) {
    return false;
  }
  if (!branch_.one_run) {
    spot_.valid = false;
    move_range(log, {branch_.first, fed_}, false);
  } else if (spot_.valid) {
    records_.change(spot_.at, [](element_record& x) { --x.prepared; });
  } else if (branch_.inserts) {
    move_elements(branch_.id, branch_.length, false);
  } else {
    move_erases(branch_.id, branch_.length, false);
  }
  return true;
}

void tracker::note_fed(const sequence_run& run, std::span<const local_index> parents,
                       element_id id) {
  const bool goes_on = branch_.first != no_index && parents.size() == 1 && parents[0] + 1 == fed_ &&
                       at_.size() == 1 && at_[0] == parents[0];
  if (goes_on) {
    branch_.one_run = false;
    spot_.valid = false;
    return;
  }
  branch_.made_at.assign(parents.begin(), parents.end());
  branch_.first = run.first;
  branch_.id = id;
  branch_.length = run.length;
  branch_.one_run = true;
  branch_.inserts = run.kind == run_kind::insert;
}

// Counting states are moved by one in any order: no need to go through a range backwards.
void tracker::move_range(const run_list& log, index_range range, bool forward) {
  log.for_each_in(range, [&](const sequence_run& part, const sequence_run&) {
    if (part.kind == run_kind::insert) {
      move_elements(id_of(part.first), part.length, forward);
    } else {
      move_erases(id_of(part.first), part.length, forward);
    }
  });
}

void tracker::move_erases(element_id first, std::uint32_t length, bool forward) {
  // Erases come in rows: the one wanted mostly follows the one moved last.
  auto t = targets_.begin() + static_cast<std::ptrdiff_t>(next_target_);
  if (t == targets_.end() || first < t->first || first - t->first >= t->length) {
    t = std::upper_bound(targets_.begin(), targets_.end(), first,
                         [](element_id key, const target& x) { return key < x.first; }) -
        1;
  }
  while (length > 0) {
    const std::uint32_t skip = first - t->first;
    const std::uint32_t n = std::min(length, t->length - skip);
    move_elements(t->backward ? t->element - skip - n + 1 : t->element + skip, n, forward);
    first += n;
    length -= n;
    ++t;
  }
  next_target_ = static_cast<std::size_t>(t - targets_.begin());
}

void tracker::move_elements(element_id first, std::uint32_t length, bool forward) {
  while (length > 0) {
    const record_tree::found f = records_.find_id(first);
    record_tree::place p = f.at;
    if (f.offset > 0) {
      p = records_.split(p, f.offset);
      ++p.index;
    }
    if (records_[p].length > length) {
      p = records_.split(p, length);
    }
    const element_record& r = records_[p];
    const std::uint32_t n = r.length;
    WEFT_ASSERT(forward || r.prepared > 0, "only what has happened is taken back");
    records_.change(p, [&](element_record& x) { x.prepared += forward ? 1U : ~0U; });
    records_.join(p);
    first += n;
    length -= n;
  }
}

void tracker::insert(const causal_graph& graph, const sequence_run& run, element_id id,
                     effect_log* out) {
  element_record fresh{id, run.length, list_start, list_end, 1, false};
  if (spot_.valid && spot_.position == run.position) {
    fresh.left = spot_.left;
    fresh.right = spot_.right;
    const gap to = join_family(graph, fresh, spot_.left_child, run.first);
    if (out != nullptr) {
      out->push({run.first, to.shown, run.length, run_kind::insert, 0}, log_place_);
    }
    put_spot(to, fresh);
    return;
  }
  spot_.valid = false;
  gap from{records_.begin(), 0};
  record_tree::place before{};
  bool may_extend = false;
  if (run.position > 0) {
    const record_tree::found f = records_.find_visible(run.position - 1);
    before = f.at;
    fresh.left = records_[before].id + f.offset;
    from.shown = f.shown_before + (records_[before].gone ? 0 : f.offset + 1);
    if (f.offset + 1 < records_[before].length) {
      before = records_.split(before, f.offset + 1);
    } else {
      may_extend = !records_[before].gone && fresh.left + 1 == id;
    }
    from.at = {before.leaf, before.index + 1};
  }
  // The right origin is the next element that the author knew, erased or not.
  const record_tree::place next = records_.forward(from.at);
  const record_tree::place end = records_.next_known(next);
  if (!records_.at_end(end)) {
    fresh.right = records_[end].id;
  }
  gap to = from;
  if (siblings_.has(fresh.left)) {
    const bool left_child = is_left_child(fresh.left, fresh.right);
    to = join_family(graph, fresh, left_child, run.first);
    spot_ = {run.position, fresh.left, fresh.right, left_child, true, {}, 0, 0, 0};
  } else if (next != end) {
    to = choose(graph, from, end, fresh, run.first);
  }
  if (out != nullptr) {
    out->push({run.first, to.shown, run.length, run_kind::insert, 0}, log_place_);
  }
  if (may_extend && to.at == from.at && records_[before].right == fresh.right) {
    records_.extend(before, run.length);
    spot_.valid = false;
  } else {
    put_spot(to, fresh);
  }
}

void tracker::put_spot(gap to, const element_record& fresh) {
  spot_.at = records_.insert(to.at, fresh);
  spot_.id = fresh.id;
  spot_.length = fresh.length;
  spot_.shown_before = to.shown;
}

// The place among concurrent elements [from, end), none of which the author knew. An element whose
// left origin stands left of ours ends the search. One with our left origin is a sibling: the one
// with the farther right origin comes first, then the smaller replica id. `hold` remembers the
// leftmost place while siblings with a nearer right origin go by, which may turn out to be left
// children of a later sibling that precedes us. Where it gets long, the siblings get an index.
tracker::gap tracker::choose(const causal_graph& graph, gap from, record_tree::place end,
                             const element_record& fresh, local_index first) {
  gap to = from;
  gap scan{records_.forward(from.at), from.shown};
  bool hold = false;
  const replica_id author = graph.id_of(graph.replica_of(first));
  for (std::uint32_t looked_at = 0; scan.at != end; ++looked_at) {
    if (looked_at == longest_scan) {
      open_family(graph, from.at, fresh.left);
      return join_family(graph, fresh, is_left_child(fresh.left, fresh.right), first);
    }
    const element_record& o = records_[scan.at];
    const int left = records_.compare(o.left, fresh.left);
    if (left < 0) {
      break;
    }
    if (left == 0) {
      if (o.right == fresh.right) {
        if (graph.id_of(graph.replica_of(index_of(o.id))) > author) {
          break;
        }
        hold = false;
      } else {
        hold = records_.compare(o.right, fresh.right) < 0;
      }
    }
    scan.shown += o.shown();
    ++scan.at.index;
    if (!hold) {
      to = scan;
    }
    scan.at = records_.forward(scan.at);
  }
  return to;
}

bool tracker::is_left_child(element_id left, element_id right) const {
  return right != list_end && records_.left_of(right) == left;
}

// Indexes all siblings with this left origin: they stand between it and the first element that is
// no descendant of it.
void tracker::open_family(const causal_graph& graph, record_tree::place from, element_id left) {
  siblings_.open(left);
  for (auto at = records_.forward(from); !records_.at_end(at);
       at = records_.forward({at.leaf, at.index + 1})) {
    const element_record& o = records_[at];
    const int order = o.old() != 0 ? -1 : records_.compare(o.left, left);
    if (order < 0) {
      return;
    }
    if (order == 0) {
      siblings_.read({o.id, left, o.right, is_left_child(left, o.right),
                      graph.id_of(graph.replica_of(index_of(o.id)))});
    }
  }
}

// As `choose`, for indexed siblings. The record of the left origin ends with it.
tracker::gap tracker::join_family(const causal_graph& graph, const element_record& fresh,
                                  bool left_child, local_index first) {
  const auto [elder, next] = siblings_.add(records_, {fresh.id, fresh.left, fresh.right, left_child,
                                                      graph.id_of(graph.replica_of(first))});
  // Nothing descends from what was put at this spot last.
  if (spot_.valid && elder == spot_.id) {
    return {{spot_.at.leaf, spot_.at.index + 1}, spot_.shown_before + spot_.length};
  }
  if (spot_.valid && next == spot_.id) {
    return {spot_.at, spot_.shown_before};
  }
  record_tree::place to{};
  if (next != sibling_index::none || left_child) {
    to = records_.find_id(next != sibling_index::none ? next : fresh.right).at;
  } else {
    // After all that descends from the elder one. The text at the base has no origins to compare.
    WEFT_ASSERT(elder != sibling_index::none, "a family has members");
    to = records_.find_id(elder).at;
    do {
      to = records_.forward({to.leaf, to.index + 1});
    } while (!records_.at_end(to) && records_[to].id != fresh.right &&
             records_.compare(records_[to].left, fresh.left) > 0);
  }
  return {to, records_.shown_before(to)};
}

void tracker::erase(const sequence_run& run, element_id id, effect_log* out) {
  spot_.valid = false;
  const bool backward = run.kind == run_kind::erase_backward;
  local_index op = run.first;
  for (std::uint32_t rest = run.length; rest > 0;) {
    const std::uint32_t position = backward ? run.position + rest - 1 : run.position;
    const record_tree::found f = records_.find_visible(position);
    record_tree::place p = f.at;
    const std::uint32_t held = backward ? f.offset + 1 : records_[p].length - f.offset;
    const std::uint32_t n = std::min(rest, held);
    const std::uint32_t skip = backward ? f.offset + 1 - n : f.offset;
    if (skip > 0) {
      p = records_.split(p, skip);
      ++p.index;
    }
    if (records_[p].length > n) {
      p = records_.split(p, n);
    }
    const element_record r = records_[p];
    if (out != nullptr && !r.gone) {
      const run_kind kind = backward && n > 1 ? run_kind::erase_backward : run_kind::erase_forward;
      out->push({op, f.shown_before + skip, n, kind, 0}, log_place_);
    }
    targets_.push_back({id, n, backward ? r.id + n - 1 : r.id, backward});
    records_.change(p, [](element_record& x) {
      ++x.prepared;
      x.gone = true;
    });
    records_.join(p);
    op += n;
    id += n;
    rest -= n;
  }
}

void tracker::check_invariants() const {
  records_.check_invariants();
}

}  // namespace weft::crdt
