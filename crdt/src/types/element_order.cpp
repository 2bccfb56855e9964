// SPDX-License-Identifier: MIT
#include "weft/crdt/types/element_order.hpp"

#include "weft/crdt/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace weft::crdt {

std::size_t element_order::place_in(const chunk& part, slot s) const {
  const auto found = std::find(part.slots.begin(), part.slots.end(), s);
  WEFT_ASSERT(found != part.slots.end(), "an element stands in the chunk that it is noted in");
  return static_cast<std::size_t>(found - part.slots.begin());
}

void element_order::insert_after(slot before, slot fresh, bool shown) {
  if (before != none) {
    const std::uint32_t c = chunk_of_[before];
    put(c, place_in(chunks_[c], before) + 1, fresh, shown);
  } else {
    put(sequence_.empty() ? none : sequence_.front(), 0, fresh, shown);
  }
}

void element_order::insert_before(slot after, slot fresh, bool shown) {
  if (after != none) {
    const std::uint32_t c = chunk_of_[after];
    put(c, place_in(chunks_[c], after), fresh, shown);
  } else {
    const std::uint32_t c = sequence_.empty() ? none : sequence_.back();
    put(c, c == none ? 0 : chunks_[c].slots.size(), fresh, shown);
  }
}

void element_order::put(std::uint32_t c, std::size_t place, slot fresh, bool shown) {
  WEFT_ASSERT(!has(fresh), "an element is put into the order once");
  if (c == none) {
    c = static_cast<std::uint32_t>(chunks_.size());
    chunks_.emplace_back();
    sequence_.push_back(c);
  }
  if (fresh >= chunk_of_.size()) {
    chunk_of_.resize(fresh + std::size_t{1}, none);
    hidden_.resize(fresh + std::size_t{1}, false);
  }
  chunk& part = chunks_[c];
  part.slots.insert(part.slots.begin() + static_cast<std::ptrdiff_t>(place), fresh);
  chunk_of_[fresh] = c;
  hidden_[fresh] = !shown;
  part.shown += shown ? 1U : 0U;
  shown_total_ += shown ? 1U : 0U;
  if (part.slots.size() > chunk_size) {
    split(c);
  }
}

void element_order::split(std::uint32_t c) {
  const auto fresh = static_cast<std::uint32_t>(chunks_.size());
  chunks_.emplace_back();
  chunk& left = chunks_[c];
  chunk& right = chunks_[fresh];
  // At the end of the list a full chunk is left full: that is how typing fills them.
  const bool last = left.rank + std::size_t{1} == sequence_.size();
  const auto cut = static_cast<std::ptrdiff_t>(last ? chunk_size : chunk_size / 2);
  right.slots.assign(left.slots.begin() + cut, left.slots.end());
  left.slots.resize(static_cast<std::size_t>(cut));
  for (const slot s : right.slots) {
    chunk_of_[s] = fresh;
    right.shown += hidden_[s] ? 0U : 1U;
  }
  left.shown -= right.shown;
  sequence_.insert(sequence_.begin() + left.rank + 1, fresh);
  for (std::size_t r = left.rank; r < sequence_.size(); ++r) {
    chunks_[sequence_[r]].rank = static_cast<std::uint32_t>(r);
  }
}

void element_order::hide(slot s) {
  WEFT_ASSERT(has(s) && !hidden_[s], "only a shown element is hidden");
  hidden_[s] = true;
  --chunks_[chunk_of_[s]].shown;
  --shown_total_;
}

bool element_order::before(slot a, slot b) const {
  const chunk& of_a = chunks_[chunk_of_[a]];
  if (chunk_of_[a] != chunk_of_[b]) {
    return of_a.rank < chunks_[chunk_of_[b]].rank;
  }
  return place_in(of_a, a) < place_in(of_a, b);
}

element_order::slot element_order::next(slot s) const {
  const chunk& part = chunks_[chunk_of_[s]];
  const std::size_t place = part.slots.back() == s ? part.slots.size() : place_in(part, s) + 1;
  if (place < part.slots.size()) {
    return part.slots[place];
  }
  const std::size_t rank = part.rank + std::size_t{1};
  return rank < sequence_.size() ? chunks_[sequence_[rank]].slots.front() : none;
}

element_order::slot element_order::at(std::size_t index) const {
  WEFT_ASSERT(index < shown_total_, "an index names a shown element");
  // The end is where most edits are.
  std::size_t from_end = shown_total_ - index;
  for (std::size_t r = sequence_.size(); r-- > 0;) {
    const chunk& part = chunks_[sequence_[r]];
    if (from_end > part.shown) {
      from_end -= part.shown;
      continue;
    }
    for (std::size_t i = part.slots.size(); i-- > 0;) {
      if (!hidden_[part.slots[i]] && --from_end == 0) {
        return part.slots[i];
      }
    }
  }
  WEFT_ASSERT(false, "the counts of the chunks add up");
  return none;
}

std::size_t element_order::index_of(slot s) const {
  const chunk& home = chunks_[chunk_of_[s]];
  std::size_t index = 0;
  for (std::size_t r = 0; r < home.rank; ++r) {
    index += chunks_[sequence_[r]].shown;
  }
  for (const slot other : home.slots) {
    if (other == s) {
      break;
    }
    index += hidden_[other] ? 0U : 1U;
  }
  return index;
}

void element_order::check_invariants() const {
  std::size_t shown = 0;
  for (std::size_t r = 0; r < sequence_.size(); ++r) {
    const chunk& part = chunks_[sequence_[r]];
    WEFT_ASSERT(part.rank == r, "ranks follow the list");
    WEFT_ASSERT(!part.slots.empty() && part.slots.size() <= chunk_size, "a chunk has its size");
    std::uint32_t here = 0;
    for (const slot s : part.slots) {
      WEFT_ASSERT(chunk_of_[s] == sequence_[r], "an element knows its chunk");
      here += hidden_[s] ? 0U : 1U;
    }
    WEFT_ASSERT(here == part.shown, "a chunk counts what it shows");
    shown += here;
  }
  WEFT_ASSERT(shown == shown_total_, "the total is the sum of the chunks");
}

}  // namespace weft::crdt
