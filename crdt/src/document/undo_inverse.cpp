// SPDX-License-Identifier: MIT
// The ranges of a step end at the present, so they hold later steps together with the operations
// that undid them. Taken as a whole their inverse is right but wasteful: it removes what a later
// undo brought back and brings back what it stands for. So elements that go (X) are matched with
// elements that come (Y) by their roots, in document order, and stay where they are. An element of
// Y that was brought back before, and is not among X, was erased by somebody else since: it stays
// away.
#include "document/undo_inverse.hpp"

#include "content/effect_log.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace weft::crdt {

void revivals::add(local_index first, local_index element, std::uint32_t length) {
  for (std::uint32_t i = 0; i < length; ++i) {
    const local_index root = root_of(element + i);
    if (!runs_.empty() && runs_.back().first + runs_.back().length == first + i &&
        runs_.back().root + runs_.back().length == root) {
      ++runs_.back().length;
    } else {
      runs_.push_back({first + i, root, 1});
    }
  }
}

local_index revivals::root_of(local_index element) const {
  const auto after = std::partition_point(runs_.begin(), runs_.end(),
                                          [&](const run& r) { return r.first <= element; });
  if (after == runs_.begin()) {
    return element;
  }
  const run& r = *std::prev(after);
  return element - r.first < r.length ? r.root + (element - r.first) : element;
}

namespace {

struct going {  // a visible scalar that the plain inverse removes
  std::uint32_t position = 0;
  local_index root = 0;
  bool stays = false;
};

struct coming {           // an element that the plain inverse brings back
  std::uint32_t gap = 0;  // in the present text
  local_index element = 0;
  local_index root = 0;
  std::uint32_t match = no_match;  // index of its counterpart among those going
  bool stays_away = false;

  static constexpr std::uint32_t no_match = 0xffff'ffffU;
};

struct inverse_parts {
  std::vector<going> x;
  std::vector<coming> y;
};

inverse_parts split(const effect_log& effects, std::span<const index_range> ranges,
                    const revivals& revived) {
  const std::vector<effect_log::reversal> reversals = effects.inverse(ranges);
  // Positions of reversals count in the text as those before left it.
  std::vector<effect_log::stretch> places;  // of all reversals, in the present text
  std::vector<effect_log::stretch> erased;
  std::int64_t shift = 0;
  for (const effect_log::reversal& r : reversals) {
    places.push_back({static_cast<std::uint32_t>(r.position - shift), r.erased});
    if (r.erased != 0) {
      erased.push_back(places.back());
    }
    for (const index_range& range : r.text) {
      shift += range.length();
    }
    shift -= r.erased;
  }
  inverse_parts out;
  const std::vector<index_range> names = effects.elements(effects.end(), erased);
  auto name = names.begin();
  for (std::size_t i = 0; i < reversals.size(); ++i) {
    const std::uint32_t end = places[i].position + places[i].length;
    for (std::uint32_t position = places[i].position; position < end; ++name) {
      for (local_index e = name->first; e < name->end; ++e) {
        out.x.push_back({position++, revived.root_of(e), false});
      }
    }
    for (const index_range& range : reversals[i].text) {
      for (local_index e = range.first; e < range.end; ++e) {
        out.y.push_back({places[i].position, e, revived.root_of(e), coming::no_match, false});
      }
    }
  }
  return out;
}

// Longest set of pairs with equal roots that keeps the order of both lists (patience sorting).
void match(inverse_parts& parts) {
  std::unordered_map<local_index, std::uint32_t> place;
  for (std::uint32_t i = 0; i < parts.x.size(); ++i) {
    place.emplace(parts.x[i].root, i);
  }
  struct candidate {
    std::uint32_t x;
    std::uint32_t y;
    std::size_t before;  // 1 + index of the candidate below it
  };
  std::vector<candidate> candidates;
  std::vector<std::size_t> tails;  // candidate that ends the best chain of each length
  for (std::uint32_t j = 0; j < parts.y.size(); ++j) {
    const auto found = place.find(parts.y[j].root);
    if (found == place.end()) {
      continue;
    }
    const auto tail = std::partition_point(
        tails.begin(), tails.end(), [&](std::size_t t) { return candidates[t].x < found->second; });
    const std::size_t before = tail == tails.begin() ? 0 : *std::prev(tail) + 1;
    candidates.push_back({found->second, j, before});
    if (tail == tails.end()) {
      tails.push_back(candidates.size() - 1);
    } else {
      *tail = candidates.size() - 1;
    }
  }
  for (std::size_t c = tails.empty() ? 0 : tails.back() + 1; c != 0; c = candidates[c - 1].before) {
    parts.x[candidates[c - 1].x].stays = true;
    parts.y[candidates[c - 1].y].match = candidates[c - 1].x;
  }
}

void keep_away(inverse_parts& parts, local_index since, const revivals& revived) {
  std::unordered_map<local_index, local_index> newest;  // root -> its last return
  for (const revivals::run& run : revived.runs()) {
    for (std::uint32_t i = 0; i < run.length && run.first + run.length > since; ++i) {
      newest[run.root + i] = run.first + i;
    }
  }
  std::unordered_map<local_index, bool> visible;
  for (const going& x : parts.x) {
    visible[x.root] = true;
  }
  for (coming& y : parts.y) {
    const auto last = newest.find(y.root);
    y.stays_away = last != newest.end() && last->second > y.element && !visible.contains(y.root);
  }
}

// Places what comes between those that stay, without leaving its gap further than needed.
void settle_gaps(inverse_parts& parts) {
  std::uint32_t low = 0;
  for (coming& y : parts.y) {
    y.gap = std::max(y.gap, low);
    if (y.match != coming::no_match) {
      low = parts.x[y.match].position + 1;
    }
  }
  std::uint32_t high = 0xffff'ffffU;
  for (auto y = parts.y.rbegin(); y != parts.y.rend(); ++y) {
    y->gap = std::min(y->gap, high);
    if (y->match != coming::no_match) {
      high = parts.x[y->match].position;
    }
  }
}

class patch_writer {
public:
  explicit patch_writer(const text_state& text) : text_(text) {}

  void erase(std::uint32_t position) {
    undo_patch& p = patch_at(position);
    ++p.erased;
    ++end_;
  }
  void insert(std::uint32_t gap, local_index element) {
    undo_patch& p = patch_at(gap);
    if (!p.elements.empty() && p.elements.back().end == element) {
      ++p.elements.back().end;
    } else {
      p.elements.push_back({element, element + 1});
    }
    ++inserted_;
  }
  std::vector<undo_patch> take() {
    for (undo_patch& p : patches_) {
      for (const index_range range : p.elements) {
        text_.for_each_run(
            range, [&](const sequence_run&, std::string_view inserted) { p.inserted += inserted; });
      }
    }
    return std::move(patches_);
  }

private:
  // The patch that reaches `position` of the present text, or a new one.
  undo_patch& patch_at(std::uint32_t position) {
    if (patches_.empty() || position != end_) {
      shift_ += patches_.empty() ? 0 : std::int64_t{inserted_} - patches_.back().erased;
      inserted_ = 0;
      end_ = position;
      undo_patch& p = patches_.emplace_back();
      p.position = static_cast<std::uint32_t>(position + shift_);
    }
    return patches_.back();
  }

  const text_state& text_;
  std::vector<undo_patch> patches_;
  std::uint32_t end_ = 0;       // of the last patch, in the present text
  std::uint32_t inserted_ = 0;  // by the last patch
  std::int64_t shift_ = 0;      // what the patches before it did to positions
};

}  // namespace

std::vector<undo_patch> undo_patches(const text_state& text, std::span<const index_range> ranges,
                                     const revivals& revived) {
  if (ranges.empty()) {
    return {};
  }
  inverse_parts parts = split(text.effects(), ranges, revived);
  match(parts);
  keep_away(parts, ranges.front().first, revived);
  settle_gaps(parts);
  patch_writer out(text);
  std::size_t i = 0;
  for (const coming& y : parts.y) {
    if (y.match != coming::no_match || y.stays_away) {
      continue;
    }
    for (; i < parts.x.size() && parts.x[i].position < y.gap; ++i) {
      if (!parts.x[i].stays) {
        out.erase(parts.x[i].position);
      }
    }
    out.insert(y.gap, y.element);
  }
  for (; i < parts.x.size(); ++i) {
    if (!parts.x[i].stays) {
      out.erase(parts.x[i].position);
    }
  }
  return out.take();
}

}  // namespace weft::crdt
