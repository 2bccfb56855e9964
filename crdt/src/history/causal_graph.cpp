// SPDX-License-Identifier: MIT
// Growth of the graph, identities, roll-back. Questions about versions: causal_graph_query.cpp.
#include "history/causal_graph.hpp"

#include "weft/crdt/assert.hpp"

#include <algorithm>

namespace weft::crdt {

replica_index causal_graph::intern(const replica_id& id) {
  const replica_index r = ids_.intern(id);
  if (r == replicas_.size()) {
    replicas_.emplace_back();
  }
  return r;
}

std::optional<replica_index> causal_graph::find(const replica_id& id) const {
  const replica_index found = ids_.find(id);
  return found == no_index ? std::nullopt : std::optional(found);
}

const replica_id& causal_graph::id_of(replica_index r) const {
  return ids_[r];
}

std::uint32_t causal_graph::replica_count() const noexcept {
  return static_cast<std::uint32_t>(replicas_.size());
}

void causal_graph::start_rows() {
  rows_ = {};
  rowless_ = entries_.size();
  rows_from_ = no_index;
  rows_columns_ = 0;
  ++rows_epoch_;
}

// Gives the writer of the next entry a column of the rows.
inline void causal_graph::prepare_row(replica_index r) {
  replica_state& writer = replicas_[r];
  if (writer.rows_epoch != rows_epoch_) {
    if (rows_columns_ == row_columns) {
      start_rows();
    }
    writer.rows_epoch = rows_epoch_;
    writer.row_column = rows_columns_++;
    row_writers_[writer.row_column] = r;
  }
  if (rows_.empty()) {
    rows_from_ = size_;
  }
}

inline std::array<std::uint32_t, 2> causal_graph::list_parents(std::span<const place> parents) {
  if (parents.size() <= 2) {
    return {parents.empty() ? no_index : parents[0].at,
            parents.size() < 2 ? no_index : parents[1].at};
  }
  WEFT_ASSERT(pool_.size() < many_parents - 1, "places in the parent pool fit their field");
  const std::size_t at = pool_.size();
  for (const place& p : parents) {
    pool_.push_back(p.at);
  }
  return {many_parents | static_cast<std::uint32_t>(at),
          static_cast<std::uint32_t>(parents.size())};
}

inline void causal_graph::push_entry(replica_index r, std::uint32_t counter,
                                     std::span<const place> parents) {
  prepare_row(r);
  const std::uint32_t columns = rows_columns_;
  std::uint32_t lamport = 0;
  // In place: a copy of what was just written word by word makes the processor wait.
  version_row& row = rows_.emplace_back();
  for (const place& p : parents) {
    const entry& theirs = entries_[p.entry];
    const std::uint32_t into = p.at - theirs.start;
    lamport = std::max(lamport, theirs.lamport + into);
    if (p.at < rows_from_) {
      continue;
    }
    const version_row& known = rows_[p.entry - rowless_];
    for (std::uint32_t c = 0; c < columns; ++c) {
      row[c] = std::max(row[c], known[c]);
    }
    std::uint32_t& own = row[replicas_[theirs.replica].row_column];
    own = std::max(own, theirs.counter + into + 1);
  }
  // The parents are sorted, so those that reach down from the start without a gap stand at the end.
  local_index shadow = size_;
  for (std::size_t i = parents.size(); i > 0 && parents[i - 1].at + 1 >= shadow; --i) {
    if (parents[i - 1].at + 1 == shadow) {
      shadow = entries_[parents[i - 1].entry].shadow;
    }
  }
  const std::array<std::uint32_t, 2> listed = list_parents(parents);
  entry& fresh = entries_.emplace_back();
  fresh.start = size_;
  fresh.replica = r;
  fresh.counter = counter;
  fresh.lamport = lamport + 1;
  fresh.shadow = shadow;
  fresh.parents = listed;
}

void causal_graph::touch_spine(std::size_t keep) {
  while (spine_kept_ > keep) {
    --spine_kept_;
    spine_undo_.push_back(spine_[spine_kept_]);
  }
}

// For operations of one who had seen all.
inline void causal_graph::extend_spine(local_index first, std::uint32_t length) {
  if (spine_.empty() || spine_.back().end != first) {
    spine_.push_back({first, first + length});
    return;
  }
  touch_spine(spine_.size() - 1);
  spine_.back().end += length;
}

// For others. A new operation follows every critical index below `limit`, that is, not greater than
// its greatest parent: that parent cannot precede the critical one, so it is or follows it. The
// others stop being critical.
inline void causal_graph::cut_spine(local_index limit) {
  while (!spine_.empty() && spine_.back().end > limit) {
    touch_spine(spine_.size() - 1);
    if (spine_.back().first < limit) {
      spine_.back().end = limit;
      break;
    }
    spine_.pop_back();
  }
}

bool causal_graph::are_tip(std::span<const place> parents) const {
  return std::equal(parents.begin(), parents.end(), tip_.begin(), tip_.end(),
                    [](const place& p, local_index i) { return p.at == i; });
}

// What leaves the tip is remembered if save() saw it.
inline void causal_graph::leave_tip() {
  for (const local_index i : tip_) {
    note_leaving(i);
  }
  tip_.clear();
}

inline void causal_graph::leave_tip(std::span<const place> parents) {
  constexpr std::size_t few = 4;
  if (parents.size() <= few) {
    for (const place& p : parents) {
      if (tip_.erase(p.at)) {
        note_leaving(p.at);
      }
    }
    return;
  }
  auto p = parents.begin();
  tip_.erase_below(parents.back().at + 1, [&](local_index i) {
    while (p->at < i) {
      ++p;
    }
    if (p->at != i) {
      return false;
    }
    note_leaving(i);
    return true;
  });
}

void causal_graph::fill_blocks() {
  const std::size_t blocks = (std::size_t{size_} + (1U << block_bits) - 1) >> block_bits;
  if (block_.size() < blocks) {
    block_.resize(blocks, static_cast<entry_index>(entries_.size() - 1));
  }
}

local_index causal_graph::append(replica_index r, std::uint32_t first_counter, std::uint32_t length,
                                 std::span<const local_index> parents) {
  std::vector<place> places;
  places.reserve(parents.size());
  for (const local_index p : parents) {
    places.push_back({p, entry_of(p)});
  }
  return append_after(r, first_counter, length, places);
}

local_index causal_graph::append_after(replica_index r, std::uint32_t first_counter,
                                       std::uint32_t length, std::span<const place> parents) {
  replica_state& writer = replicas_[r];
  WEFT_ASSERT(first_counter == writer.count, "operations of a replica are appended without gaps");
  WEFT_ASSERT(length > 0, "an appended run holds an operation");
  WEFT_ASSERT(length < max_op_count - size_, "a graph holds fewer than 2^31 operations");
  const local_index first = size_;
  const bool continues = first != 0 && parents.size() == 1 && parents[0].at == first - 1 &&
                         entries_.back().replica == r;
  if (!continues) {
    WEFT_ASSERT(parents.empty() || parents.back().at < first,
                "parents stand before their operation");
    writer.entries.push_back(static_cast<entry_index>(entries_.size()));
    push_entry(r, first_counter, parents);
  }
  // Typing at the tip: all that is known precedes it.
  if (continues && tip_.size() == 1 && !spine_.empty() && spine_.back().end == first) {
    touch_spine(spine_.size() - 1);
    spine_.back().end += length;
    if (tip_.back() < saved_size_) {
      tip_undo_.push_back(tip_.back());
    }
    tip_.set_back(first + length - 1);
  } else {
    const bool saw_all = are_tip(parents);
    if (saw_all) {
      extend_spine(first, length);
      leave_tip();
    } else {
      cut_spine(parents.empty() ? 0 : parents.back().at + 1);
      leave_tip(parents);
    }
    tip_.push_back(first + length - 1);
  }
  count_in(writer, r, length);
  return first;
}

// Operations that have their entry and their place in the spine and the tip.
inline void causal_graph::count_in(replica_state& writer, replica_index r, std::uint32_t length) {
  size_ += length;
  if ((std::size_t{size_} - 1) >> block_bits >= block_.size()) {
    fill_blocks();
  }
  writer.count += length;
  if (writer.listed) {
    writer.listed = false;
    unlisted_.push_back(r);
  }
}

// Two parents of two replicas, both with rows: what is known of those two follows from the parents
// themselves, and a look into one row tells that they are concurrent.
bool causal_graph::append_beside(replica_index r, std::uint32_t length, place other) {
  WEFT_ASSERT(length > 0, "an appended run holds an operation");
  replica_state& writer = replicas_[r];
  // Who has a column has written.
  if (writer.rows_epoch != rows_epoch_ || length >= max_op_count - size_) {
    return false;
  }
  const entry_index last = writer.entries.back();
  const entry& own = entries_[last];
  const entry& beside = entries_[other.entry];
  const std::uint32_t counter = writer.count;
  const std::uint32_t into = counter - 1 - own.counter;
  const std::uint32_t beside_into = other.at - beside.start;
  const local_index at = own.start + into;
  const bool mine_first = at < other.at;
  const local_index low = mine_first ? at : other.at;
  const local_index high = mine_first ? other.at : at;
  if (low < rows_from_ || beside.replica == r) {
    return false;
  }
  const std::uint32_t my_column = writer.row_column;
  const std::uint32_t column = replicas_[beside.replica].row_column;
  const std::uint32_t known = beside.counter + beside_into + 1;
  const version_row& my_row = rows_[last - rowless_];
  const version_row& their_row = rows_[other.entry - rowless_];
  if (mine_first ? their_row[my_column] >= counter : my_row[column] >= known) {
    return false;
  }
  const std::uint32_t lamport = std::max(own.lamport + into, beside.lamport + beside_into) + 1;
  local_index shadow = size_;
  if (high + 1 == shadow) {
    shadow = mine_first ? beside.shadow : own.shadow;
  }
  if (low + 1 == shadow) {
    shadow = mine_first ? own.shadow : beside.shadow;
  }
  version_row row{};
  if (rows_columns_ > 2) {
    for (std::uint32_t c = 0; c < row_columns; ++c) {
      row[c] = std::max(my_row[c], their_row[c]);
    }
  }
  rows_.push_back(row);
  rows_.back()[my_column] = counter;
  rows_.back()[column] = known;
  writer.entries.push_back(static_cast<entry_index>(entries_.size()));
  entries_.push_back({size_, r, counter, lamport, shadow, {low, high}});
  const local_index first = size_;
  // Concurrent operations that are all of the tip: else one of its members would follow them.
  const bool saw_all =
      tip_.replace_two(low, high, first + length - 1, [this](local_index i) { note_leaving(i); });
  saw_all ? extend_spine(first, length) : cut_spine(high + 1);
  count_in(writer, r, length);
  return true;
}

void causal_graph::expect(std::size_t entries, std::size_t listed) {
  const std::size_t most = entries_.size() + entries;
  // Exact only where it matters; many small imports must not grow a bit each.
  if (entries < entries_.size() / 2 || most <= entries_.capacity()) {
    return;
  }
  entries_.reserve(most);
  rows_.reserve(rows_.size() + entries);
  pool_.reserve(pool_.size() + listed);
}

causal_graph::saved causal_graph::save() {
  // What all that comes will have seen needs no rows; but do not start anew at every pause.
  constexpr std::size_t many_rows = 1'024;
  if (rows_.size() >= many_rows && !spine_.empty() && spine_.back().end == size_) {
    start_rows();
  }
  spine_kept_ = spine_.size();
  spine_undo_.clear();
  saved_size_ = size_;
  tip_undo_.clear();
  return {entries_.size(), size_, pool_.size(), replicas_.size()};
}

void causal_graph::roll_back(const saved& to) {
  WEFT_ASSERT(to.entries <= entries_.size() && to.size <= size_, "a graph only grows after save()");
  for (std::size_t e = entries_.size(); e-- > to.entries;) {
    replica_state& writer = replicas_[entries_[e].replica];
    writer.count = entries_[e].counter;
    writer.entries.pop_back();
  }
  if (to.entries != 0) {
    const std::size_t last = to.entries - 1;
    replicas_[entries_[last].replica].count =
        entries_[last].counter + (to.size - entries_[last].start);
  }
  entries_.resize(to.entries);
  pool_.resize(to.pool);
  size_ = to.size;
  block_.resize((std::size_t{size_} + (1U << block_bits) - 1) >> block_bits);
  tip_.restore(to.size, tip_undo_);
  tip_undo_.clear();
  spine_.resize(spine_kept_);
  spine_.insert(spine_.end(), spine_undo_.rbegin(), spine_undo_.rend());
  spine_kept_ = spine_.size();
  spine_undo_.clear();
  ids_.cut(static_cast<std::uint32_t>(to.replicas));
  replicas_.resize(to.replicas);
  start_rows();
  tip_version_ = {};
  unlisted_.clear();
  for (replica_index r = 0; r < replicas_.size(); ++r) {
    replicas_[r].listed = false;
    unlisted_.push_back(r);
  }
#ifdef WEFT_DEEP_CHECKS
  check_invariants();
#endif
}

entry_index causal_graph::entry_of(local_index i) const {
  WEFT_ASSERT(i < size_, "an operation asked about is in the graph");
  if (entries_.back().start <= i) {
    return static_cast<entry_index>(entries_.size() - 1);
  }
  const std::size_t block = i >> block_bits;
  // Of many writers each entry is one operation.
  const entry& near = entries_[block_[block]];
  const std::size_t guess = std::size_t{block_[block]} + (i - near.start);
  if (guess < entries_.size() && entries_[guess].start == i) {
    return static_cast<entry_index>(guess);
  }
  const auto first = entries_.begin() + block_[block];
  const auto end =
      block + 1 < block_.size() ? entries_.begin() + block_[block + 1] + 1 : entries_.end();
  const auto after = std::upper_bound(
      first, end, i, [](local_index key, const entry& e) { return key < e.start; });
  return static_cast<entry_index>(after - entries_.begin() - 1);
}

entry_index causal_graph::entry_below(local_index i, entry_index above) const {
  if (entries_[above].start <= i) {
    return above;
  }
  if (entries_[above - 1].start <= i) {
    return above - 1;
  }
  return entry_of(i);
}

op_id causal_graph::id_of_op(local_index i) const {
  const entry_index e = entry_of(i);
  return {ids_[entries_[e].replica], entries_[e].counter + (i - entries_[e].start)};
}

replica_index causal_graph::replica_of(local_index i) const {
  return entries_[entry_of(i)].replica;
}

std::uint32_t causal_graph::counter_of(local_index i) const {
  const entry_index e = entry_of(i);
  return entries_[e].counter + (i - entries_[e].start);
}

std::pair<replica_index, std::uint32_t> causal_graph::writer_of(local_index i) const {
  const entry_index e = entry_of(i);
  return {entries_[e].replica, entries_[e].counter + (i - entries_[e].start)};
}

std::uint64_t causal_graph::lamport(local_index i) const {
  const entry_index e = entry_of(i);
  return entries_[e].lamport + (i - entries_[e].start);
}

std::optional<local_index> causal_graph::index_of(const op_id& id) const {
  const auto r = find(id.replica);
  return r ? index_of(*r, id.counter) : std::nullopt;
}

std::optional<local_index> causal_graph::index_of(replica_index r, std::uint32_t counter) const {
  const auto found = place_of(r, counter);
  return found ? std::optional<local_index>(found->at) : std::nullopt;
}

causal_graph::place causal_graph::place_below(replica_index r, std::uint32_t counter,
                                              std::size_t end) const {
  const std::span<const entry_index> own = replicas_[r].entries.all();
  const auto after = std::upper_bound(
      own.begin(), own.begin() + static_cast<std::ptrdiff_t>(end), counter,
      [this](std::uint32_t key, entry_index e) { return key < entries_[e].counter; });
  const entry_index e = *(after - 1);
  return {entries_[e].start + (counter - entries_[e].counter), e};
}

void causal_graph::parents_of(local_index i, local_frontier& out) const {
  const entry_index e = entry_of(i);
  if (i != entries_[e].start) {
    out.assign(1, i - 1);
    return;
  }
  const auto parents = entry_parents(e);
  out.assign(parents.begin(), parents.end());
}

index_range causal_graph::entry_range(local_index i, local_frontier& parents) const {
  const entry_index e = entry_of(i);
  const auto listed = entry_parents(e);
  parents.assign(listed.begin(), listed.end());
  return {entries_[e].start, entry_end(e)};
}

index_range causal_graph::entry_range(local_index i) const {
  const entry_index e = entry_of(i);
  return {entries_[e].start, entry_end(e)};
}

}  // namespace weft::crdt
