// SPDX-License-Identifier: MIT
// Questions about versions. All walks go down from the greatest index, one entry per step.
#include "history/causal_graph.hpp"
#include "weft/crdt/assert.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <unordered_map>

namespace weft::crdt {
namespace {

// The walkers of one walk. While they are a handful, as mostly, an ascending array, so the greatest
// is at the back; many stand in a heap, beside a table of their flags. Walkers that meet become
// one, flags joined.
class walker_queue {
public:
  struct walker {
    local_index at;
    std::uint32_t flags;
  };

  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return count_ + heap_.size(); }
  [[nodiscard]] local_index max() const {
    return heap_.empty() ? few_[count_ - 1].at : heap_.front();
  }
  walker pop() {
    if (heap_.empty()) {
      return few_[--count_];
    }
    std::pop_heap(heap_.begin(), heap_.end());
    const auto found = flags_.find(heap_.back());
    const walker out{heap_.back(), found->second};
    flags_.erase(found);
    heap_.pop_back();
    return out;
  }

  /// Returns the walker's flags before and after; before is 0 if it is new.
  std::pair<std::uint32_t, std::uint32_t> push(local_index at, std::uint32_t flags) {
    if (!heap_.empty()) {
      return push_on_heap(at, flags);
    }
    std::size_t i = count_;
    while (i > 0 && few_[i - 1].at > at) {
      --i;
    }
    if (i > 0 && few_[i - 1].at == at) {
      const std::uint32_t before = few_[i - 1].flags;
      few_[i - 1].flags |= flags;
      return {before, few_[i - 1].flags};
    }
    if (count_ == few_.size()) {
      for (const walker& w : few_) {
        push_on_heap(w.at, w.flags);
      }
      count_ = 0;
      return push_on_heap(at, flags);
    }
    for (std::size_t k = count_; k > i; --k) {
      few_[k] = few_[k - 1];
    }
    few_[i] = {at, flags};
    ++count_;
    return {0, flags};
  }

private:
  std::pair<std::uint32_t, std::uint32_t> push_on_heap(local_index at, std::uint32_t flags) {
    const auto [place, is_new] = flags_.try_emplace(at, 0);
    const std::uint32_t before = place->second;
    place->second |= flags;
    if (is_new) {
      heap_.push_back(at);
      std::push_heap(heap_.begin(), heap_.end());
    }
    return {before, place->second};
  }

  std::array<walker, 48> few_;  // either these or the heap
  std::size_t count_ = 0;
  std::vector<local_index> heap_;
  std::unordered_map<local_index, std::uint32_t> flags_;
};

// With more, `diff` has one for each replica.
#ifdef WEFT_DEEP_CHECKS
constexpr std::size_t most_walkers = 3;
#else
constexpr std::size_t most_walkers = 32;
#endif

constexpr std::uint32_t in_a = 1;
constexpr std::uint32_t in_b = 2;
constexpr std::uint32_t in_both = 3;

// The walkers of a `diff` between versions that many replicas wrote: one for each replica. What a
// version has of a replica is a prefix (R2), so a walker knows how much of its replica is in each
// version, and goes down through the replica's own entries.
class replica_walkers {
public:
  struct walker {
    replica_index replica = 0;
    local_index in_first = 0;   // one past the last of its operations that version a has
    local_index in_second = 0;  // and b
    local_index next = 0;       // one past the operation to go on with; 0: it has come to the end

    [[nodiscard]] local_index common() const noexcept { return std::min(in_first, in_second); }
    [[nodiscard]] bool is_open() const noexcept { return next > common(); }
    [[nodiscard]] std::uint32_t flags_at(local_index i) const noexcept {
      return (in_first > i ? in_a : 0U) | (in_second > i ? in_b : 0U);
    }
  };

  /// Walkers that stand on what only one version has.
  [[nodiscard]] std::size_t open() const noexcept { return open_; }

  /// Operation `i` of `r` is in the versions. Pre: its entry has not been passed.
  void learn(replica_index r, local_index i, std::uint32_t flags) {
    const std::uint32_t place = place_of(r);
    walker& w = walkers_[place];
    open_ -= static_cast<std::size_t>(w.is_open());
    if ((flags & in_a) != 0) {
      w.in_first = std::max(w.in_first, i + 1);
    }
    if ((flags & in_b) != 0) {
      w.in_second = std::max(w.in_second, i + 1);
    }
    if (w.next <= i) {
      w.next = i + 1;
      line_up(place);
    }
    open_ += static_cast<std::size_t>(w.is_open());
  }

  /// The walker that stands highest leaves the line. Pre: one is open.
  walker& pop() {
    for (;;) {
      std::pop_heap(line_.begin(), line_.end());
      const std::uint64_t top = line_.back();
      line_.pop_back();
      walker& w = walkers_[static_cast<std::uint32_t>(top)];
      if (w.next == top >> 32U) {  // else it has been raised since
        return w;
      }
    }
  }
  /// It goes on below `next`.
  void move(walker& w, local_index next) {
    open_ -= static_cast<std::size_t>(w.is_open());
    w.next = next;
    open_ += static_cast<std::size_t>(w.is_open());
    if (next != 0) {
      line_up(static_cast<std::uint32_t>(&w - walkers_.data()));
    }
  }

private:
  void line_up(std::uint32_t place) {
    line_.push_back(std::uint64_t{walkers_[place].next} << 32U | place);
    std::push_heap(line_.begin(), line_.end());
  }
  // Linear probing in a table at most half full.
  [[nodiscard]] std::uint32_t* slot_of(replica_index r) {
    const std::uint32_t mixed = r * 0x9e37'79b1U;
    std::size_t slot = mixed & (table_.size() - 1);
    while (table_[slot] != 0 && walkers_[table_[slot] - 1].replica != r) {
      slot = (slot + 1) & (table_.size() - 1);
    }
    return &table_[slot];
  }
  std::uint32_t place_of(replica_index r) {
    std::uint32_t* slot = slot_of(r);
    if (*slot == 0) {
      walkers_.push_back({r, 0, 0, 0});
      *slot = static_cast<std::uint32_t>(walkers_.size());
      if (2 * walkers_.size() > table_.size()) {
        table_.assign(4 * table_.size(), 0);
        for (std::uint32_t i = 0; i < walkers_.size(); ++i) {
          *slot_of(walkers_[i].replica) = i + 1;
        }
      }
      return static_cast<std::uint32_t>(walkers_.size() - 1);
    }
    return *slot - 1;
  }

  std::vector<walker> walkers_;
  std::vector<std::uint32_t> table_ = std::vector<std::uint32_t>(256);  // places + 1; 0: empty
  std::vector<std::uint64_t> line_;                                     // a heap of next and place
  std::size_t open_ = 0;
};

}  // namespace

bool causal_graph::contains(std::span<const local_index> version, local_index i) const {
  bool above = false;
  for (const local_index f : version) {
    if (f == i) {
      return true;
    }
    above = above || f > i;
  }
  if (!above) {
    return false;
  }
  // With rows, each member tells at once; a walk is for what is older.
  const bool rows = i >= rows_from_;
  const entry_index holder = rows ? entry_of(i) : 0;
  const std::uint32_t column = rows ? replicas_[entries_[holder].replica].row_column : 0;
  const std::uint32_t counter = rows ? entries_[holder].counter + (i - entries_[holder].start) : 0;
  for (const local_index f : version) {
    if (f > i) {
      const entry_index e = entry_of(f);
      if (entries_[e].shadow <= i || (rows && rows_[e - rowless_][column] > counter)) {
        return true;
      }
    }
  }
  if (rows) {
    return false;
  }
  walker_queue queue;
  for (const local_index f : version) {
    if (f > i) {
      queue.push(f, in_a);
    }
  }
  auto e = static_cast<entry_index>(entries_.size() - 1);
  while (!queue.empty()) {
    e = entry_below(queue.pop().at, e);
    if (entries_[e].shadow <= i) {
      return true;
    }
    while (!queue.empty() && queue.max() >= entries_[e].start) {
      queue.pop();
    }
    for (const local_index p : entry_parents(e)) {
      if (p == i) {
        return true;
      }
      if (p > i) {
        queue.push(p, in_a);
      }
    }
  }
  return false;
}

// The two lists that `diff` fills, from above.
struct causal_graph::diff_lists {
  std::vector<index_range>& only_a;
  std::vector<index_range>& only_b;

  void add(local_index first, local_index last, std::uint32_t flags) {
    if (flags == in_both) {
      return;
    }
    auto& out = flags == in_a ? only_a : only_b;
    if (!out.empty() && out.back().first == last + 1) {
      out.back().first = first;
    } else {
      out.push_back({first, last + 1});
    }
  }
  void clear() {
    only_a.clear();
    only_b.clear();
  }
};

void causal_graph::diff(std::span<const local_index> a, std::span<const local_index> b,
                        std::vector<index_range>& only_a, std::vector<index_range>& only_b) const {
  diff_lists out{only_a, only_b};
  out.clear();
  if (a.size() + b.size() > most_walkers || !diff_by_entries(a, b, out)) {
    out.clear();
    diff_by_replicas(a, b, out);
  }
}

// A walker for each open end. False: there are too many.
bool causal_graph::diff_by_entries(std::span<const local_index> a, std::span<const local_index> b,
                                   diff_lists& out) const {
  walker_queue queue;
  std::size_t both = 0;
  const auto push = [&](local_index at, std::uint32_t flags) {
    const auto [before, now] = queue.push(at, flags);
    both += static_cast<std::size_t>(now == in_both && before != in_both);
  };
  const auto pop = [&] {
    const auto walker = queue.pop();
    both -= static_cast<std::size_t>(walker.flags == in_both);
    return walker;
  };
  for (const local_index i : a) {
    push(i, in_a);
  }
  for (const local_index i : b) {
    push(i, in_b);
  }
  auto e = static_cast<entry_index>(entries_.empty() ? 0 : entries_.size() - 1);
  while (queue.size() > both) {
    auto [at, flags] = pop();
    e = entry_below(at, e);
    while (!queue.empty() && queue.max() >= entries_[e].start) {
      const auto other = pop();
      if ((flags | other.flags) != flags) {
        out.add(other.at + 1, at, flags);
        at = other.at;
        flags |= other.flags;
      }
    }
    out.add(entries_[e].start, at, flags);
    if (queue.size() + entry_parents(e).size() > most_walkers) {
      return false;
    }
    for (const local_index p : entry_parents(e)) {
      push(p, flags);
    }
  }
  return true;
}

// A walker for each replica: a replica's operations follow each other.
void causal_graph::diff_by_replicas(std::span<const local_index> a, std::span<const local_index> b,
                                    diff_lists& out) const {
  replica_walkers walkers;
  const auto learn = [&](local_index i, std::uint32_t flags) {
    walkers.learn(entries_[entry_of(i)].replica, i, flags);
  };
  for (const local_index i : a) {
    learn(i, in_a);
  }
  for (const local_index i : b) {
    learn(i, in_b);
  }
  while (walkers.open() > 0) {
    auto& w = walkers.pop();
    const entry_index e = entry_of(w.next - 1);
    const local_index first = std::max(entries_[e].start, w.common());
    if (first < w.next) {
      out.add(first, w.next - 1, w.flags_at(w.next - 1));
    }
    const std::uint32_t flags = w.flags_at(entries_[e].start);
    const std::span<const entry_index> own = replicas_[w.replica].entries.all();
    const auto here = std::lower_bound(own.begin(), own.end(), e);
    walkers.move(w, here == own.begin() ? 0 : entry_end(*std::prev(here)));
    for (const local_index p : entry_parents(e)) {
      learn(p, flags);
    }
  }
}

local_frontier causal_graph::dominators(std::span<const local_index> set) const {
  if (set.size() <= 1) {
    return {set.begin(), set.end()};
  }
  constexpr std::uint32_t member = 1;
  constexpr std::uint32_t reached = 2;
  walker_queue queue;
  std::size_t open = 0;  // members that no walker has reached yet
  const auto push = [&](local_index at, std::uint32_t flags) {
    const auto [before, now] = queue.push(at, flags);
    open += static_cast<std::size_t>(now == member) - static_cast<std::size_t>(before == member);
  };
  for (const local_index i : set) {
    push(i, member);
  }
  const local_index least = *std::min_element(set.begin(), set.end());
  local_frontier out;
  auto e = static_cast<entry_index>(entries_.size() - 1);
  while (open > 0) {
    const auto top = queue.pop();
    if (top.flags == member) {
      out.push_back(top.at);
      --open;
    }
    e = entry_below(top.at, e);
    while (!queue.empty() && queue.max() >= entries_[e].start) {
      open -= static_cast<std::size_t>(queue.pop().flags == member);
    }
    for (const local_index p : entry_parents(e)) {
      if (p >= least) {
        push(p, reached);
      }
    }
  }
  std::reverse(out.begin(), out.end());
  return out;
}

void causal_graph::advance(local_frontier& version, std::span<const local_index> parents,
                           local_index last) {
  if (version.size() == 1 && parents.size() == 1 && version[0] == parents[0]) {
    version[0] = last;
    return;
  }
  std::erase_if(version, [&](local_index i) {
    return std::binary_search(parents.begin(), parents.end(), i);
  });
  version.insert(std::upper_bound(version.begin(), version.end(), last), last);
}

result<void> causal_graph::check_parents(replica_index r,
                                         std::span<const local_index> parents) const {
  std::vector<place> places;
  for (const local_index p : parents) {
    if (p >= size_) {
      return unexpected{errc::missing_parent, 0, "parent that does not exist"};
    }
    places.push_back({p, entry_of(p)});
  }
  return check_parents(r, places);
}

result<void> causal_graph::check_parents(replica_index r, std::span<const place> parents) const {
  for (std::size_t i = 1; i < parents.size(); ++i) {
    if (parents[i - 1].at >= parents[i].at) {
      return unexpected{errc::malformed, 0, "parents that are not sorted"};
    }
  }
  const replica_state& writer = replicas_[r];
  if (writer.count > 0) {
    const entry_index e = writer.entries.back();
    const place own{entries_[e].start + (writer.count - 1 - entries_[e].counter), e};
    // Mostly it is among them.
    bool behind = false;
    for (std::size_t i = 0; i < parents.size() && !behind; ++i) {
      behind = parents[i].at == own.at;
    }
    for (std::size_t i = 0; i < parents.size() && !behind; ++i) {
      behind = follows(parents[i], own);
    }
    if (!behind) {
      return unexpected{errc::malformed, 0, "operation that does not follow its replica's last"};
    }
  }
  if (!are_concurrent(parents)) {
    return unexpected{errc::malformed, 0, "parents that follow each other"};
  }
  return {};
}

// Pre: they ascend, so of two only the second can follow the other.
bool causal_graph::are_concurrent(std::span<const place> set) const {
  constexpr std::size_t few = 4;
  if (set.size() <= few) {
    for (std::size_t i = 1; i < set.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (follows(set[i], set[k])) {
          return false;
        }
      }
    }
    return true;
  }
  local_frontier all;
  all.reserve(set.size());
  for (const place& p : set) {
    all.push_back(p.at);
  }
  return dominators(all).size() == all.size();
}

local_index causal_graph::last_critical_below(std::span<const local_index> version) const {
  if (version.empty()) {
    return no_index;
  }
  return last_critical_before(*std::min_element(version.begin(), version.end()) + 1);
}

local_index causal_graph::last_critical_before(local_index i) const {
  const auto after =
      std::lower_bound(spine_.begin(), spine_.end(), i,
                       [](const index_range& range, local_index key) { return range.first < key; });
  if (after == spine_.begin()) {
    return no_index;
  }
  return std::min((after - 1)->end, i) - 1;
}

local_index causal_graph::critical_end_from(local_index i) const {
  const auto holder =
      std::upper_bound(spine_.begin(), spine_.end(), i,
                       [](local_index key, const index_range& range) { return key < range.end; });
  return holder == spine_.end() ? size_ : std::max(holder->first, i) + 1;
}

version_vector causal_graph::to_version_vector(std::span<const local_index> version) const {
  std::vector<std::uint32_t> counts;
  counts.reserve(replicas_.size());
  for (const replica_state& writer : replicas_) {
    counts.push_back(writer.count);
  }
  std::vector<index_range> missing;
  std::vector<index_range> extra;
  diff(tip_, version, missing, extra);
  for (const index_range range : missing) {
    // By R2 what is missing of a replica is a suffix.
    for_each_entry(range, [&](const entry_view& e) {
      counts[e.replica] = std::min(counts[e.replica], e.counter);
    });
  }
  version_vector out;
  for (replica_index r = 0; r < counts.size(); ++r) {
    out.include(ids_[r], counts[r]);
  }
  return out;
}

const version_vector& causal_graph::tip_version() const {
  for (const replica_index r : unlisted_) {
    tip_version_.include(ids_[r], replicas_[r].count);
    replicas_[r].listed = true;
  }
  unlisted_.clear();
  return tip_version_;
}

void causal_graph::missing_in(const version_vector& known, std::vector<index_range>& out) const {
  out.clear();
  for (replica_index r = 0; r < replicas_.size(); ++r) {
    const replica_state& writer = replicas_[r];
    const std::uint32_t have = known.count(ids_[r]);
    const std::span<const entry_index> own = writer.entries.all();
    for (std::size_t i = own.size(); i-- > 0;) {
      const entry_index e = own[i];
      const std::uint32_t length = entry_end(e) - entries_[e].start;
      if (entries_[e].counter + length <= have) {
        break;
      }
      const std::uint32_t skip = have > entries_[e].counter ? have - entries_[e].counter : 0;
      out.push_back({entries_[e].start + skip, entry_end(e)});
    }
  }
  std::sort(out.begin(), out.end(),
            [](const index_range& x, const index_range& y) { return x.first < y.first; });
  std::size_t kept = 0;
  for (const index_range range : out) {
    if (kept > 0 && out[kept - 1].end == range.first) {
      out[kept - 1].end = range.end;
    } else {
      out[kept++] = range;
    }
  }
  out.resize(kept);
}

void causal_graph::check_invariants() const {
  std::vector<std::uint32_t> counts(replicas_.size(), 0);
  local_index at = 0;
  local_frontier tip;
  for (entry_index e = 0; e < entries_.size(); ++e) {
    WEFT_ASSERT(entries_[e].start == at && entry_end(e) > at,
                "entries cover all indexes without gaps");
    const auto parents = entry_parents(e);
    const replica_index r = entries_[e].replica;
    WEFT_ASSERT(entries_[e].counter == counts[r], "R1: counters of a replica have no gaps");
    std::uint32_t lamport = 0;
    for (const local_index p : parents) {
      WEFT_ASSERT(p < at, "R3: parents are smaller");
      const entry_index q = entry_of(p);
      lamport = std::max(lamport, entries_[q].lamport + (p - entries_[q].start));
    }
    WEFT_ASSERT(std::is_sorted(parents.begin(), parents.end()), "R4: parents are sorted");
    WEFT_ASSERT(entries_[e].lamport == lamport + 1,
                "lamport is one more than the parents' greatest");
    WEFT_ASSERT(entries_[e].shadow <= at, "a shadow lies before its entry");
    WEFT_ASSERT(entry_of(at) == e && entry_of(entry_end(e) - 1) == e, "entries find themselves");
    advance(tip, parents, entry_end(e) - 1);
    counts[r] += entry_end(e) - at;
    at = entry_end(e);
  }
  WEFT_ASSERT(at == size_, "the size is the end of the last entry");
  WEFT_ASSERT(tip == tip_.to_vector(), "the tip is what no operation follows");
  for (std::size_t i = 0; i < spine_.size(); ++i) {
    WEFT_ASSERT(!spine_[i].empty() && spine_[i].end <= size_, "spine ranges are inside the graph");
    WEFT_ASSERT(i == 0 || spine_[i - 1].end < spine_[i].first, "spine ranges ascend with gaps");
  }
  for (std::size_t r = 0; r < replicas_.size(); ++r) {
    WEFT_ASSERT(counts[r] == replicas_[r].count, "counts agree with the entries");
  }
  WEFT_ASSERT(ids_.size() == replicas_.size(), "each replica has an id");
  ids_.check_invariants();
}

}  // namespace weft::crdt
