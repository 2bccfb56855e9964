// SPDX-License-Identifier: MIT
#include "weft/crdt/types/run_order.hpp"

#include "weft/crdt/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace weft::crdt {

std::size_t run_order::place_in(const chunk& part, run r) {
  const auto is_it = [r](const entry& e) { return e.at == r; };
  if (is_it(part.entries.back())) {  // the end is where most edits are
    return part.entries.size() - 1;
  }
  const auto found = std::find_if(part.entries.begin(), part.entries.end(), is_it);
  WEFT_ASSERT(found != part.entries.end(), "a run stands in the chunk that it is noted in");
  return static_cast<std::size_t>(found - part.entries.begin());
}

void run_order::insert_after(run before, run fresh, std::uint32_t shown) {
  if (before == none) {
    put(0, 0, fresh, shown);
  } else {
    const std::size_t rank = rank_of(before);
    put(rank, place_in(chunks_[rank], before) + 1, fresh, shown);
  }
}

void run_order::insert_before(run after, run fresh, std::uint32_t shown) {
  if (after != none) {
    const std::size_t rank = rank_of(after);
    put(rank, place_in(chunks_[rank], after), fresh, shown);
  } else if (chunks_.empty()) {
    put(0, 0, fresh, shown);
  } else {
    put(chunks_.size() - 1, chunks_.back().entries.size(), fresh, shown);
  }
}

void run_order::divide(run whole, run fresh, std::uint32_t shown) {
  const std::size_t rank = rank_of(whole);
  chunk& part = chunks_[rank];
  const std::size_t at = place_in(part, whole);
  WEFT_ASSERT(part.entries[at].shown >= shown, "a part of a run shows no more than the run");
  part.entries[at].shown -= shown;
  part.shown -= shown;
  shown_total_ -= shown;
  put(rank, at + 1, fresh, shown);
}

void run_order::show_more(run r, std::uint32_t count) {
  chunk& part = chunks_[rank_of(r)];
  part.entries[place_in(part, r)].shown += count;
  part.shown += count;
  shown_total_ += count;
}

void run_order::show_less(run r, std::uint32_t count) {
  chunk& part = chunks_[rank_of(r)];
  entry& e = part.entries[place_in(part, r)];
  WEFT_ASSERT(e.shown >= count, "only shown elements are hidden");
  e.shown -= count;
  part.shown -= count;
  shown_total_ -= count;
}

void run_order::put(std::size_t rank, std::size_t at, run fresh, std::uint32_t shown) {
  if (chunks_.empty()) {
    chunks_.emplace_back();
  }
  chunk& part = chunks_[rank];
  part.entries.insert(part.entries.begin() + static_cast<std::ptrdiff_t>(at), {fresh, shown});
  part.shown += shown;
  shown_total_ += shown;
  if (chunks_.size() > 1) {
    if (fresh >= chunk_of_.size()) {
      chunk_of_.resize(fresh + std::size_t{1}, none);
    }
    chunk_of_[fresh] = part.number;
  }
  if (part.entries.size() > chunk_size) {
    split(rank);
  }
}

void run_order::split(std::size_t rank) {
  const bool last = rank + 1 == chunks_.size();
  const auto number = static_cast<std::uint32_t>(chunks_.size());
  if (number == 1) {
    for (const entry& e : chunks_.front().entries) {
      if (e.at >= chunk_of_.size()) {
        chunk_of_.resize(e.at + std::size_t{1}, none);
      }
      chunk_of_[e.at] = 0;
    }
    rank_ = {0};
  }
  chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(rank) + 1, chunk{});
  chunk& left = chunks_[rank];
  chunk& right = chunks_[rank + 1];
  // At the end of the list a full chunk is left full: that is how typing fills them.
  const auto cut = static_cast<std::ptrdiff_t>(last ? chunk_size : chunk_size / 2);
  right.number = number;
  right.entries.assign(left.entries.begin() + cut, left.entries.end());
  left.entries.resize(static_cast<std::size_t>(cut));
  for (const entry& e : right.entries) {
    chunk_of_[e.at] = number;
    right.shown += e.shown;
  }
  left.shown -= right.shown;
  rank_.push_back(0);
  for (std::size_t r = rank; r < chunks_.size(); ++r) {
    rank_[chunks_[r].number] = static_cast<std::uint32_t>(r);
  }
}

bool run_order::before(run a, run b) const {
  const std::size_t rank = rank_of(a);
  if (const std::size_t other = rank_of(b); rank != other) {
    return rank < other;
  }
  const auto& entries = chunks_[rank].entries;
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [=](const entry& e) { return e.at == a || e.at == b; });
  WEFT_ASSERT(found != entries.end(), "a run stands in the chunk that it is noted in");
  return a != b && found->at == a;
}

run_order::run run_order::next(run r) const {
  const std::size_t rank = rank_of(r);
  const chunk& part = chunks_[rank];
  const std::size_t behind = place_in(part, r) + 1;
  if (behind < part.entries.size()) {
    return part.entries[behind].at;
  }
  return rank + 1 < chunks_.size() ? chunks_[rank + 1].entries.front().at : none;
}

run_order::place run_order::at(std::size_t index) const {
  WEFT_ASSERT(index < shown_total_, "an index names a shown element");
  // From the end, where most edits are.
  std::size_t from_end = shown_total_ - index;
  for (std::size_t rank = chunks_.size(); rank-- > 0;) {
    const chunk& part = chunks_[rank];
    if (from_end > part.shown) {
      from_end -= part.shown;
      continue;
    }
    for (std::size_t i = part.entries.size(); i-- > 0;) {
      const entry& e = part.entries[i];
      if (from_end <= e.shown) {
        return {e.at, e.shown - from_end};
      }
      from_end -= e.shown;
    }
  }
  WEFT_ASSERT(false, "the counts of the chunks add up");
  return {};
}

std::size_t run_order::index_of(run r) const {
  const std::size_t home = rank_of(r);
  std::size_t index = 0;
  for (std::size_t rank = 0; rank < home; ++rank) {
    index += chunks_[rank].shown;
  }
  for (const entry& e : chunks_[home].entries) {
    if (e.at == r) {
      break;
    }
    index += e.shown;
  }
  return index;
}

void run_order::check_invariants() const {
  std::size_t shown = 0;
  for (std::size_t rank = 0; rank < chunks_.size(); ++rank) {
    const chunk& part = chunks_[rank];
    WEFT_ASSERT(!part.entries.empty() && part.entries.size() <= chunk_size, "a chunk has its size");
    std::uint32_t here = 0;
    for (const entry& e : part.entries) {
      WEFT_ASSERT(rank_of(e.at) == rank, "a run knows its chunk");
      here += e.shown;
    }
    WEFT_ASSERT(here == part.shown, "a chunk counts what it shows");
    shown += here;
  }
  WEFT_ASSERT(shown == shown_total_, "the total is the sum of the chunks");
}

}  // namespace weft::crdt
