// SPDX-License-Identifier: MIT
// The ranges of a step end at the present, so they hold later steps together with the operations
// that undid them. Taken as a whole their inverse is right but wasteful: it removes what a later
// undo brought back and brings back what it stands for. So elements that go (X) are matched with
// elements that come (Y) by their roots, in document order, and stay where they are. An element of
// Y that was brought back before, and is not among X, was erased by somebody else since: it stays
// away.
#include "document/undo_inverse.hpp"

#include "content/effect_log.hpp"

#include <queue>

#include <algorithm>
#include <utility>

namespace weft::crdt {

// The greatest place of a run that begins at `element` or before it; runs_.end(): there is none.
std::vector<revivals::run>::const_iterator revivals::run_at(local_index element) const {
  const auto after = std::partition_point(runs_.begin(), runs_.end(),
                                          [&](const run& r) { return r.first <= element; });
  return after == runs_.begin() ? runs_.end() : std::prev(after);
}

void revivals::add(local_index first, local_index element, std::uint32_t length) {
  for_each_root({element, element + length}, [&](local_index, local_index root, std::uint32_t n) {
    fresh_.push_back({first, root, n});
    first += n;
  });
  for (const run& r : fresh_) {
    if (!runs_.empty() && runs_.back().first + runs_.back().length == r.first &&
        runs_.back().root + runs_.back().length == r.root) {
      runs_.back().length += r.length;
    } else {
      runs_.push_back(r);
    }
  }
  fresh_.clear();
}

namespace {

constexpr std::uint32_t nobody = 0xffff'ffffU;

// Visible scalars that the plain inverse removes. Counted through in text order, each has a
// *number*.
struct going {
  std::uint32_t number = 0;  // of the first
  std::uint32_t position = 0;
  local_index root = 0;
  std::uint32_t length = 0;
};

// Elements that the plain inverse brings back.
struct coming {
  std::uint32_t gap = 0;  // in the present text
  local_index element = 0;
  local_index root = 0;
  std::uint32_t length = 0;
  std::uint32_t number = nobody;  // of those going with the same roots
  bool stays = false;             // as they do
  bool stays_away = false;
};

struct inverse_parts {
  std::vector<going> x;
  std::vector<coming> y;
  std::uint32_t x_length = 0;

  [[nodiscard]] std::uint32_t position_of(std::uint32_t number) const {
    const auto after = std::partition_point(x.begin(), x.end(),
                                            [&](const going& g) { return g.number <= number; });
    const going& g = *std::prev(after);
    return g.position + (number - g.number);
  }
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
      revived.for_each_root(*name, [&](local_index, local_index root, std::uint32_t n) {
        out.x.push_back({out.x_length, position, root, n});
        out.x_length += n;
        position += n;
      });
    }
    for (const index_range& range : reversals[i].text) {
      revived.for_each_root(range, [&](local_index e, local_index root, std::uint32_t n) {
        out.y.push_back({places[i].position, e, root, n, nobody, false, false});
      });
    }
  }
  return out;
}

// A map from roots to something that grows with them; runs ascend and do not overlap.
struct root_run {
  local_index root = 0;
  std::uint32_t length = 0;
  std::uint32_t value = 0;  // of the first root
};

std::vector<root_run> roots_of(const std::vector<going>& x) {
  std::vector<root_run> out;
  out.reserve(x.size());
  for (const going& g : x) {
    out.push_back({g.root, g.length, g.number});
  }
  std::sort(out.begin(), out.end(), [](const root_run& a, const root_run& b) {
    return a.root != b.root ? a.root < b.root : a.value < b.value;
  });
  // Of those with equal roots one will do.
  local_index end = 0;
  std::size_t kept = 0;
  for (root_run r : out) {
    const std::uint32_t skip = r.root < end ? std::min(end - r.root, r.length) : 0;
    if (skip < r.length) {
      out[kept++] = {r.root + skip, r.length - skip, r.value + skip};
      end = r.root + r.length;
    }
  }
  out.resize(kept);
  return out;
}

// Cuts what comes where `map` begins and ends, and calls f(part, value); no value: `nobody`.
template <class F>
void cut_along(const std::vector<root_run>& map, const coming& y, F&& f) {
  auto at = std::partition_point(map.begin(), map.end(),
                                 [&](const root_run& r) { return r.root + r.length <= y.root; });
  for (std::uint32_t done = 0; done < y.length;) {
    const local_index root = y.root + done;
    const std::uint32_t rest = y.length - done;
    const bool inside = at != map.end() && at->root <= root;
    const std::uint32_t n = inside            ? std::min(rest, at->root + at->length - root)
                            : at != map.end() ? std::min(rest, at->root - root)
                                              : rest;
    coming part = y;
    part.element += done;
    part.root = root;
    part.length = n;
    f(part, inside ? at->value + (root - at->root) : nobody);
    done += n;
    if (inside) {
      ++at;
    }
  }
}

// Finds for everything that comes its counterpart among those going.
void pair_up(inverse_parts& parts) {
  const std::vector<root_run> numbers = roots_of(parts.x);
  std::vector<coming> out;
  out.reserve(parts.y.size());
  for (const coming& y : parts.y) {
    cut_along(numbers, y, [&](coming part, std::uint32_t number) {
      part.number = number;
      out.push_back(part);
    });
  }
  parts.y = std::move(out);
}

// The heaviest chain of pairs that keeps the order of both lists, each pair as heavy as it is long.
void choose_stays(inverse_parts& parts) {
  struct link {
    std::uint64_t weight = 0;
    std::size_t last = 0;  // 1 + place of the pair that ends the chain; 0: it is empty
  };
  std::vector<std::uint32_t> ends;  // of pairs, in numbers
  for (const coming& y : parts.y) {
    if (y.number != nobody) {
      ends.push_back(y.number + y.length);
    }
  }
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  // A Fenwick tree over `ends`: the best chain among those that end there or before.
  std::vector<link> best(ends.size() + 1);
  std::vector<std::size_t> before(parts.y.size(), 0);
  const auto up_to = [&](std::uint32_t end) {
    return static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), end) - ends.begin());
  };
  link whole;
  for (std::size_t j = 0; j < parts.y.size(); ++j) {
    const coming& y = parts.y[j];
    if (y.number == nobody) {
      continue;
    }
    link chain;
    for (std::size_t i = up_to(y.number); i > 0; i &= i - 1) {
      chain = best[i].weight > chain.weight ? best[i] : chain;
    }
    before[j] = chain.last;
    chain = {chain.weight + y.length, j + 1};
    for (std::size_t i = up_to(y.number + y.length); i < best.size(); i += i & (~i + 1)) {
      best[i] = chain.weight > best[i].weight ? chain : best[i];
    }
    whole = chain.weight > whole.weight ? chain : whole;
  }
  for (std::size_t j = whole.last; j != 0; j = before[j - 1]) {
    parts.y[j - 1].stays = true;
  }
}

// The newest return of each root, of the returns that reach beyond `since`.
std::vector<root_run> newest_returns(const revivals& revived, local_index since) {
  std::vector<revivals::run> runs;
  for (auto r = revived.runs().rbegin(); r != revived.runs().rend() && r->first + r->length > since;
       ++r) {
    runs.push_back(*r);
  }
  std::sort(runs.begin(), runs.end(),
            [](const revivals::run& a, const revivals::run& b) { return a.root < b.root; });
  // Of the runs that lie over a root the one on top holds the newest return.
  const auto older = [](const revivals::run& a, const revivals::run& b) {
    return a.first < b.first;
  };
  std::priority_queue<revivals::run, std::vector<revivals::run>, decltype(older)> open(older);
  std::vector<root_run> out;
  local_index at = 0;
  for (auto next = runs.begin(); next != runs.end() || !open.empty();) {
    if (open.empty()) {
      at = std::max(at, next->root);
    }
    for (; next != runs.end() && next->root <= at; ++next) {
      open.push(*next);
    }
    const revivals::run& top = open.top();
    const local_index end = top.root + top.length;
    if (end <= at) {
      open.pop();
      continue;
    }
    const local_index stop = next != runs.end() ? std::min(end, next->root) : end;
    out.push_back({at, stop - at, top.first + (at - top.root)});
    at = stop;
  }
  return out;
}

void keep_away(inverse_parts& parts, local_index since, const revivals& revived) {
  const bool all_paired = std::all_of(parts.y.begin(), parts.y.end(),
                                      [](const coming& y) { return y.number != nobody; });
  if (all_paired) {
    return;
  }
  const std::vector<root_run> newest = newest_returns(revived, since);
  std::vector<coming> out;
  out.reserve(parts.y.size());
  for (const coming& y : parts.y) {
    if (y.number != nobody) {
      out.push_back(y);
      continue;
    }
    cut_along(newest, y, [&](coming part, std::uint32_t last) {
      part.stays_away = last != nobody && last > part.element;
      out.push_back(part);
    });
  }
  parts.y = std::move(out);
}

// Places what comes between those that stay, without leaving its gap further than needed.
void settle_gaps(inverse_parts& parts) {
  std::uint32_t low = 0;
  for (coming& y : parts.y) {
    y.gap = std::max(y.gap, low);
    if (y.stays) {
      low = parts.position_of(y.number + y.length - 1) + 1;
    }
  }
  std::uint32_t high = nobody;
  for (auto y = parts.y.rbegin(); y != parts.y.rend(); ++y) {
    y->gap = std::min(y->gap, high);
    if (y->stays) {
      high = parts.position_of(y->number);
    }
  }
}

class patch_writer {
public:
  explicit patch_writer(const text_state& text) : text_(text) {}

  void erase(std::uint32_t position, std::uint32_t length) {
    patch_at(position).erased += length;
    end_ += length;
  }
  void insert(const coming& y) {
    undo_patch& p = patch_at(y.gap);
    if (!p.elements.empty() && p.elements.back().end == y.element) {
      p.elements.back().end += y.length;
    } else {
      p.elements.push_back({y.element, y.element + y.length});
    }
    inserted_ += y.length;
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

// Erases those going that do not stay, in text order.
class eraser {
public:
  eraser(const inverse_parts& parts, patch_writer& out) : parts_(parts), out_(out) {}

  /// All before `position` of the present text.
  void go_to(std::uint32_t position) {
    while (x_ < parts_.x.size()) {
      const going& g = parts_.x[x_];
      if (g.position + used_ >= position) {
        return;
      }
      std::uint32_t n = std::min(g.length - used_, position - g.position - used_);
      const std::uint32_t number = g.number + used_;
      if (number == stay_end_) {
        find_stay();
      }
      if (number < stay_) {
        n = std::min(n, stay_ - number);
        out_.erase(g.position + used_, n);
      } else {
        n = std::min(n, stay_end_ - number);
      }
      used_ += n;
      if (used_ == g.length) {
        used_ = 0;
        ++x_;
      }
    }
  }

private:
  // The next ones that stay.
  void find_stay() {
    while (y_ < parts_.y.size() && !parts_.y[y_].stays) {
      ++y_;
    }
    stay_ = stay_end_ = nobody;
    if (y_ < parts_.y.size()) {
      stay_ = parts_.y[y_].number;
      stay_end_ = stay_ + parts_.y[y_].length;
      ++y_;
    }
  }

  const inverse_parts& parts_;
  patch_writer& out_;
  std::size_t x_ = 0;
  std::uint32_t used_ = 0;  // of it
  std::size_t y_ = 0;
  std::uint32_t stay_ = 0;  // numbers
  std::uint32_t stay_end_ = 0;
};

}  // namespace

std::vector<undo_patch> undo_patches(const text_state& text, std::span<const index_range> ranges,
                                     const revivals& revived) {
  if (ranges.empty()) {
    return {};
  }
  inverse_parts parts = split(text.effects(), ranges, revived);
  pair_up(parts);
  choose_stays(parts);
  keep_away(parts, ranges.front().first, revived);
  settle_gaps(parts);
  patch_writer out(text);
  eraser before(parts, out);
  for (const coming& y : parts.y) {
    if (!y.stays && !y.stays_away) {
      before.go_to(y.gap);
      out.insert(y);
    }
  }
  before.go_to(nobody);
  return out.take();
}

}  // namespace weft::crdt
