// SPDX-License-Identifier: MIT
#include "content/effect_log.hpp"

#include "weft/crdt/assert.hpp"

#include <algorithm>

namespace weft::crdt {
namespace {

// A stretch of the text as it was before the first run that is looked at, or inserted since.
struct segment {
  std::uint32_t length = 0;
  local_index first = no_index;  // insertion of its first scalar; no_index: older text
  std::uint32_t origin = 0;      // older text: its position then
  bool visible = true;
  bool ours_inserted = false;
  bool ours_erased = false;
};

// The text since some run with all that was erased in between. Segments in text order.
class replayed_text {
public:
  explicit replayed_text(std::uint32_t length) {
    if (length > 0) {
      segments_.push_back({length, no_index, 0, true, false, false});
    }
  }

  void apply(const sequence_run& run, bool ours) {
    if (run.kind == run_kind::insert) {
      const std::size_t at = split_visible(run.position);
      segments_.insert(segments_.begin() + static_cast<std::ptrdiff_t>(at),
                       segment{run.length, run.first, 0, true, ours, false});
      return;
    }
    std::size_t at = split_visible(run.position);
    for (std::uint32_t rest = run.length; rest > 0; ++at) {
      WEFT_ASSERT(at < segments_.size(), "an effect lies inside of the text");
      if (!segments_[at].visible) {
        continue;
      }
      if (segments_[at].length > rest) {
        split(at, rest);
      }
      segments_[at].visible = false;
      segments_[at].ours_erased = ours;
      rest -= segments_[at].length;
    }
  }

  [[nodiscard]] const std::vector<segment>& segments() const noexcept { return segments_; }

private:
  // Place of the segment before which visible position `position` begins.
  std::size_t split_visible(std::uint32_t position) {
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      if (position == 0) {
        return i;
      }
      if (!segments_[i].visible) {
        continue;
      }
      if (position < segments_[i].length) {
        split(i, position);
        return i + 1;
      }
      position -= segments_[i].length;
    }
    WEFT_ASSERT(position == 0, "an effect lies inside of the text");
    return segments_.size();
  }

  void split(std::size_t at, std::uint32_t keep) {
    segment right = segments_[at];
    segments_[at].length = keep;
    right.length -= keep;
    right.origin += keep;
    if (right.first != no_index) {
      right.first += keep;
    }
    segments_.insert(segments_.begin() + static_cast<std::ptrdiff_t>(at) + 1, right);
  }

  std::vector<segment> segments_;
};

// Where a scalar at `at`, or the gap that it left, stands after `run`.
void move_over(effect_log::place& at, const sequence_run& run) {
  if (run.kind == run_kind::insert) {
    // The gap of an erased scalar stays left of what is inserted there.
    if (run.position < at.position || (run.position == at.position && at.visible)) {
      at.position += run.length;
    }
  } else if (run.position + run.length <= at.position) {
    at.position -= run.length;
  } else if (run.position <= at.position) {
    at = {run.position, at.visible && run.position + run.length <= at.position};
  }
}

}  // namespace

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

local_index effect_log::element_at(std::uint32_t position) const {
  WEFT_ASSERT(position < length_, "an element asked about is in the text");
  local_index found = no_index;
  for_each_back(end(), [&](const sequence_run& run) {
    if (position < run.position) {
      return true;
    }
    if (run.kind != run_kind::insert) {
      position += run.length;
    } else if (position - run.position < run.length) {
      found = run.first + (position - run.position);
    } else {
      position -= run.length;
    }
    return found == no_index;
  });
  WEFT_ASSERT(found != no_index, "every scalar was inserted by an operation");
  return found;
}

std::optional<effect_log::place> effect_log::find(local_index element) const {
  std::optional<place> found;
  bool first = true;
  for_each_in({element, std::max(element, end())}, [&](const sequence_run& run) {
    if (first) {
      first = false;
      if (run.first == element && run.kind == run_kind::insert) {
        found = place{run.position, true};
      }
    } else if (found) {
      move_over(*found, run);
    }
  });
  return found;
}

std::vector<index_range> effect_log::elements(local_index before, std::uint32_t position,
                                              std::uint32_t count) const {
  struct open {
    std::uint32_t position = 0;
    std::uint32_t length = 0;
    local_index found = no_index;
  };
  std::vector<open> parts{{position, count, no_index}};
  std::vector<open> next;
  for_each_back(before, [&](const sequence_run& run) {
    next.clear();
    bool open_left = false;
    for (const open& part : parts) {
      open_left = open_left || part.found == no_index;
      if (part.found != no_index || part.position + part.length <= run.position) {
        next.push_back(part);
        continue;
      }
      const std::uint32_t left = part.position < run.position ? run.position - part.position : 0;
      if (left > 0) {
        next.push_back({part.position, left, no_index});
      }
      const std::uint32_t from = part.position + left;
      const std::uint32_t rest = part.length - left;
      if (run.kind != run_kind::insert) {
        next.push_back({from + run.length, rest, no_index});
        continue;
      }
      const std::uint32_t run_end = run.position + run.length;
      const std::uint32_t inside = from < run_end ? std::min(rest, run_end - from) : 0;
      if (inside > 0) {
        next.push_back({0, inside, run.first + (from - run.position)});
      }
      if (inside < rest) {
        next.push_back({from + inside - run.length, rest - inside, no_index});
      }
    }
    parts.swap(next);
    return open_left;
  });
  std::vector<index_range> out;
  for (const open& part : parts) {
    WEFT_ASSERT(part.found != no_index, "every scalar was inserted by an operation");
    if (!out.empty() && out.back().end == part.found) {
      out.back().end += part.length;
    } else {
      out.push_back({part.found, part.found + part.length});
    }
  }
  return out;
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
  std::vector<reversal> out;
  std::uint32_t position = 0;
  for (const segment& s : text.segments()) {
    if (s.visible && s.ours_inserted) {
      if (!out.empty() && out.back().text.empty() && out.back().position == position) {
        out.back().erased += s.length;
      } else {
        out.push_back({position, s.length, {}});
      }
    } else if (s.visible) {
      position += s.length;
    } else if (s.ours_erased && !s.ours_inserted) {
      std::vector<index_range> back;
      if (s.first != no_index) {
        back.push_back({s.first, s.first + s.length});
      } else {
        back = elements(start, s.origin, s.length);
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
}

}  // namespace weft::crdt
