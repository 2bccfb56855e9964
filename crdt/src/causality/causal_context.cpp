// SPDX-License-Identifier: MIT
#include "weft/crdt/causality/causal_context.hpp"

#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/flat_merge.hpp"

#include <algorithm>
#include <iterator>
#include <span>

namespace weft::crdt {
namespace {

using interval_view = std::span<const counter_interval>;

// First interval that ends after `counter`: the only one that may hold it.
auto holder(interval_view list, std::uint32_t counter) noexcept {
  return std::partition_point(list.begin(), list.end(),
                              [=](const counter_interval& i) { return i.end <= counter; });
}

bool holds(interval_view list, std::uint32_t counter) noexcept {
  if (list.size() == 1) {
    return list[0].first <= counter && counter < list[0].end;
  }
  const auto at = holder(list, counter);
  return at != list.end() && at->first <= counter;
}

bool covers(interval_view list, const counter_interval& range) noexcept {
  const auto at = holder(list, range.first);
  return at != list.end() && at->first <= range.first && range.end <= at->end;
}

template <class Entries>
auto entry_at(Entries& entries, const replica_id& replica) noexcept {
  return std::partition_point(entries.begin(), entries.end(),
                              [&](const auto& e) { return e.first < replica; });
}

// Everything that overlaps or touches the range melts into it.
void add(few<counter_interval>& list, counter_interval range) {
  const interval_view all = list.view();
  if (!all.empty() && all.back().end == range.first) {  // the next dot of a replica
    const counter_interval longer{all.back().first, range.end};
    list.replace(all.size() - 1, 1, {&longer, 1});
    return;
  }
  const auto from = std::partition_point(
      all.begin(), all.end(), [&](const counter_interval& i) { return i.end < range.first; });
  auto to = from;
  while (to != all.end() && to->first <= range.end &&
         !(to->first == range.end && WEFT_DEFECT("causal_context.add.leaves_touching"))) {
    range.first = std::min(range.first, to->first);
    range.end = std::max(range.end, to->end);
    ++to;
  }
  list.replace(static_cast<std::size_t>(from - all.begin()), static_cast<std::size_t>(to - from),
               {&range, 1});
}

// Both ascending, neither overlapping in itself; returns whether `mine` grew.
bool unite(few<counter_interval>& mine, const few<counter_interval>& theirs) {
  const interval_view a = mine.view();
  const interval_view b = theirs.view();
  if (b.size() <= 4) {
    bool grew = false;
    for (const counter_interval& range : b) {
      if (!covers(mine.view(), range)) {
        add(mine, range);
        grew = true;
      }
    }
    return grew;
  }
  std::vector<counter_interval> all;
  all.reserve(a.size() + b.size());
  std::merge(
      a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all),
      [](const counter_interval& x, const counter_interval& y) { return x.first < y.first; });
  std::size_t kept = 0;
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (all[i].first <= all[kept].end) {
      all[kept].end = std::max(all[kept].end, all[i].end);
    } else {
      all[++kept] = all[i];
    }
  }
  all.resize(kept + 1);
  few<counter_interval> joined(all);
  if (joined == mine) {
    return false;
  }
  mine = std::move(joined);
  return true;
}

// What of `a` is not in `b`.
std::vector<counter_interval> rest_of(interval_view a, interval_view b) {
  std::vector<counter_interval> rest;
  auto at = b.begin();
  for (counter_interval range : a) {
    while (at != b.end() && at->end <= range.first) {
      ++at;
    }
    for (; at != b.end() && at->first < range.end && range.first < range.end; ++at) {
      if (range.first < at->first) {
        rest.push_back({range.first, at->first});
      }
      range.first = std::max(range.first, at->end);
      if (range.first >= range.end) {
        break;  // this one may reach into the next range
      }
    }
    if (range.first < range.end) {
      rest.push_back(range);
    }
  }
  return rest;
}

}  // namespace

const causal_context::entry* causal_context::find(const replica_id& replica) const noexcept {
  const auto at = entry_at(entries_, replica);
  return at == entries_.end() || at->first != replica ? nullptr : &*at;
}

causal_context causal_context::of(std::vector<dot> dots) {
  std::sort(dots.begin(), dots.end());
  causal_context context;
  for (std::size_t i = 0; i < dots.size();) {
    const replica_id& replica = dots[i].replica;
    std::vector<counter_interval> list;
    for (; i < dots.size() && dots[i].replica == replica; ++i) {
      const std::uint32_t counter = dots[i].counter;
      if (list.empty() || list.back().end < counter) {
        list.push_back({counter, counter + 1});
      } else {
        list.back().end = counter + 1;
      }
    }
    context.entries_.emplace_back(replica, few<counter_interval>(list));
  }
  return context;
}

bool causal_context::contains(const dot& d) const noexcept {
  const entry* const found = find(d.replica);
  return found != nullptr && holds(found->second.view(), d.counter);
}

bool dot_probe::contains(const dot& d) const noexcept {
  const auto& entries = context_->intervals();
  if (last_ == nullptr || last_->first != d.replica) {
    const auto at = entry_at(entries, d.replica);
    if (at == entries.end() || at->first != d.replica) {
      return false;
    }
    last_ = &*at;
  }
  return holds(last_->second.view(), d.counter);
}

result<dot> causal_context::next(const replica_id& replica) const {
  const entry* const found = find(replica);
  std::uint32_t counter = found == nullptr ? 0 : found->second.back().end;
  if (found != nullptr && WEFT_DEFECT("causal_context.next.ignores_cloud")) {
    counter = found->second.front().end;
  }
  if (counter >= max_op_count) {
    return unexpected(errc::overflow, 0, "dots of one replica");
  }
  return dot{replica, counter};
}

std::uint64_t causal_context::size() const noexcept {
  std::uint64_t dots = 0;
  for (const auto& [replica, list] : entries_) {
    for (const counter_interval& range : list) {
      dots += range.end - range.first;
    }
  }
  return dots;
}

void causal_context::insert(const replica_id& replica, counter_interval range) {
  WEFT_ASSERT(range.first < range.end, "an interval of dots is not empty");
  WEFT_ASSERT(range.end <= max_op_count + 1, "a replica has fewer than 2^31 dots");
  auto at = entry_at(entries_, replica);
  if (at == entries_.end() || at->first != replica) {
    at = entries_.insert(at, {replica, {}});
  }
  add(at->second, range);
}

bool causal_context::merge(const causal_context& other) {
  return detail::flat_merge(
      entries_, other.entries_, [](const entry& e) -> const replica_id& { return e.first; },
      [](entry& mine, const entry& theirs) { return unite(mine.second, theirs.second); });
}

bool leq(const causal_context& a, const causal_context& b) noexcept {
  return std::all_of(a.entries_.begin(), a.entries_.end(), [&](const auto& mine) {
    const auto* const theirs = b.find(mine.first);
    return theirs != nullptr &&
           std::all_of(mine.second.begin(), mine.second.end(), [&](const counter_interval& range) {
             return covers(theirs->second.view(), range);
           });
  });
}

causal_context minus(const causal_context& a, const causal_context& b) {
  causal_context rest;
  for (const auto& [replica, list] : a.entries_) {
    const auto* const theirs = b.find(replica);
    auto left = rest_of(list.view(), theirs == nullptr ? interval_view{} : theirs->second.view());
    if (!left.empty()) {
      rest.entries_.emplace_back(replica, few<counter_interval>(left));
    }
  }
  return rest;
}

std::optional<std::vector<dot>> common(const causal_context& a, const causal_context& b,
                                       std::size_t most) {
  std::vector<dot> both;
  for (const auto& [replica, list] : a.entries_) {
    const auto* const theirs = b.find(replica);
    if (theirs == nullptr) {
      continue;
    }
    const interval_view other = theirs->second.view();
    for (const counter_interval& range : list) {
      for (auto at = holder(other, range.first); at != other.end() && at->first < range.end; ++at) {
        const std::uint32_t first = std::max(range.first, at->first);
        const std::uint32_t end = std::min(range.end, at->end);
        if (end - first > most - both.size()) {
          return std::nullopt;
        }
        for (std::uint32_t c = first; c < end; ++c) {
          both.push_back({replica, c});
        }
      }
    }
  }
  return both;
}

namespace {

// What the last two bits of the first number about a replica say of its dots.
enum class kind : std::uint8_t {
  from_start,  // 0 or 2, one bit: all before the rest of the number
  few = 1,     // one or two, as the next bit says, from the rest on, which is not 0
  ranges = 3,  // as many intervals as the rest says: gap and length of each
};

std::uint64_t head_of(const few<counter_interval>& list) noexcept {
  const counter_interval& first = list.front();
  if (list.size() == 1 && first.first == 0) {
    return std::uint64_t{first.end} << 1U;
  }
  if (const std::uint32_t dots = first.end - first.first; list.size() == 1 && dots <= 2) {
    return (std::uint64_t{first.first} << 1U | (dots - 1)) << 2U | static_cast<unsigned>(kind::few);
  }
  return std::uint64_t{list.size()} << 2U | static_cast<unsigned>(kind::ranges);
}

void encode_ranges(byte_writer& out, const few<counter_interval>& list) {
  std::uint32_t at = 0;
  for (const counter_interval& range : list) {
    out.varint(range.first - at);
    out.varint(range.end - range.first);
    at = range.end;
  }
}

std::vector<counter_interval> decode_ranges(byte_reader& in, std::uint64_t count) {
  if (count == 0) {
    in.fail(errc::not_canonical, "replica without dots");
  } else if (count > in.remaining() / 2) {
    in.fail(errc::truncated, "intervals of a causal context");
  }
  std::vector<counter_interval> list;
  std::uint64_t at = 0;
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
    const std::uint64_t gap = in.varint_max(max_op_count, "gap in a causal context");
    const std::uint64_t length = in.varint_max(max_op_count, "interval of a causal context");
    const std::uint64_t first = at + gap;
    at = first + length;
    const bool shorter = count == 1 && (gap == 0 || length <= 2);
    if (!in.failed() && (length == 0 || (gap == 0 && i != 0) || shorter)) {
      in.fail(errc::not_canonical, "interval of a causal context");
    } else if (!in.failed() && at > max_op_count) {
      in.fail(errc::limit_exceeded, "counter in a causal context");
    } else if (!in.failed()) {
      list.push_back({static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(at)});
    }
  }
  return list;
}

// The intervals of one replica; empty when something is wrong with them.
std::vector<counter_interval> decode_intervals(byte_reader& in, std::uint64_t head) {
  if ((head & 3U) == static_cast<unsigned>(kind::ranges)) {
    return decode_ranges(in, head >> 2U);
  }
  const bool few = (head & 1U) != 0;
  const std::uint64_t first = few ? head >> 3U : 0;
  const std::uint64_t end = few ? first + 1 + (head >> 2U & 1U) : head >> 1U;
  if ((few && first == 0) || end == 0 || end > max_op_count) {
    in.fail(end > max_op_count ? errc::limit_exceeded : errc::not_canonical, "dots of a replica");
    return {};
  }
  return {{static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(end)}};
}

}  // namespace

void causal_context::encode(byte_writer& out) const {
  const bool one = entries_.size() == 1;
  if (!one) {
    out.varint(empty() ? 0 : entries_.size() << 1U | 1U);
  }
  for (const auto& [replica, list] : entries_) {
    const std::uint64_t head = head_of(list);
    if (one) {
      out.varint(head << 1U);
    }
    out.raw(byte_view{replica.bytes});
    if (!one) {
      out.varint(head);
    }
    if ((head & 3U) == static_cast<unsigned>(kind::ranges)) {
      encode_ranges(out, list);
    }
  }
}

result<causal_context> causal_context::decode(byte_reader& in, const limits& bounds) {
  causal_context context;
  const std::uint64_t first = in.varint();
  const bool one = (first & 1U) == 0;
  const std::uint64_t replicas = first == 0 ? 0 : one ? 1 : first >> 1U;
  if (!in.failed() && !one && replicas <= 1) {
    in.fail(errc::not_canonical, "number of replicas of a causal context");
  } else if (replicas > in.remaining() / 16) {
    in.fail(errc::truncated, "replicas of a causal context");
  } else if (replicas > bounds.max_replicas) {
    in.fail(errc::limit_exceeded, "replicas of a causal context");
  }
  if (!in.failed()) {
    context.entries_.reserve(static_cast<std::size_t>(replicas));
  }
  for (std::uint64_t r = 0; r < replicas && !in.failed(); ++r) {
    replica_id id;
    const byte_view view = in.raw(id.bytes.size());
    std::copy(view.begin(), view.end(), id.bytes.begin());
    if (!in.failed() && !context.entries_.empty() && !(context.entries_.back().first < id)) {
      in.fail(errc::not_canonical, "order of a causal context");
    }
    const std::uint64_t head = one ? first >> 1U : in.varint();
    if (!in.failed()) {
      context.entries_.emplace_back(id, few<counter_interval>(decode_intervals(in, head)));
    }
  }
  if (in.failed()) {
    return in.failure();
  }
  return context;
}

dot_numbers::dot_numbers(const causal_context& context) {
  for (const auto& [replica, list] : context.intervals()) {
    for (const counter_interval& range : list) {
      runs_.push_back({size_, replica, range});
      size_ += range.end - range.first;
    }
  }
}

std::uint64_t dot_numbers::number_of(const dot& d) const {
  const auto after = std::partition_point(runs_.begin(), runs_.end(), [&](const run& r) {
    return r.replica < d.replica || (r.replica == d.replica && r.range.first <= d.counter);
  });
  WEFT_ASSERT(after != runs_.begin(), "only dots of the context have numbers");
  const run& home = *(after - 1);
  WEFT_ASSERT(home.replica == d.replica && d.counter < home.range.end,
              "only dots of the context have numbers");
  return home.first_number + (d.counter - home.range.first);
}

dot dot_numbers::at(std::uint64_t number) const {
  WEFT_ASSERT(number < size_, "a number of a dot");
  const auto after = std::partition_point(runs_.begin(), runs_.end(),
                                          [&](const run& r) { return r.first_number <= number; });
  const run& home = *(after - 1);
  return {home.replica, home.range.first + static_cast<std::uint32_t>(number - home.first_number)};
}

}  // namespace weft::crdt
