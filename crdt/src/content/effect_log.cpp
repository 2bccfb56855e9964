// SPDX-License-Identifier: MIT
#include "content/effect_log.hpp"

#include "content/replayed_text.hpp"
#include "weft/crdt/assert.hpp"

#include <algorithm>

namespace weft::crdt {

bool effect_log::push_logged(std::size_t& at, local_index from, local_index end) {
  bool fits = true;
  at = log_->walk(at, [&](std::size_t i, const sequence_run& run) {
    if (run.first >= end) {
      return false;
    }
    const sequence_run part = cut(run, {from, end});
    const std::uint32_t taken = part.kind == run_kind::insert ? 0 : part.length;
    fits = part.position <= length_ && taken <= length_ - part.position;
    if (fits) {
      put(part, i, 0);
    }
    return fits && run.first + run.length <= end;
  });
  return fits;
}

std::size_t effect_log::piece_after(local_index i) const {
  // Questions are mostly about what came last.
  if (pieces_.empty() || pieces_.back().first <= i) {
    return pieces_.empty() || pieces_.back().end <= i ? pieces_.size() : pieces_.size() - 1;
  }
  const auto after = std::upper_bound(pieces_.begin(), pieces_.end(), i,
                                      [](local_index key, const piece& p) { return key < p.end; });
  return static_cast<std::size_t>(after - pieces_.begin());
}

std::uint32_t effect_log::length_after(local_index last) const {
  if (last == no_index || pieces_.empty()) {
    return 0;
  }
  if (end() <= last + 1) {
    return length_;
  }
  const piece& p = pieces_[piece_after(last)];
  std::uint32_t length = p.before;
  if (p.first <= last) {
    for_each_in({p.first, last + 1}, [&](const sequence_run& run) {
      length = run.kind == run_kind::insert ? length + run.length : length - run.length;
    });
  }
  return length;
}

std::vector<effect_log::reversal> effect_log::inverse(std::span<const index_range> ranges) const {
  std::vector<index_range> sorted;
  std::copy_if(ranges.begin(), ranges.end(), std::back_inserter(sorted),
               [](const index_range& r) { return !r.empty(); });
  std::sort(sorted.begin(), sorted.end(),
            [](const index_range& x, const index_range& y) { return x.first < y.first; });
  if (sorted.empty()) {
    return {};
  }
  const local_index start = sorted.front().first;
  if (start >= end()) {
    return {};
  }
  replayed_text text{length_after(start - 1)};
  std::size_t r = 0;
  for_each_in({start, end()}, [&](const sequence_run& run) {
    const local_index end = run.first + run.length;
    for (local_index at = run.first; at < end;) {
      while (r < sorted.size() && sorted[r].end <= at) {
        ++r;
      }
      const bool ours = r < sorted.size() && sorted[r].first <= at;
      local_index stop = end;
      if (r < sorted.size()) {
        stop = std::min(end, ours ? sorted[r].end : sorted[r].first);
      }
      text.apply(part_of(run, at, stop - at), ours);
      at = stop;
    }
  });
  return reversals(text, start);
}

std::vector<effect_log::reversal> effect_log::reversals(const replayed_text& text,
                                                        local_index start) const {
  const std::vector<replayed_text::segment> segments = text.segments();
  const auto comes_back = [](const replayed_text::segment& s) {
    return !s.visible && s.ours_erased && !s.ours_inserted;
  };
  std::vector<stretch> old;
  for (const replayed_text::segment& s : segments) {
    if (comes_back(s) && s.first == no_index) {
      old.push_back({s.origin, s.length});
    }
  }
  const std::vector<index_range> names = elements(start, old);
  auto name = names.begin();
  std::vector<reversal> out;
  std::uint32_t position = 0;
  for (const replayed_text::segment& s : segments) {
    if (s.visible && s.ours_inserted) {
      if (!out.empty() && out.back().text.empty() && out.back().position == position) {
        out.back().erased += s.length;
      } else {
        out.push_back({position, s.length, {}});
      }
    } else if (s.visible) {
      position += s.length;
    } else if (comes_back(s)) {
      std::vector<index_range> back;
      if (s.first != no_index) {
        back.push_back({s.first, s.first + s.length});
      } else {
        for (std::uint32_t rest = s.length; rest > 0; rest -= name++->length()) {
          back.push_back(*name);
        }
      }
      out.push_back({position, 0, std::move(back)});
      position += s.length;
    }
  }
  return out;
}

void effect_log::restore(const saved& to) {
  WEFT_ASSERT(to.pieces <= pieces_.size(), "a log is restored to less than it holds");
  pieces_.resize(to.pieces);
  if (!pieces_.empty()) {
    pieces_.back().end = to.end;
  }
  own_.restore(to.own);
  length_ = to.length;
  // The last piece may grow otherwise than it did.
  const std::size_t kept = to.pieces == 0 ? 0 : to.pieces - 1;
  for (std::size_t level = 0; level < maps_.size(); ++level) {
    auto& maps = maps_[level];
    maps.resize(std::min(maps.size(), kept / pieces_of(level)));
  }
}

void effect_log::check_invariants() const {
  own_.check_invariants();
  std::uint64_t length = 0;
  local_index end = 0;
  for (const piece& p : pieces_) {
    WEFT_ASSERT(end <= p.first && p.first < p.end, "pieces ascend and do not overlap");
    WEFT_ASSERT(p.before == length, "a piece knows the length of the text before it");
    end = p.first;
    std::size_t runs = 0;
    for_each_in({p.first, p.end}, [&](const sequence_run& run) {
      WEFT_ASSERT(run.first == end, "a piece has no gaps");
      end += run.length;
      ++runs;
      if (run.kind == run_kind::insert) {
        WEFT_ASSERT(run.position <= length, "an insertion lies inside of the text");
        length += run.length;
      } else {
        WEFT_ASSERT(run.position + run.length <= length, "an erasure lies inside of the text");
        length -= run.length;
      }
    });
    WEFT_ASSERT(end == p.end && runs <= piece_runs + 1, "a piece spans the runs that it should");
  }
  WEFT_ASSERT(length == length_, "the length is what the effects add up to");
#ifdef WEFT_DEEP_CHECKS
  constexpr std::uint32_t samples = 16;
  for (std::uint32_t i = 0; i < std::min(length_, samples); ++i) {
    const auto position =
        static_cast<std::uint32_t>(std::uint64_t{length_} * i / std::min(length_, samples));
    WEFT_ASSERT(find(element_at(position)) == (place{position, true}),
                "a scalar stands where its insertion is found");
  }
#endif
}

}  // namespace weft::crdt
