// SPDX-License-Identifier: MIT
#include "content/position_map.hpp"

#include "weft/crdt/assert.hpp"

#include <algorithm>
#include <utility>

namespace weft::crdt {

void position_map::add(kind what, std::uint32_t length, local_index inserted) {
  if (length == 0) {
    return;
  }
  bool joins = false;
  if (!segments_.empty()) {
    const std::size_t last = segments_.size() - 1;
    joins = kind_of(last) == what &&
            (what != kind::inserted ||
             segments_[last].inserted + (after_ - segments_[last].after) == inserted);
  }
  if (!joins) {
    segments_.push_back({before_, after_, inserted});
  }
  before_ += what == kind::inserted ? 0 : length;
  after_ += what == kind::erased ? 0 : length;
}

position_map::position_map(const sequence_run& run, std::uint32_t length) {
  const bool inserts = run.kind == run_kind::insert;
  const std::uint32_t rest = run.position + (inserts ? 0 : run.length);
  WEFT_ASSERT(rest <= length, "an effect lies inside of the text");
  segments_.reserve(3);
  add(kind::kept, run.position);
  if (inserts) {
    add(kind::inserted, run.length, run.first);
  } else {
    add(kind::erased, run.length);
  }
  add(kind::kept, length - rest);
}

position_map position_map::of(std::span<const sequence_run> runs, std::uint32_t length) {
  WEFT_ASSERT(!runs.empty(), "a stretch holds an effect");
  // Maps of 2^n runs, the longest first, as a binary counter.
  std::vector<std::pair<std::size_t, position_map>> done;
  for (const sequence_run& run : runs) {
    std::size_t size = 1;
    position_map map(run, length);
    length = map.after_;
    for (; !done.empty() && done.back().first == size; size *= 2) {
      map = compose(done.back().second, map);
      done.pop_back();
    }
    done.emplace_back(size, std::move(map));
  }
  position_map all = std::move(done.back().second);
  for (std::size_t i = done.size() - 1; i-- > 0;) {
    all = compose(done[i].second, all);
  }
  return all;
}

// Goes through the segments of a map along the text after it.
class position_map::reader {
public:
  explicit reader(const position_map& map) : map_(map) {}

  /// Tells `out` of what was erased right here.
  void pass_erased(position_map& out) {
    while (used_ == 0 && at_ < map_.size() && map_.kind_of(at_) == kind::erased) {
      out.add(kind::erased, map_.before_end(at_) - map_.segments_[at_].before);
      ++at_;
    }
  }
  /// Tells `out` of the next `length` scalars; `erased`: they go now.
  void pass(std::uint32_t length, bool erased, position_map& out) {
    while (length > 0) {
      pass_erased(out);
      const segment& s = map_.segments_[at_];
      const std::uint32_t held = map_.after_end(at_) - s.after - used_;
      const std::uint32_t n = std::min(length, held);
      if (s.inserted == no_index) {
        out.add(erased ? kind::erased : kind::kept, n);
      } else if (!erased) {
        out.add(kind::inserted, n, s.inserted + used_);
      }
      length -= n;
      used_ += n;
      if (n == held) {
        ++at_;
        used_ = 0;
      }
    }
  }

private:
  const position_map& map_;
  std::size_t at_ = 0;
  std::uint32_t used_ = 0;  // of that segment
};

position_map position_map::compose(const position_map& first, const position_map& second) {
  WEFT_ASSERT(first.after_ == second.before_, "one stretch goes on where the other ended");
  position_map out;
  out.segments_.reserve(first.size() + second.size() + 1);
  reader from(first);
  for (std::size_t i = 0; i < second.size(); ++i) {
    const segment& s = second.segments_[i];
    const kind what = second.kind_of(i);
    if (what == kind::inserted) {
      from.pass_erased(out);
      out.add(kind::inserted, second.after_end(i) - s.after, s.inserted);
    } else {
      from.pass(second.before_end(i) - s.before, what == kind::erased, out);
    }
  }
  from.pass_erased(out);
  return out;
}

position_map::origin position_map::back(std::uint32_t position, std::size_t& near) const {
  WEFT_ASSERT(position < after_ && near < segments_.size(), "a position is inside of the text");
  std::size_t from = segments_[near].after <= position ? near : 0;
  std::size_t to = from + 1;
  for (std::size_t step = 1; to < segments_.size() && segments_[to].after <= position; step *= 2) {
    from = to;
    to = std::min(to + step, segments_.size());
  }
  // Those that are empty after the stretch stand before the one that holds the position.
  const auto begin = segments_.begin();
  const auto next = std::upper_bound(
      begin + static_cast<std::ptrdiff_t>(from), begin + static_cast<std::ptrdiff_t>(to), position,
      [](std::uint32_t key, const segment& s) { return key < s.after; });
  const auto i = static_cast<std::size_t>(next - begin) - 1;
  near = i;
  const segment& s = segments_[i];
  const std::uint32_t skip = position - s.after;
  const std::uint32_t length = after_end(i) - position;
  if (s.inserted != no_index) {
    return {s.before, s.inserted + skip, length};
  }
  return {s.before + skip, no_index, length};
}

position_map::place position_map::forward(place at) const {
  // A gap stands right of the scalar left of it, whatever comes.
  const bool is_gap = !at.visible;
  if (is_gap && at.position == 0) {
    return at;
  }
  const std::uint32_t scalar = is_gap ? at.position - 1 : at.position;
  WEFT_ASSERT(scalar < before_, "a position is inside of the text");
  const auto next =
      std::upper_bound(segments_.begin(), segments_.end(), scalar,
                       [](std::uint32_t key, const segment& s) { return key < s.before; });
  const auto i = static_cast<std::size_t>(next - segments_.begin()) - 1;
  const segment& s = segments_[i];
  if (kind_of(i) == kind::erased) {
    return {s.after, false};
  }
  const std::uint32_t now = s.after + (scalar - s.before);
  return is_gap ? place{now + 1, false} : place{now, true};
}

}  // namespace weft::crdt
