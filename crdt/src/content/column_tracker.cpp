// SPDX-License-Identifier: MIT
#include "content/column_tracker.hpp"

#include "weft/crdt/assert.hpp"

#include <algorithm>

namespace weft::crdt {
namespace {

// Beyond these a tree of records serves better.
constexpr std::size_t most_records = 1'024;
constexpr element_id most_ids = 0xf000'0000U;
// A column that has been silent for so many entries is parked when it keeps many records alive.
constexpr std::size_t many_records = 64;
constexpr std::uint32_t long_silence = 256;

constexpr column_mask bit(std::uint32_t column) noexcept {
  return static_cast<column_mask>(1U << column);
}

}  // namespace

void column_tracker::open(local_index base, std::uint32_t length) {
  open_ = true;
  base_ = base;
  fed_ = base + 1;
  list_.reset(length);
  entries_.clear();
  for (std::uint32_t c = 0; c < count_; ++c) {
    columns_[c].steps.clear();
  }
  count_ = 0;
  idle_ = all_columns;
}

std::size_t column_tracker::size_bytes() const noexcept {
  std::size_t bytes_held = list_.size_bytes() + entries_.capacity() * sizeof(entry);
  for (const column& c : columns_) {
    bytes_held += c.steps.capacity() * sizeof(step);
  }
  return bytes_held;
}

std::uint32_t column_tracker::column_of(const causal_graph& graph, replica_index r) {
  for (std::uint32_t c = 0; c < count_; ++c) {
    if (columns_[c].replica == r) {
      return c;
    }
  }
  if (count_ == max_columns) {
    return none;
  }
  column& fresh = columns_[count_++];
  std::vector<step> memory = std::move(fresh.steps);
  fresh = {};
  fresh.replica = r;
  fresh.steps = std::move(memory);
  for (std::uint32_t c = 0; c < count_; ++c) {
    list_.rank(c, graph.rank(columns_[c].replica));
  }
  return count_ - 1;
}

// What the author of an operation after `parent` knows by it.
void column_tracker::add_known(local_index parent, row& to) const {
  if (entries_.empty() || base_ + 1 > parent) {
    return;
  }
  auto at = entries_.end() - 1;
  if (at->first > parent) {
    at = std::upper_bound(entries_.begin(), entries_.end(), parent,
                          [](local_index key, const entry& e) { return key < e.first; }) -
         1;
  }
  for (std::uint32_t c = 0; c < max_columns; ++c) {
    to[c] = std::max(to[c], at->known[c]);
  }
  std::uint32_t& own = to[at->column];
  own = std::max(own, at->counter + (parent - at->first) + 1);
}

// Lists the graph's entries up to `end`. False: too many replicas.
bool column_tracker::read_entries(const causal_graph& graph, local_index end) {
  bool fit = true;
  graph.for_each_entry({fed_, end}, [&](const causal_graph::entry_view& view) {
    const std::uint32_t c = fit ? column_of(graph, view.replica) : none;
    if (c == none) {
      fit = false;
      return;
    }
    entry fresh;
    fresh.first = view.range.first;
    fresh.counter = view.counter;
    fresh.column = c;
    for (const local_index parent : view.parents) {
      add_known(parent, fresh.known);
    }
    column& own = columns_[c];
    const auto place = static_cast<std::uint32_t>(entries_.size());
    if (own.last_entry != none) {
      entries_[own.last_entry].next = place;
    }
    own.last_entry = place;
    entries_.push_back(fresh);
  });
  return fit;
}

// Brings columns that write in the entries from `first_entry` on to where they stand when they do
// so first. False: one of them was parked and had not seen all that is forgotten.
bool column_tracker::wake_columns(std::size_t first_entry) {
  std::array<std::uint32_t, max_columns> first{};
  first.fill(none);
  std::uint32_t missing = count_;
  for (std::size_t e = first_entry; e < entries_.size() && missing != 0; ++e) {
    std::uint32_t& own = first[entries_[e].column];
    if (own == none) {
      own = static_cast<std::uint32_t>(e);
      --missing;
    }
  }
  for (std::uint32_t c = 0; c < count_; ++c) {
    if (first[c] == none || (idle_ & bit(c)) == 0) {
      continue;
    }
    const row& version = entries_[first[c]].known;
    for (std::uint32_t o = 0; o < count_; ++o) {
      if (o != c && version[o] < columns_[o].fed) {
        return false;
      }
    }
    idle_ = static_cast<column_mask>(idle_ & ~bit(c));
    column& own = columns_[c];
    for (std::uint32_t o = 0; o < count_; ++o) {
      own.known[o] = columns_[o].fed;
      // The last step may still grow.
      const auto steps = static_cast<std::uint32_t>(columns_[o].steps.size());
      own.next_step[o] = steps == 0 ? 0 : steps - 1;
    }
  }
  for (std::uint32_t c = 0; c < count_; ++c) {
    if (first[c] != none) {
      learn(c, entries_[first[c]].known);
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
  const std::size_t first_entry = entries_.size();
  if (!read_entries(graph, end)) {
    return outcome::unfit;
  }
  if (!wake_columns(first_entry)) {
    return outcome::stale;
  }
  std::size_t at = log.find(fed_);
  for (std::size_t e = first_entry; e < entries_.size(); ++e) {
    const entry now = entries_[e];
    column& author = columns_[now.column];
    const local_index entry_end = e + 1 < entries_.size() ? entries_[e + 1].first : end;
    for (local_index next = now.first; at < log.size() && log[at].first < entry_end;) {
      const sequence_run& run = log[at];
      const local_index run_end = run.first + run.length;
      const local_index from = std::max(run.first, next);
      // What is told begins a part of its own.
      const local_index stop = from < told_from ? std::min(told_from, entry_end) : entry_end;
      next = std::min(run_end, stop);
      if (!apply(now.column, now.counter + (from - now.first), part_of(run, from, next - from),
                 from >= told_from ? &out : nullptr)) {
        return outcome::bad_position;
      }
      author.last_in_text = next - 1;
      if (next == run_end) {
        ++at;
      } else if (next == entry_end) {
        break;
      }
    }
    author.fed = now.counter + (entry_end - now.first);
    author.silent_since = static_cast<std::uint32_t>(e);
    fed_ = entry_end;
    if (now.next != none) {
      learn(now.column, entries_[now.next].known);
    } else if (whole) {
      park(now.column);
    }
    if (list_.size() > many_records) {
      if (list_.size() > most_records || list_.next_id() > most_ids) {
        return outcome::unfit;
      }
      for (std::uint32_t c = 0; c < count_; ++c) {
        if ((idle_ & bit(c)) == 0 && entries_[columns_[c].last_entry].first < now.first &&
            e - columns_[c].silent_since > long_silence) {
          park(c);
        }
      }
    }
  }
  forget_steps();
#ifdef WEFT_DEEP_CHECKS
  check_invariants();
#endif
  return outcome::done;
}

void column_tracker::park(std::uint32_t c) {
  idle_ = static_cast<column_mask>(idle_ | bit(c));
  list_.learn_all(c);
}

void column_tracker::learn(std::uint32_t c, const row& version) {
  for (std::uint32_t o = 0; o < count_; ++o) {
    if (o != c && version[o] > columns_[c].known[o]) {
      learn_of(c, o, version[o]);
    }
  }
}

// Column `c` learns the operations of `author` below `to`. Those that are not fed yet will be born
// known to it.
void column_tracker::learn_of(std::uint32_t c, std::uint32_t author, std::uint32_t to) {
  column& self = columns_[c];
  const std::vector<step>& steps = columns_[author].steps;
  std::uint32_t& next = self.next_step[author];
  for (; next < steps.size() && steps[next].counter < to; ++next) {
    const step& s = steps[next];
    const std::uint32_t from = std::max(s.counter, self.known[author]);
    const std::uint32_t end = std::min(s.counter + s.length, to);
    if (from < end) {
      const std::uint32_t skip = from - s.counter;
      const std::uint32_t n = end - from;
      if (s.kind == run_kind::insert) {
        list_.learn_inserted(c, s.element + skip, n);
      } else if (s.kind == run_kind::erase_forward) {
        list_.learn_erased(c, s.element + skip, n);
      } else {
        list_.learn_erased(c, s.element - skip - n + 1, n);
      }
    }
    if (end < s.counter + s.length || next + 1 == steps.size()) {
      break;  // it may still grow
    }
  }
  self.known[author] = to;
}

bool column_tracker::apply(std::uint32_t author, std::uint32_t counter, const sequence_run& run,
                           effect_log* out) {
  for (std::uint32_t done = 0; done < run.length;) {
    const std::uint32_t at = counter + done;
    std::uint32_t n = run.length - done;
    column_mask known = static_cast<column_mask>(idle_ | bit(author));
    for (std::uint32_t c = 0; c < count_; ++c) {
      if (c != author && at < columns_[c].known[author] && (idle_ & bit(c)) == 0) {
        known = static_cast<column_mask>(known | bit(c));
        n = std::min(n, columns_[c].known[author] - at);
      }
    }
    const sequence_run part = part_of(run, run.first + done, n);
    const bool fits = part.kind == run_kind::insert ? insert(author, at, part, known, out)
                                                    : erase(author, at, part, known, out);
    if (!fits) {
      return false;
    }
    done += n;
  }
  return true;
}

bool column_tracker::insert(std::uint32_t author, std::uint32_t counter, const sequence_run& part,
                            column_mask known, effect_log* out) {
  element_id first = 0;
  const auto shown = list_.insert(author, known, part.position, part.length, first);
  if (!shown) {
    return false;
  }
  if (out != nullptr) {
    out->push({part.first, *shown, part.length, run_kind::insert, 0});
  }
  if (known != all_columns) {
    remember(author, {counter, part.length, first, run_kind::insert});
  }
  return true;
}

bool column_tracker::erase(std::uint32_t author, std::uint32_t counter, const sequence_run& part,
                           column_mask known, effect_log* out) {
  const bool backward = part.kind == run_kind::erase_backward;
  for (std::uint32_t done = 0; done < part.length;) {
    const auto hit = list_.erase(author, known, part.position, part.length - done, backward);
    if (hit.length == 0) {
      return false;
    }
    const run_kind kind =
        backward && hit.length > 1 ? run_kind::erase_backward : run_kind::erase_forward;
    if (out != nullptr && hit.shown) {
      out->push({part.first + done, hit.position, hit.length, kind, 0});
    }
    if (known != all_columns) {
      remember(author,
               {counter + done, hit.length,
                kind == run_kind::erase_backward ? hit.first + hit.length - 1 : hit.first, kind});
    }
    done += hit.length;
  }
  return true;
}

void column_tracker::remember(std::uint32_t author, const step& s) {
  std::vector<step>& steps = columns_[author].steps;
  if (!steps.empty() && s.kind == run_kind::insert) {
    step& last = steps.back();
    if (last.kind == s.kind && last.counter + last.length == s.counter &&
        last.element + last.length == s.element) {
      last.length += s.length;
      return;
    }
  }
  steps.push_back(s);
}

// Drops the steps that all columns have learned.
void column_tracker::forget_steps() {
  constexpr std::uint32_t many = 64;
  for (std::uint32_t a = 0; a < count_; ++a) {
    std::vector<step>& steps = columns_[a].steps;
    if (steps.size() < many) {
      continue;
    }
    auto least = static_cast<std::uint32_t>(steps.size());
    for (std::uint32_t c = 0; c < count_; ++c) {
      if (c != a && (idle_ & bit(c)) == 0) {
        least = std::min(least, columns_[c].next_step[a]);
      }
    }
    if (least < steps.size() / 2) {
      continue;
    }
    steps.erase(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(least));
    for (std::uint32_t c = 0; c < count_; ++c) {
      std::uint32_t& next = columns_[c].next_step[a];
      next = next > least ? next - least : 0;
    }
  }
}

void column_tracker::last_of_text(local_frontier& out) const {
  out.clear();
  for (std::uint32_t c = 0; c < count_; ++c) {
    const local_index last = columns_[c].last_in_text;
    if (last == no_index) {
      continue;
    }
    const auto holder =
        std::upper_bound(entries_.begin(), entries_.end(), last,
                         [](local_index key, const entry& e) { return key < e.first; }) -
        1;
    const std::uint32_t counter = holder->counter + (last - holder->first);
    const bool followed =
        std::any_of(columns_.begin(), columns_.begin() + count_, [&](const column& o) {
          if (&o == &columns_[c] || o.last_in_text == no_index) {
            return false;
          }
          row version{};
          add_known(o.last_in_text, version);
          return version[c] > counter;
        });
    if (!followed) {
      out.push_back(last);
    }
  }
  std::sort(out.begin(), out.end());
}

}  // namespace weft::crdt
