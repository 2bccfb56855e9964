// SPDX-License-Identifier: MIT
// Where scalars come from and where they went: the runs near both ends of a question one by one,
// what lies between by position maps, the longest that fit.
#include "content/effect_log.hpp"
#include "weft/crdt/assert.hpp"

#include <algorithm>

namespace weft::crdt {
namespace {

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

// Scalars that are looked for: `position` as far back as the search has come, or found.
struct wanted {
  std::uint32_t position = 0;
  std::uint32_t length = 0;
  local_index found = no_index;
  bool starts = false;  // a stretch
};

class search {
public:
  explicit search(std::span<const effect_log::stretch> stretches) {
    for (const effect_log::stretch& s : stretches) {
      parts_.push_back({s.position, s.length, no_index, true});
    }
  }

  [[nodiscard]] bool is_open() const {
    return std::any_of(parts_.begin(), parts_.end(),
                       [](const wanted& w) { return w.found == no_index; });
  }
  [[nodiscard]] std::size_t size() const noexcept { return parts_.size(); }
  void back(const position_map& map) {
    next_.clear();
    std::size_t near = 0;  // what is looked for ascends, mostly
    for (wanted w : parts_) {
      if (w.found != no_index) {
        put(w);
        continue;
      }
      while (w.length > 0) {
        const position_map::origin from = map.back(w.position, near);
        const std::uint32_t n = std::min(w.length, from.length);
        put({from.position, n, from.inserted, w.starts});
        w.starts = false;
        w.position += n;
        w.length -= n;
      }
    }
    parts_.swap(next_);
  }
  [[nodiscard]] std::vector<index_range> take() const {
    std::vector<index_range> out;
    for (const wanted& w : parts_) {
      WEFT_ASSERT(w.found != no_index, "every scalar was inserted by an operation");
      out.push_back({w.found, w.found + w.length});
    }
    return out;
  }

private:
  void put(const wanted& w) {
    if (!next_.empty() && !w.starts) {
      wanted& last = next_.back();
      if (w.found == no_index ? last.found == no_index && last.position + last.length == w.position
                              : last.found != no_index && last.found + last.length == w.found) {
        last.length += w.length;
        return;
      }
    }
    next_.push_back(w);
  }

  std::vector<wanted> parts_;
  std::vector<wanted> next_;
};

}  // namespace

template <class F>
void effect_log::for_each_back(local_index before, std::size_t from, F&& f) const {
  std::size_t i = before == 0 ? 0 : piece_after(before - 1);
  i = std::min(i + 1, pieces_.size());
  while (i-- > from) {
    const piece& p = pieces_[i];
    if (p.first >= before) {
      continue;
    }
    const run_list& list = list_of(p);
    local_index to = std::min(p.end, before);
    for (std::size_t at = list.find(to - 1); to > p.first; --at) {
      const sequence_run run = list[at];
      const local_index start = std::max(run.first, p.first);
      if (!f(part_of(run, start, to - start))) {
        return;
      }
      to = start;
    }
  }
}

position_map effect_log::map_of(index_range operations, std::uint32_t length) const {
  std::vector<sequence_run> runs;
  for_each_in(operations, [&](const sequence_run& run) { runs.push_back(run); });
  return position_map::of(runs, length);
}

// The lowest maps are made from runs, the others once all that they consist of are there.
const position_map* effect_log::map_at(std::size_t level, std::size_t i) const {
  if (level < maps_.size() && i < maps_[level].size() && maps_[level][i]) {
    return maps_[level][i].get();
  }
  std::optional<position_map> made;
  if (level == 0) {
    const piece& first = pieces_[i * group];
    made = map_of({first.first, pieces_[(i + 1) * group - 1].end}, first.before);
  } else {
    const auto& parts = maps_[level - 1];
    const std::size_t from = i * group;
    if (parts.size() < from + group ||
        std::any_of(&parts[from], &parts[from] + group, [](const auto& part) { return !part; })) {
      return nullptr;
    }
    std::vector<position_map> half;
    for (std::size_t at = from; at < from + group; at += 2) {
      half.push_back(position_map::compose(*parts[at], *parts[at + 1]));
    }
    while (half.size() > 1) {
      for (std::size_t at = 0; at < half.size(); at += 2) {
        half[at / 2] = position_map::compose(half[at], half[at + 1]);
      }
      half.erase(half.begin() + static_cast<std::ptrdiff_t>(half.size() / 2), half.end());
    }
    made = std::move(half.front());
  }
  made->shrink();
  if (maps_.size() <= level) {
    maps_.resize(level + 1);
  }
  if (maps_[level].size() <= i) {
    maps_[level].resize(i + 1);
  }
  maps_[level][i] = std::make_unique<const position_map>(std::move(*made));
  return maps_[level][i].get();
}

void effect_log::build_maps(std::size_t before) const {
  for (std::size_t level = 0; level < levels && pieces_of(level) <= before; ++level) {
    for (std::size_t i = 0; i < before / pieces_of(level); ++i) {
      static_cast<void>(map_at(level, i));
    }
  }
}

const position_map* effect_log::map_from(std::size_t at, std::size_t& next) const {
  for (std::size_t level = std::min(maps_.size() + 1, levels); level-- > 0;) {
    const std::size_t i = at / pieces_of(level);
    if (at % pieces_of(level) == 0 && is_full(level, i)) {
      if (const position_map* map = map_at(level, i)) {
        next = at + pieces_of(level);
        return map;
      }
    }
  }
  return nullptr;
}

const position_map* effect_log::map_before(std::size_t at, std::size_t& next) const {
  for (std::size_t level = std::min(maps_.size() + 1, levels); at > 0 && level-- > 0;) {
    if (at % pieces_of(level) == 0 && is_full(level, at / pieces_of(level) - 1)) {
      if (const position_map* map = map_at(level, at / pieces_of(level) - 1)) {
        next = at - pieces_of(level);
        return map;
      }
    }
  }
  return nullptr;
}

local_index effect_log::element_at(std::uint32_t position) const {
  WEFT_ASSERT(position < length_, "an element asked about is in the text");
  local_index found = no_index;
  std::size_t at = mapless(pieces_.size() - 1);
  for_each_back(end(), at, [&](const sequence_run& run) {
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
  while (found == no_index) {
    const position_map* map = map_before(at, at);
    WEFT_ASSERT(map != nullptr, "every scalar was inserted by an operation");
    const position_map::origin from = map->back(position);
    found = from.inserted;
    position = from.position;
  }
  return found;
}

std::optional<effect_log::place> effect_log::find(local_index element) const {
  if (element >= end()) {
    return std::nullopt;
  }
  std::size_t at = mapless(piece_after(element)) + group;
  const bool reaches_end = at >= pieces_.size();
  const local_index stop = reaches_end ? end() : pieces_[at - 1].end;
  std::optional<place> found;
  bool first = true;
  for_each_in({element, stop}, [&](const sequence_run& run) {
    if (first) {
      first = false;
      if (run.first == element && run.kind == run_kind::insert) {
        found = place{run.position, true};
      }
    } else if (found) {
      move_over(*found, run);
    }
  });
  if (!found || reaches_end) {
    return found;
  }
  while (const position_map* map = map_from(at, at)) {
    *found = map->forward(*found);
  }
  for_each_in({pieces_[at].first, end()}, [&](const sequence_run& run) { move_over(*found, run); });
  return found;
}

std::vector<index_range> effect_log::elements(local_index before,
                                              std::span<const stretch> stretches) const {
  if (stretches.empty()) {
    return {};
  }
  WEFT_ASSERT(before != 0 && !pieces_.empty(), "a text that is not empty has a history");
  search parts(stretches);
  std::size_t at = piece_after(before - 1);
  at = mapless(std::min(at, pieces_.size() - 1));
  if (pieces_[at].first < before) {
    parts.back(map_of({pieces_[at].first, std::min(before, end())}, pieces_[at].before));
  }
  bool built = false;
  while (at > 0 && parts.is_open()) {
    if (!built && parts.size() > piece_runs) {  // many: not through each map of the lowest level
      build_maps(at);
      built = true;
    }
    const position_map* map = map_before(at, at);
    WEFT_ASSERT(map != nullptr, "all pieces before the last ones have maps");
    parts.back(*map);
  }
  return parts.take();
}

}  // namespace weft::crdt
