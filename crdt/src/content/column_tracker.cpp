// SPDX-License-Identifier: MIT
#include "content/column_tracker.hpp"

#include "weft/crdt/assert.hpp"

#include <algorithm>
#include <bit>
#include <type_traits>
#include <utility>

namespace weft::crdt {
namespace {

// Beyond these a tree of records serves better.
#ifdef WEFT_DEEP_CHECKS
constexpr std::size_t most_records = 12;
#else
constexpr std::size_t most_records = 512;
#endif
// A column that has been silent for so many entries is parked when it keeps more than a few records
// alive.
constexpr std::size_t few_records = std::min<std::size_t>(64, most_records);
constexpr std::uint32_t long_silence = 256;
constexpr element_id most_ids = 0xf000'0000U;
constexpr element_id most_ids_in_tree = 0x7000'0000U;

constexpr column_mask bit(std::uint32_t column) noexcept {
  return static_cast<column_mask>(1U << column);
}

template <class F>
void for_each_column(unsigned mask, F&& f) {
  for (; mask != 0; mask &= mask - 1) {
    f(static_cast<std::uint32_t>(std::countr_zero(mask)));
  }
}

}  // namespace

static_assert(max_columns == row_columns, "a column for each column of a version row");

void column_tracker::open(const causal_graph& graph, local_index base, std::uint32_t length,
                          bool tall) {
  open_ = true;
  base_ = base;
  fed_ = base + 1;
  epoch_ = graph.rows_epoch();
  list_.reset(length);
  tree_.reset();
  own_rows_ = tall || graph.rows_from() > base + 1;
  rows_.clear();
  entries_fed_ = 0;
  given_ = 0;
  used_ = 0;
  idle_ = all_columns;
  if (tall) {
    tree_ = std::make_unique<column_tree>();
    tree_->reset(length);
    // All stand at the base.
    idle_ = 0;
    for (column& c : columns_) {
      c.known = {};
      c.next_step = {};
      c.steps.clear();
    }
  }
}

bool column_tracker::settled() const noexcept {
  if (!is_tall()) {
    return list_.settled();
  }
  for (std::uint32_t c = 0; c < used_; ++c) {
    bool all = (given_ & bit(c)) != 0;
    for (std::uint32_t o = 0; o < used_; ++o) {
      all = all && (o == c || (given_ & bit(o)) == 0 || columns_[c].known[o] >= columns_[o].fed);
    }
    if (all) {
      return true;
    }
  }
  return false;
}

void column_tracker::check_invariants() const {
  if (is_tall()) {
    tree_->check_invariants();
  } else {
    list_.check_invariants();
  }
}

std::size_t column_tracker::size_bytes() const noexcept {
  std::size_t bytes_held = list_.size_bytes() + rows_.capacity() * sizeof(known_row) +
                           (is_tall() ? tree_->size_bytes() : 0);
  for (const column& c : columns_) {
    bytes_held += c.steps.capacity() * sizeof(step);
  }
  return bytes_held;
}

// The column of a replica, or the one it may have; none: there are too many.
std::uint32_t column_tracker::column_of(replica_index r) const {
  std::uint32_t c = 0;
  while (c < max_columns && (given_ & bit(c)) != 0 && replica_[c] != r) {
    ++c;
  }
  return c < max_columns ? c : none;
}

void column_tracker::give(std::uint32_t c, const replica_id& author) {
  given_ = static_cast<column_mask>(given_ | bit(c));
  used_ = std::max(used_, c + 1);
  column& fresh = columns_[c];
  fresh.fed = 0;
  fresh.last_in_text = no_index;
  fresh.steps.clear();
  is_tall() ? tree_->author(c, author) : list_.author(c, author);
}

void column_tracker::note_known(std::uint32_t c, const causal_graph::entry_view& view) {
  const bool goes_on = !rows_.empty() && rows_.back().column == c && view.parents().size() == 1 &&
                       view.parents()[0] + 1 == view.range.first;
  if (goes_on) {
    return;
  }
  known_row row{view.range.first, view.counter, c, {}};
  for (const local_index p : view.parents()) {
    const auto after =
        std::upper_bound(rows_.begin(), rows_.end(), p,
                         [](local_index key, const known_row& o) { return key < o.first; });
    if (after == rows_.begin()) {
      continue;  // the base, or before it
    }
    const known_row& theirs = *(after - 1);
    for (std::uint32_t o = 0; o < max_columns; ++o) {
      row.known[o] = std::max(row.known[o], theirs.known[o]);
    }
    std::uint32_t& own = row.known[theirs.column];
    own = std::max(own, theirs.counter + (p - theirs.first) + 1);
  }
  rows_.push_back(row);
}

// Lists the graph's entries where it has no rows. False: too many replicas wrote them.
bool column_tracker::list_entries(const causal_graph& graph, index_range range,
                                  std::vector<listed_entry>& entries) {
  bool fit = true;
  const std::size_t rows = rows_.size();
  entries.reserve(graph.entries_in(range));
  graph.for_each_entry(range, [&](const causal_graph::entry_view& view) {
    const std::uint32_t c = column_of(view.replica);
    fit = fit && c < max_columns;
    if (!fit) {
      return;
    }
    if ((given_ & bit(c)) == 0) {
      give(c, graph.id_of(view.replica));
      replica_[c] = view.replica;
    }
    note_known(c, view);
    entries.push_back({{view.range, view.counter, c}, none, nullptr});
  });
  if (!fit) {
    return false;
  }
  // They stay where they are from here on.
  std::size_t r = rows;
  for (listed_entry& e : entries) {
    while (r < rows_.size() && rows_[r].first <= e.entry.range.first) {
      ++r;
    }
    e.known = &rows_[r - 1].known;
  }
  return true;
}

// As row_walk, of listed entries.
class column_tracker::own_walk {
public:
  explicit own_walk(std::span<listed_entry> entries) : entries_(entries) {
    ahead_.fill(none);
    for (std::size_t e = entries.size(); e-- > 0;) {
      std::uint32_t& mine = ahead_[entries[e].entry.column];
      entries[e].next = mine;
      mine = static_cast<std::uint32_t>(e);
    }
  }
  [[nodiscard]] const version_row* known_ahead(std::uint32_t c) const {
    return ahead_[c] == none ? nullptr : entries_[ahead_[c]].known;
  }
  bool take(walked_entry& now) {
    if (at_ == entries_.size()) {
      return false;
    }
    now = entries_[at_].entry;
    ahead_[now.column] = entries_[at_].next;
    ++at_;
    return true;
  }

private:
  std::span<listed_entry> entries_;
  std::size_t at_ = 0;
  std::array<std::uint32_t, max_columns> ahead_{};
};

// Column `c` learns the operations of `author` below `to`. Those that are not fed yet will be born
// known to it.
template <class List>
inline void column_tracker::learn_of(List& list, std::uint32_t c, std::uint32_t author,
                                     std::uint32_t to) {
  column& self = columns_[c];
  const std::span<const step> steps = columns_[author].steps;
  const std::uint32_t known = std::exchange(self.known[author], to);
  std::uint32_t next = self.next_step[author];
  for (; next < steps.size() && steps[next].counter < to; ++next) {
    const step& s = steps[next];
    const std::uint32_t whole = s.counter + s.length;
    const std::uint32_t from = std::max(s.counter, known);
    const std::uint32_t end = std::min(whole, to);
    if (from < end) {
      const std::uint32_t skip = from - s.counter;
      const std::uint32_t n = end - from;
      if (s.kind == run_kind::insert) {
        list.learn_inserted(c, s.element + skip, n);
      } else {
        const bool backward = s.kind == run_kind::erase_backward;
        list.learn_erased(c, backward ? s.element - skip - n + 1 : s.element + skip, n);
      }
    }
    if (end < whole || next + 1 == steps.size()) {
      break;  // it may still grow
    }
  }
  self.next_step[author] = next;
}

template <class List>
inline void column_tracker::learn(List& list, std::uint32_t c, const version_row& version) {
  const version_row& known = columns_[c].known;
  for_each_column(given_ & ~bit(c), [&](std::uint32_t o) {
    if (version[o] > known[o]) {
      learn_of(list, c, o, version[o]);
    }
  });
}

// Of the author's operations from `counter` on.
inline column_tracker::knowers column_tracker::find_knowers(std::uint32_t author,
                                                            std::uint32_t counter) const {
  knowers born{none, static_cast<column_mask>(idle_ | bit(author))};
  for_each_column(all_columns & ~idle_ & ~bit(author), [&](std::uint32_t c) {
    const std::uint32_t below = columns_[c].known[author];
    if (counter < below) {
      born.known = static_cast<column_mask>(born.known | bit(c));
      born.same_below = std::min(born.same_below, below);
    }
  });
  return born;
}

// Brings columns that write in these entries to where they stand when they do so first. False: one
// of them was parked and had not seen all that is forgotten.
template <class List>
bool column_tracker::wake_columns(List& list) {
  for (std::uint32_t c = 0; c < used_; ++c) {
    if (writes_[c] == nullptr || (idle_ & bit(c)) == 0) {
      continue;
    }
    const version_row& version = *writes_[c];
    for (std::uint32_t o = 0; o < used_; ++o) {
      if (o != c && (given_ & bit(o)) != 0 && version[o] < columns_[o].fed) {
        return false;
      }
    }
    idle_ = static_cast<column_mask>(idle_ & ~bit(c));
    column& own = columns_[c];
    own.known = {};
    own.next_step = {};
    for (std::uint32_t o = 0; o < used_; ++o) {
      if ((given_ & bit(o)) != 0) {
        own.known[o] = columns_[o].fed;
        // The last step may still grow.
        const auto steps = static_cast<std::uint32_t>(columns_[o].steps.size());
        own.next_step[o] = steps == 0 ? 0 : steps - 1;
      }
    }
  }
  for (std::uint32_t c = 0; c < used_; ++c) {
    if (writes_[c] != nullptr) {
      learn(list, c, *writes_[c]);
    }
  }
  return true;
}

column_tracker::outcome column_tracker::feed(const causal_graph& graph, const run_list& log,
                                             local_index end, local_index told_from, bool whole,
                                             effect_log& out) {
  WEFT_ASSERT(open_ && fed_ <= end, "an open window is fed in order");
  if (fed_ == end) {
    return outcome::done;
  }
  if (!own_rows_ && epoch_ != graph.rows_epoch()) {
    return base_ + 1 < fed_ ? outcome::stale : outcome::unfit;
  }
  const outcome fed = feed_range(graph, log, {fed_, end}, told_from, whole && !is_tall(), out);
  if (fed != outcome::done) {
    return fed;
  }
  if (!is_tall()) {
    forget_steps();
  }
#ifdef WEFT_DEEP_CHECKS
  check_invariants();
#endif
  return outcome::done;
}

column_tracker::outcome column_tracker::feed_range(const causal_graph& graph, const run_list& log,
                                                   index_range range, local_index told_from,
                                                   bool parks, effect_log& out) {
  if (!own_rows_) {
    row_walk walk(graph, range);
    for (std::uint32_t c = 0; c < walk.columns(); ++c) {
      if ((given_ & bit(c)) == 0 && walk.known_ahead(c) != nullptr) {
        give(c, walk.author(c));
      }
    }
    return feed_entries(list_, walk, log, told_from, parks, out);
  }
  std::vector<listed_entry> entries;
  if (!list_entries(graph, range, entries)) {
    return outcome::unfit;
  }
  own_walk walk(entries);
  return is_tall() ? feed_entries(*tree_, walk, log, told_from, parks, out)
                   : feed_entries(list_, walk, log, told_from, parks, out);
}

// All entries of the walk. `parks`: columns that write in none of them any more are parked.
template <class List, class Walk>
column_tracker::outcome column_tracker::feed_entries(List& list, Walk& walk, const run_list& log,
                                                     local_index told_from, bool parks,
                                                     effect_log& out) {
  for (std::uint32_t c = 0; c < used_; ++c) {
    writes_[c] = walk.known_ahead(c);
  }
  if (!wake_columns(list)) {
    return outcome::stale;
  }
  next_run_ = log.find(fed_);
  for (walked_entry now; walk.take(now);) {
    const outcome fed = feed_entry(list, now, log, told_from, out);
    if (fed != outcome::done) {
      return fed;
    }
    if (const version_row* const known = walk.known_ahead(now.column); known != nullptr) {
      learn(list, now.column, *known);
    } else if (parks) {
      park(now.column);
    }
    if (std::is_same_v<List, column_tree> || list.size() > few_records) {
      if (const outcome room = fits(now.column); room != outcome::done) {
        return room;
      }
    }
  }
  return outcome::done;
}

// Whether more can be fed to a tree, or to a list of more than a few records, where it makes room.
column_tracker::outcome column_tracker::fits(std::uint32_t author) {
  if (is_tall()) {
    return tree_->next_id() > most_ids_in_tree ? outcome::unfit : outcome::done;
  }
  if (list_.size() > most_records || list_.next_id() > most_ids) {
    return outcome::crowded;
  }
  park_silent(author);
  return outcome::done;
}

// One loop without calls but those into the list.
template <class List>
inline column_tracker::outcome column_tracker::feed_entry(List& list, const walked_entry& now,
                                                          const run_list& log,
                                                          local_index told_from, effect_log& out) {
  const local_index first = now.range.first;
  const local_index end = now.range.end;
  column& author = columns_[now.column];
  knowers born;
  local_index at = first;
  for (const std::size_t runs = log.size(); next_run_ < runs; ++next_run_) {
    const sequence_run run = log[next_run_];
    if (run.first >= end) {
      break;
    }
    at = std::max(run.first, at);
    const local_index stop = std::min(run.first + run.length, end);
    while (at < stop) {
      const std::uint32_t counter = now.counter + (at - first);
      if (counter >= born.same_below) {
        born = find_knowers(now.column, counter);
      }
      std::uint32_t length = std::min(stop - at, born.same_below - counter);
      const bool told = at >= told_from;
      if (!told) {
        length = std::min(length, told_from - at);  // what is told begins a part of its own
      }
      if (run.kind == run_kind::insert) {
        const std::uint32_t position = run.position + (at - run.first);
        const element_id element = list.next_id();
        const std::uint32_t shown = list.insert(now.column, born.known, position, length);
        if (shown == List::outside) {
          return outcome::bad_position;
        }
        if (told && shown == position) {
          out.push_same({at, position, length, run_kind::insert, 0}, next_run_);
        } else if (told) {
          out.push_other({at, shown, length, run_kind::insert, 0});
        }
        if (born.known != all_columns) {
          remember(author.steps, {counter, length, element, run_kind::insert});
        }
      } else if (!erase(list, {now.column, counter, born.known}, part_of(run, at, length),
                        told ? &out : nullptr)) {
        return outcome::bad_position;
      }
      at += length;
    }
    author.last_in_text = at - 1;
    if (at == end) {
      // The run may go on in the next entry.
      next_run_ += run.first + run.length == end ? 1U : 0U;
      break;
    }
    if (list_.size() > most_records) {
      author.fed = now.counter + (at - first);
      fed_ = at;
      return outcome::crowded;
    }
  }
  author.fed = now.counter + (end - first);
  author.wrote_at = ++entries_fed_;
  fed_ = end;
  return outcome::done;
}

void column_tracker::park(std::uint32_t c) {
  idle_ = static_cast<column_mask>(idle_ | bit(c));
  list_.learn_all(c);
}

// Parks those that have written nothing for long, nor will in these entries.
void column_tracker::park_silent(std::uint32_t author) {
  for (std::uint32_t c = 0; c < used_; ++c) {
    if (c != author && (idle_ & bit(c)) == 0 && writes_[c] == nullptr &&
        entries_fed_ - columns_[c].wrote_at > long_silence) {
      park(c);
    }
  }
}

// False: bad position.
template <class List>
bool column_tracker::erase(List& list, const writer& by, const sequence_run& part,
                           effect_log* out) {
  const bool backward = part.kind == run_kind::erase_backward;
  for (std::uint32_t done = 0; done < part.length;) {
    const auto hit = list.erase(by.column, by.known, part.position, part.length - done, backward);
    if (hit.length == 0) {
      return false;
    }
    const run_kind kind =
        backward && hit.length > 1 ? run_kind::erase_backward : run_kind::erase_forward;
    if (out != nullptr && hit.shown) {
      out->push({part.first + done, hit.position, hit.length, kind, 0}, next_run_);
    }
    if (by.known != all_columns) {
      remember(columns_[by.column].steps,
               {by.counter + done, hit.length,
                kind == run_kind::erase_backward ? hit.first + hit.length - 1 : hit.first, kind});
    }
    done += hit.length;
  }
  return true;
}

// Drops the steps that all columns have learned.
void column_tracker::forget_steps() {
  for (std::uint32_t a = 0; a < used_; ++a) {
    std::vector<step>& steps = columns_[a].steps;
    if ((given_ & bit(a)) == 0 || steps.size() < steps_worth_looking) {
      continue;
    }
    auto least = static_cast<std::uint32_t>(steps.size());
    for (std::uint32_t c = 0; c < used_; ++c) {
      if (c != a && (idle_ & bit(c)) == 0) {
        least = std::min(least, columns_[c].next_step[a]);
      }
    }
    if (least < steps.size() / 2) {
      continue;
    }
    steps.erase(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(least));
    for (column& other : columns_) {
      std::uint32_t& next = other.next_step[a];
      next = next > least ? next - least : 0;
    }
  }
}

void column_tracker::last_of_text(const causal_graph& graph, local_frontier& out) const {
  out.clear();
  for (std::uint32_t c = 0; c < used_; ++c) {
    if ((given_ & bit(c)) != 0 && columns_[c].last_in_text != no_index) {
      out.push_back(columns_[c].last_in_text);
    }
  }
  if (out.size() > 1) {
    const local_frontier all = out;
    std::erase_if(out, [&](local_index i) {
      return std::any_of(all.begin(), all.end(), [&](local_index other) {
        return other > i && graph.contains({&other, 1}, i);
      });
    });
    std::sort(out.begin(), out.end());
  }
}

}  // namespace weft::crdt
