// SPDX-License-Identifier: MIT
#include "weft/crdt/causality/causal_context.hpp"

#include <algorithm>

namespace weft::crdt {
namespace {

// First interval that ends after `counter`: the only one that may hold it.
auto holder(const std::vector<counter_interval>& list, std::uint32_t counter) {
  return std::upper_bound(list.begin(), list.end(), counter,
                          [](std::uint32_t c, const counter_interval& i) { return c < i.end; });
}

}  // namespace

bool causal_context::contains(const dot& d) const noexcept {
  const auto found = intervals_.find(d.replica);
  if (found == intervals_.end()) {
    return false;
  }
  const auto at = holder(found->second, d.counter);
  return at != found->second.end() && at->first <= d.counter;
}

result<dot> causal_context::next(const replica_id& replica) const {
  const auto found = intervals_.find(replica);
  const std::uint32_t counter = found == intervals_.end() ? 0 : found->second.back().end;
  if (counter >= max_op_count) {
    return unexpected(errc::overflow, 0, "dots of one replica");
  }
  return dot{replica, counter};
}

void causal_context::insert(const replica_id& replica, counter_interval range) {
  WEFT_ASSERT(range.first < range.end, "an interval of dots is not empty");
  WEFT_ASSERT(range.end <= max_op_count + 1, "a replica has fewer than 2^31 dots");
  std::vector<counter_interval>& list = intervals_[replica];
  // Everything that overlaps or touches the range melts into it.
  const auto from = std::lower_bound(
      list.begin(), list.end(), range.first,
      [](const counter_interval& i, std::uint32_t first) { return i.end < first; });
  auto to = from;
  while (to != list.end() && to->first <= range.end) {
    range.first = std::min(range.first, to->first);
    range.end = std::max(range.end, to->end);
    ++to;
  }
  if (from == to) {
    list.insert(from, range);
  } else {
    *from = range;
    list.erase(from + 1, to);
  }
}

bool causal_context::merge(const causal_context& other) {
  bool grew = false;
  for (const auto& [replica, list] : other.intervals_) {
    for (const counter_interval& range : list) {
      const auto mine = intervals_.find(replica);
      if (mine != intervals_.end()) {
        const auto at = holder(mine->second, range.first);
        if (at != mine->second.end() && at->first <= range.first && range.end <= at->end) {
          continue;
        }
      }
      insert(replica, range);
      grew = true;
    }
  }
  return grew;
}

bool leq(const causal_context& a, const causal_context& b) noexcept {
  for (const auto& [replica, list] : a.intervals_) {
    const auto theirs = b.intervals_.find(replica);
    if (theirs == b.intervals_.end()) {
      return false;
    }
    for (const counter_interval& range : list) {
      const auto at = holder(theirs->second, range.first);
      if (at == theirs->second.end() || at->first > range.first || at->end < range.end) {
        return false;
      }
    }
  }
  return true;
}

causal_context minus(const causal_context& a, const causal_context& b) {
  causal_context rest;
  for (const auto& [replica, list] : a.intervals_) {
    const auto theirs = b.intervals_.find(replica);
    for (counter_interval range : list) {
      if (theirs != b.intervals_.end()) {
        for (auto at = holder(theirs->second, range.first);
             at != theirs->second.end() && at->first < range.end && range.first < range.end; ++at) {
          if (range.first < at->first) {
            rest.insert(replica, {range.first, at->first});
          }
          range.first = std::max(range.first, at->end);
        }
      }
      if (range.first < range.end) {
        rest.insert(replica, range);
      }
    }
  }
  return rest;
}

void causal_context::encode(byte_writer& out) const {
  out.varint(intervals_.size());
  for (const auto& [replica, list] : intervals_) {
    out.raw(byte_view{replica.bytes});
    out.varint(list.size());
    std::uint32_t at = 0;
    for (const counter_interval& range : list) {
      out.varint(range.first - at);
      out.varint(range.end - range.first);
      at = range.end;
    }
  }
}

result<causal_context> causal_context::decode(byte_reader& in, const limits& bounds) {
  causal_context context;
  const std::size_t replicas = in.count(19, "causal context");
  if (replicas > bounds.max_replicas) {
    in.fail(errc::limit_exceeded, "replicas of a causal context");
  }
  for (std::size_t r = 0; r < replicas && !in.failed(); ++r) {
    replica_id id;
    const byte_view view = in.raw(id.bytes.size());
    if (in.failed()) {
      break;
    }
    std::copy(view.begin(), view.end(), id.bytes.begin());
    const bool ascending = context.intervals_.empty() || context.intervals_.rbegin()->first < id;
    const std::size_t count = in.count(2, "intervals of a causal context");
    if (!in.failed() && (!ascending || count == 0)) {
      in.fail(errc::not_canonical, "causal context");
    }
    std::vector<counter_interval> list;
    std::uint64_t at = 0;
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
      const std::uint64_t gap = in.varint_max(max_op_count, "gap in a causal context");
      const std::uint64_t length = in.varint_max(max_op_count, "interval of a causal context");
      const std::uint64_t first = at + gap;
      at = first + length;
      if (!in.failed() && (length == 0 || (i != 0 && gap == 0))) {
        in.fail(errc::not_canonical, "interval of a causal context");
      } else if (!in.failed() && at > max_op_count) {
        in.fail(errc::limit_exceeded, "counter in a causal context");
      } else if (!in.failed()) {
        list.push_back({static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(at)});
      }
    }
    if (!in.failed()) {
      context.intervals_.emplace_hint(context.intervals_.end(), id, std::move(list));
    }
  }
  if (in.failed()) {
    return in.failure();
  }
  return context;
}

}  // namespace weft::crdt
