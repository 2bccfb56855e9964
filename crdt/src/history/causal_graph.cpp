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

std::uint32_t causal_graph::count(replica_index r) const {
  return replicas_[r].count;
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
  const bool continues =
      first != 0 && parents.size() == 1 && parents[0].at == first - 1 && replica_.back() == r;
  if (!continues) {
    WEFT_ASSERT(
        std::all_of(parents.begin(), parents.end(), [&](const place& p) { return p.at < first; }),
        "parents stand before their operation");
    writer.entries.push_back(static_cast<entry_index>(start_.size()));
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
    grow_spine(first, length, parents);
    advance_tip(parents, first + length - 1);
  }
  size_ += length;
  fill_blocks();
  writer.count += length;
  if (writer.listed) {
    writer.listed = false;
    unlisted_.push_back(r);
  }
  return first;
}

void causal_graph::expect(std::size_t entries) {
  const std::size_t most = start_.size() + entries;
  // Exact only where it matters; many small imports must not grow a bit each.
  if (entries < start_.size() / 2 || most <= start_.capacity()) {
    return;
  }
  start_.reserve(most);
  replica_.reserve(most);
  counter_.reserve(most);
  lamport_.reserve(most);
  shadow_.reserve(most);
  parent_.reserve(most);
  rows_.reserve(rows_.size() + entries);
}

bool causal_graph::are_tip(std::span<const place> parents) const {
  return std::equal(parents.begin(), parents.end(), tip_.begin(), tip_.end(),
                    [](const place& p, local_index i) { return p.at == i; });
}

// As `advance`, and remembers what save() saw. The last operation is the greatest.
void causal_graph::advance_tip(std::span<const place> parents, local_index last) {
  const auto leave = [this](local_index i) {
    if (i < saved_size_) {
      tip_undo_.push_back(i);
    }
  };
  constexpr std::size_t few = 4;
  if (are_tip(parents)) {
    std::for_each(tip_.begin(), tip_.end(), leave);
    tip_.clear();
  } else if (parents.size() <= few) {
    for (const place& p : parents) {
      if (tip_.erase(p.at)) {
        leave(p.at);
      }
    }
  } else {
    auto p = parents.begin();
    tip_.erase_below(parents.back().at + 1, [&](local_index i) {
      while (p->at < i) {
        ++p;
      }
      if (p->at != i) {
        return false;
      }
      leave(i);
      return true;
    });
  }
  tip_.push_back(last);
}

void causal_graph::fill_blocks() {
  const std::size_t blocks = (std::size_t{size_} + (1U << block_bits) - 1) >> block_bits;
  if (block_.size() < blocks) {
    block_.resize(blocks, static_cast<entry_index>(start_.size() - 1));
  }
}

void causal_graph::push_entry(replica_index r, std::uint32_t counter,
                              std::span<const place> parents) {
  std::uint32_t lamport = 0;
  for (const place& p : parents) {
    lamport = std::max(lamport, lamport_[p.entry] + (p.at - start_[p.entry]));
  }
  // The parents are sorted, so those that reach down from the start without a gap stand at the end.
  local_index shadow = size_;
  for (std::size_t i = parents.size(); i > 0 && parents[i - 1].at + 1 >= shadow; --i) {
    if (parents[i - 1].at + 1 == shadow) {
      shadow = shadow_[parents[i - 1].entry];
    }
  }
  if (parents.size() <= 1) {
    parent_.push_back(parents.empty() ? no_index : parents[0].at);
  } else {
    WEFT_ASSERT(pool_.size() < many_parents - 1, "places in the parent pool fit their field");
    parent_.push_back(many_parents | static_cast<std::uint32_t>(pool_.size()));
    pool_.push_back(static_cast<local_index>(parents.size()));
    for (const place& p : parents) {
      pool_.push_back(p.at);
    }
  }
  push_row(r, parents);
  start_.push_back(size_);
  replica_.push_back(r);
  counter_.push_back(counter);
  lamport_.push_back(lamport + 1);
  shadow_.push_back(shadow);
}

void causal_graph::start_rows() {
  rows_ = {};
  rows_from_ = no_index;
  rows_columns_ = 0;
  ++rows_epoch_;
}

void causal_graph::push_row(replica_index r, std::span<const place> parents) {
  replica_state& writer = replicas_[r];
  if (writer.rows_epoch != rows_epoch_ && rows_columns_ == row_columns) {
    start_rows();
  }
  if (writer.rows_epoch != rows_epoch_) {
    writer.rows_epoch = rows_epoch_;
    writer.row_column = rows_columns_++;
  }
  if (rows_.empty()) {
    rows_from_ = size_;
  }
  version_row row{};
  const std::size_t rowless = start_.size() - rows_.size();
  for (const place& p : parents) {
    if (p.at < rows_from_) {
      continue;
    }
    const version_row& theirs = rows_[p.entry - rowless];
    for (std::uint32_t c = 0; c < row_columns; ++c) {
      row[c] = std::max(row[c], theirs[c]);
    }
    std::uint32_t& own = row[replicas_[replica_[p.entry]].row_column];
    own = std::max(own, counter_[p.entry] + (p.at - start_[p.entry]) + 1);
  }
  rows_.push_back(row);
}

// A new operation follows every critical index that is not greater than its greatest parent: that
// parent cannot precede the critical one, so it is or follows it. The others stop being critical.
void causal_graph::grow_spine(local_index first, std::uint32_t length,
                              std::span<const place> parents) {
  if (are_tip(parents)) {
    if (!spine_.empty() && spine_.back().end == first) {
      touch_spine(spine_.size() - 1);
      spine_.back().end += length;
    } else {
      spine_.push_back({first, first + length});
    }
    return;
  }
  const local_index limit = parents.empty() ? 0 : parents.back().at + 1;  // keep those below
  while (!spine_.empty() && spine_.back().end > limit) {
    touch_spine(spine_.size() - 1);
    if (spine_.back().first < limit) {
      spine_.back().end = limit;
      break;
    }
    spine_.pop_back();
  }
}

void causal_graph::touch_spine(std::size_t keep) {
  while (spine_kept_ > keep) {
    --spine_kept_;
    spine_undo_.push_back(spine_[spine_kept_]);
  }
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
  return {start_.size(), size_, pool_.size(), replicas_.size()};
}

void causal_graph::roll_back(const saved& to) {
  WEFT_ASSERT(to.entries <= start_.size() && to.size <= size_, "a graph only grows after save()");
  for (std::size_t e = start_.size(); e-- > to.entries;) {
    replica_state& writer = replicas_[replica_[e]];
    writer.count = counter_[e];
    writer.entries.pop_back();
  }
  if (to.entries != 0) {
    const std::size_t last = to.entries - 1;
    replicas_[replica_[last]].count = counter_[last] + (to.size - start_[last]);
  }
  start_.resize(to.entries);
  replica_.resize(to.entries);
  counter_.resize(to.entries);
  lamport_.resize(to.entries);
  shadow_.resize(to.entries);
  parent_.resize(to.entries);
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

causal_graph::entry_index causal_graph::entry_of(local_index i) const {
  WEFT_ASSERT(i < size_, "an operation asked about is in the graph");
  if (start_.back() <= i) {
    return static_cast<entry_index>(start_.size() - 1);
  }
  const std::size_t block = i >> block_bits;
  const auto first = start_.begin() + block_[block];
  const auto end =
      block + 1 < block_.size() ? start_.begin() + block_[block + 1] + 1 : start_.end();
  const auto after = std::upper_bound(first, end, i);
  return static_cast<entry_index>(after - start_.begin() - 1);
}

causal_graph::entry_index causal_graph::entry_below(local_index i, entry_index above) const {
  if (start_[above] <= i) {
    return above;
  }
  if (start_[above - 1] <= i) {
    return above - 1;
  }
  return entry_of(i);
}

local_index causal_graph::entry_end(entry_index e) const {
  return e + 1 < start_.size() ? start_[e + 1] : size_;
}

std::span<const local_index> causal_graph::entry_parents(entry_index e) const {
  if (parent_[e] == no_index) {
    return {};
  }
  if ((parent_[e] & many_parents) == 0) {
    return {&parent_[e], 1};
  }
  const std::size_t at = parent_[e] & ~many_parents;
  return {&pool_[at + 1], pool_[at]};
}

op_id causal_graph::id_of_op(local_index i) const {
  const entry_index e = entry_of(i);
  return {ids_[replica_[e]], counter_[e] + (i - start_[e])};
}

replica_index causal_graph::replica_of(local_index i) const {
  return replica_[entry_of(i)];
}

std::uint32_t causal_graph::counter_of(local_index i) const {
  const entry_index e = entry_of(i);
  return counter_[e] + (i - start_[e]);
}

std::pair<replica_index, std::uint32_t> causal_graph::writer_of(local_index i) const {
  const entry_index e = entry_of(i);
  return {replica_[e], counter_[e] + (i - start_[e])};
}

std::uint64_t causal_graph::lamport(local_index i) const {
  const entry_index e = entry_of(i);
  return lamport_[e] + (i - start_[e]);
}

std::optional<local_index> causal_graph::index_of(const op_id& id) const {
  const auto r = find(id.replica);
  return r ? index_of(*r, id.counter) : std::nullopt;
}

std::optional<local_index> causal_graph::index_of(replica_index r, std::uint32_t counter) const {
  const auto found = place_of(r, counter);
  return found ? std::optional<local_index>(found->at) : std::nullopt;
}

std::optional<causal_graph::place> causal_graph::place_of(replica_index r,
                                                          std::uint32_t counter) const {
  const replica_state& writer = replicas_[r];
  if (counter >= writer.count) {
    return std::nullopt;
  }
  // Questions are mostly about what came last.
  if (const entry_index e = writer.entries.back(); counter >= counter_[e]) {
    return place{start_[e] + (counter - counter_[e]), e};
  }
  const auto after =
      std::upper_bound(writer.entries.begin(), writer.entries.end() - 1, counter,
                       [this](std::uint32_t key, entry_index e) { return key < counter_[e]; });
  const entry_index e = *(after - 1);
  return place{start_[e] + (counter - counter_[e]), e};
}

void causal_graph::parents_of(local_index i, local_frontier& out) const {
  const entry_index e = entry_of(i);
  if (i != start_[e]) {
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
  return {start_[e], entry_end(e)};
}

index_range causal_graph::entry_range(local_index i) const {
  const entry_index e = entry_of(i);
  return {start_[e], entry_end(e)};
}

}  // namespace weft::crdt
