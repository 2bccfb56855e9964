// SPDX-License-Identifier: MIT
#include "content/text_merger.hpp"

#include "weft/crdt/assert.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace weft::crdt {
namespace {

constexpr std::uint64_t most_work = max_op_count;
constexpr local_index no_base = no_index - 1;  // of no window

}  // namespace

void text_merger::begin(local_index from) {
  graph_ = nullptr;
  from_ = from;
  next_ = from;
  next_run_ = std::numeric_limits<std::size_t>::max();
  last_kept_ = false;
  left_.clear();
  behind_before_ = last_behind_;
  base_before_ = last_behind_ ? columns_->base() : no_index;
  entry_.range = {};
}

text_merger::progress text_merger::advance(const causal_graph& graph, const run_list& log,
                                           effect_log& out, std::uint64_t work) {
  graph_ = &graph;
  if (next_run_ == std::numeric_limits<std::size_t>::max()) {
    next_run_ = log.find(next_);
  }
  while (next_run_ < log.size()) {
    if (work == 0) {
      return progress::more;
    }
    next_ = std::max(next_, log[next_run_].first);
    const local_index before = next_;
    bool fits = true;
    switch (choose_way(graph, out)) {
      case way::direct:
        fits = take_direct(static_cast<local_index>(std::min<std::uint64_t>(
                               entry_.range.end, next_ + std::min(work, most_work))),
                           out);
        break;
      case way::columns:
        fits = advance_columns(graph, log, out, std::min(work, most_work));
        break;
      case way::tree:
        fits = advance_tree(graph, log, out);
        break;
    }
    if (!fits) {
      return progress::bad_position;
    }
    work -= std::min<std::uint64_t>(work, next_ - before);
  }
  return progress::done;
}

// Before anything but the operations of this import leaves `last_`.
void text_merger::keep_last() {
  if (!std::exchange(last_kept_, true)) {
    last_before_ = last_at_start().to_vector();
  }
}

// Pre: last_before_ does not hold it.
heads text_merger::last_at_start() const {
  heads before = last_;
  before.restore(from_, left_);
  return before;
}

void text_merger::finish() {
  // All is merged: then do not hold much memory on the suspicion that more comes.
  constexpr std::size_t large_window_bytes = std::size_t{8} << 20U;
  constexpr unsigned now_and_then = 10;  // a keystroke makes no window large
  if (graph_ != nullptr && from_ >> now_and_then == graph_->size() >> now_and_then) {
    return;
  }
  if (size_bytes() < large_window_bytes) {
    return;
  }
  if (tree_ != nullptr && !last_behind_ && last_.size() == 1) {
    tree_.reset();
  }
  if (columns_ != nullptr && columns_->settled() && graph_ != nullptr &&
      reopened_ <= graph_->size()) {
    catch_up(*graph_);
    columns_.reset();
  }
}

void text_merger::roll_back(const run_list& log) {
  if (last_kept_) {
    last_.assign(last_before_);
  } else {
    last_.restore(from_, left_);
  }
  last_behind_ = behind_before_;
  if (tree_ != nullptr && tree_->fed() > from_) {
    tree_.reset();
  }
  if (columns_ != nullptr && graph_ != nullptr) {
    if (last_behind_) {
      find_last(log);
    }
    columns_->close();
  }
  unfit_base_ = no_base;
  crowded_base_ = no_base;
}

std::size_t text_merger::size_bytes() const noexcept {
  return (tree_ != nullptr ? tree_->size_bytes() : 0) +
         (columns_ != nullptr ? columns_->size_bytes() : 0);
}

void text_merger::check_invariants() const {
  if (tree_ != nullptr) {
    tree_->check_invariants();
  }
  if (columns_ != nullptr) {
    columns_->check_invariants();
  }
}

// Whether the author of the next operation had seen all of this text; `last_` then has it, up to
// the end of its entry.
bool text_merger::is_direct(const causal_graph& graph) {
  const auto seen = entry_.seen_by(graph, next_);
  if (last_.size() == 1 && seen.size() == 1 && last_.back() == seen[0]) {
    return true;
  }
  const bool goes_on = !last_.empty() && last_.back() >= entry_.range.first;
  if (goes_on) {
    return last_.size() == 1;
  }
  return std::all_of(last_.begin(), last_.end(),
                     [&](local_index i) { return graph.contains(seen, i); });
}

// Operations up to `end`, all of one graph entry. False: bad position.
bool text_merger::take_direct(local_index end, effect_log& out) {
  const local_index before = out.end();
  if (!out.push_logged(next_run_, next_, end)) {
    return false;
  }
  if (out.end() != before) {
    keep_last();
    note_local(out.end() - 1);
  }
  next_ = end;
  return true;
}

// Who is to take the next operation. Opens the columns if it is they.
text_merger::way text_merger::choose_way(const causal_graph& graph, const effect_log& out) {
  const bool open = columns_ != nullptr && columns_->is_open();
  if (!(open && last_behind_) && is_direct(graph)) {
    return way::direct;
  }
  const local_index base = graph.last_critical_before(next_);
  if (open) {
    if (serve(base)) {
      return way::columns;
    }
    catch_up(graph);
    if (is_direct(graph)) {
      return way::direct;  // they serve again if the later base is revoked
    }
    columns_->close();
  }
  if (base == unfit_base_) {
    return way::tree;
  }
  unfit_base_ = no_base;
  open_columns(graph, base, out);
  return way::columns;
}

void text_merger::open_columns(const causal_graph& graph, local_index base, const effect_log& out) {
  if (columns_ == nullptr) {
    columns_ = std::make_unique<column_tracker>();
  }
  reopened_ += next_ - base - 1;
  const bool tall = base == crowded_base_;
  if (!tall) {
    crowded_base_ = no_base;
  }
  columns_->open(graph, base, out.length_after(base), tall);
}

// Whether a window can be thrown away and made anew without that taking the most of the time.
bool text_merger::may_reopen(const causal_graph& graph) const {
  constexpr std::uint64_t free_of_charge = 1U << 16U;
  return reopened_ <= free_of_charge + 8 * std::uint64_t{graph.size()};
}

// Brings `last_` up to what the columns were fed.
void text_merger::catch_up(const causal_graph& graph) {
  if (std::exchange(last_behind_, false)) {
    columns_->last_of_text(graph, scratch_);
    if (!scratch_.empty()) {
      keep_last();
      last_.assign(scratch_);
    }
  }
}

// As catch_up, but from the log, for columns that were fed too much.
void text_merger::find_last(const run_list& log) {
  last_behind_ = false;
  std::vector<local_index> newest(graph_->replica_count(), no_index);
  log.for_each_in({base_before_ + 1, from_}, [&](const sequence_run& part, const auto&) {
    graph_->for_each_entry({part.first, part.first + part.length},
                           [&](const causal_graph::entry_view& entry) {
                             newest[entry.replica] = entry.range.end - 1;
                           });
  });
  std::erase(newest, no_index);
  if (!newest.empty()) {
    last_.assign(graph_->dominators(newest));
  }
}

// Whether open columns still stand on a critical version, and hold something that no later one has
// settled.
bool text_merger::serve(local_index base) const {
  const local_index own = columns_->base();
  if (base == own) {
    return true;
  }
  const bool revoked = own != no_index && (base == no_index || base < own);
  const bool passed = base + 1 >= columns_->fed();
  // A list has forgotten what lies before the later base, a tree has not.
  constexpr std::size_t small_window = 64;
  const bool too_wide =
      columns_->is_tall() && columns_->size() > small_window && next_ - base - 1 < columns_->size();
  return !revoked && !passed && !too_wide;
}

// False: bad position.
bool text_merger::advance_columns(const causal_graph& graph, const run_list& log, effect_log& out,
                                  std::uint64_t work) {
  // Of few replicas all that is here is looked at; of many, what is concurrent with this.
  local_index end = graph.size();
  if (graph.replica_count() > max_columns) {
    end = std::min(end, graph.critical_end_from(next_));
  }
  end = static_cast<local_index>(std::min<std::uint64_t>(end, next_ + work));
  constexpr local_index long_import = 64;
  const bool whole = end - next_ > long_import && may_reopen(graph);
  auto reached = columns_->feed(graph, log, end, next_, whole, out);
  if (reached == column_tracker::outcome::stale) {
    catch_up(graph);
    const local_index base = graph.last_critical_before(next_);
    if (!may_reopen(graph)) {
      crowded_base_ = base;  // there nobody gets stale
    }
    open_columns(graph, base, out);
    reached = columns_->feed(graph, log, end, next_, whole, out);
  }
  if (reached == column_tracker::outcome::bad_position) {
    columns_->close();
    return false;
  }
  WEFT_ASSERT(reached != column_tracker::outcome::stale,
              "a window just opened has forgotten nothing");
  if (columns_->fed() > next_) {
    next_ = columns_->fed();
    last_behind_ = true;
    entry_.range = {};
    next_run_ = log.find(next_);
  }
  if (reached == column_tracker::outcome::unfit) {
    unfit_base_ = columns_->base();
    columns_->close();
  } else if (reached == column_tracker::outcome::crowded) {
    crowded_base_ = columns_->base();
    columns_->close();
  } else if (whole && !columns_->is_tall() && columns_->settled()) {
    columns_->close();
  }
  if (!columns_->is_open()) {
    catch_up(graph);
  }
  return true;
}

// Only what is not newer than the version can be in it; `last_` ascends.
void text_merger::leave_seen(const causal_graph& graph, std::span<const local_index> version) {
  if (version.empty()) {
    return;
  }
  last_.erase_below(version.back() + 1, [&](local_index i) {
    const bool seen = graph.contains(version, i);
    if (seen && i < from_) {
      left_.push_back(i);
    }
    return seen;
  });
}

// One entry, or what is left of it, through the tracker.
bool text_merger::advance_tree(const causal_graph& graph, const run_list& log, effect_log& out) {
  const auto seen_first = entry_.seen_by(graph, next_);
  const bool goes_on = !last_.empty() && last_.back() >= entry_.range.first;
  if (!goes_on) {
    leave_seen(graph, seen_first);
    last_.push_back(next_);
  } else if (last_.back() < from_) {
    keep_last();  // the entry began before this import
  }
  const local_index end = entry_.range.end;
  for (; next_run_ < log.size() && log[next_run_].first < end; ++next_run_) {
    const sequence_run& run = log[next_run_];
    const local_index run_end = run.first + run.length;
    const local_index from = std::max(run.first, next_);
    const local_index to = std::min(run_end, end);
    if (!merge(graph, log, part_of(run, from, to - from), entry_.seen_by(graph, from), out)) {
      return false;
    }
    last_.set_back(to - 1);
    next_ = to;
    if (run_end > end) {
      return true;
    }
  }
  next_ = end;
  return true;
}

// Makes the window stand on a version that is still critical, as late a one as is useful.
void text_merger::open_tree(const causal_graph& graph, local_index first, const effect_log& out) {
  const local_index base = graph.last_critical_before(first);
  if (tree_ == nullptr) {
    tree_ = std::make_unique<tracker>();
    tree_->reset(base, out.length_after(base));
    return;
  }
  constexpr std::size_t small_window = 64;
  const local_index start = base + 1;
  const bool revoked = start < tree_->first();
  const bool passed = start >= tree_->fed() && start > tree_->first();
  const bool too_wide =
      start > tree_->first() && tree_->size() > small_window && first - start < tree_->size();
  if (revoked || passed || too_wide) {
    tree_->reset(base, out.length_after(base));
  }
}

// What came since the window was fed last has its effects already.
void text_merger::feed_tree(const causal_graph& graph, const run_list& log, local_index end) {
  if (tree_->fed() >= end) {
    return;
  }
  fed_entry_.range = {};
  log.for_each_in({tree_->fed(), end}, [&](const sequence_run& part, const sequence_run&) {
    const local_index part_end = part.first + part.length;
    for (local_index at = part.first; at < part_end;) {
      const auto made_at = fed_entry_.seen_by(graph, at);
      const local_index stop = std::min(part_end, fed_entry_.range.end);
      const bool fed = tree_->apply(graph, log, part_of(part, at, stop - at), made_at, 0, nullptr);
      WEFT_ASSERT(fed, "what is in the log fits its author's text");
      at = stop;
    }
  });
}

bool text_merger::merge(const causal_graph& graph, const run_list& log, const sequence_run& run,
                        std::span<const local_index> seen, effect_log& out) {
  const bool goes_on = tree_ != nullptr && tree_->fed() == run.first && seen.size() == 1 &&
                       seen[0] == run.first - 1 && run.first > tree_->first();
  if (!goes_on) {
    open_tree(graph, run.first, out);
    feed_tree(graph, log, run.first);
  }
  if (!tree_->apply(graph, log, run, seen, next_run_, &out)) {
    tree_.reset();
    return false;
  }
  return true;
}

}  // namespace weft::crdt
