// SPDX-License-Identifier: MIT
#include "weft/crdt/types/g_counter.hpp"
#include "weft/crdt/types/pn_counter.hpp"

#include <algorithm>
#include <limits>

namespace weft::crdt {
namespace {

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

}  // namespace

std::uint64_t g_counter::value() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& [replica, amount] : amounts_) {
    sum = amount > most - sum ? most : sum + amount;
  }
  return sum;
}

std::uint64_t g_counter::of(const replica_id& replica) const noexcept {
  const auto found = amounts_.find(replica);
  return found == amounts_.end() ? 0 : found->second;
}

bool g_counter::merge(const g_counter& other) {
  bool changed = false;
  for (const auto& [replica, amount] : other.amounts_) {
    std::uint64_t& mine = amounts_[replica];
    if (mine < amount) {
      mine = amount;
      changed = true;
    }
  }
  return changed;
}

bool leq(const g_counter& a, const g_counter& b) noexcept {
  return std::all_of(a.amounts_.begin(), a.amounts_.end(),
                     [&](const auto& entry) { return entry.second <= b.of(entry.first); });
}

g_counter difference(const g_counter& a, const g_counter& b) {
  g_counter d;
  for (const auto& entry : a.amounts_) {
    if (entry.second > b.of(entry.first)) {
      d.amounts_.insert(entry);
    }
  }
  return d;
}

void g_counter::encode(byte_writer& out) const {
  out.varint(amounts_.size());
  for (const auto& [replica, amount] : amounts_) {
    out.raw(byte_view{replica.bytes});
    out.varint(amount);
  }
}

result<g_counter> g_counter::decode(byte_reader& in, const limits& bounds) {
  g_counter counter;
  const std::size_t count = in.count(17, "entries of a counter");
  if (count > bounds.max_replicas) {
    in.fail(errc::limit_exceeded, "replicas of a counter");
  }
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    replica_id id;
    const byte_view view = in.raw(id.bytes.size());
    std::copy(view.begin(), view.end(), id.bytes.begin());
    const std::uint64_t amount = in.varint();
    const bool ascending = counter.amounts_.empty() || counter.amounts_.rbegin()->first < id;
    if (!in.failed() && (amount == 0 || !ascending)) {
      in.fail(errc::not_canonical, "entry of a counter");
    }
    counter.amounts_.emplace_hint(counter.amounts_.end(), id, amount);
  }
  if (in.failed()) {
    return in.failure();
  }
  return counter;
}

result<g_counter> g_counter::mutator::increment(std::uint64_t amount) {
  g_counter delta;
  if (amount == 0) {
    return delta;
  }
  const std::uint64_t before = state_.of(self_);
  if (amount > most - before) {
    return unexpected(errc::overflow, 0, "counter of one replica");
  }
  state_.amounts_[self_] = before + amount;
  delta.amounts_[self_] = before + amount;
  return delta;
}

std::int64_t pn_counter::value() const noexcept {
  // Each side is held to 64 bits before the difference is taken.
  constexpr std::uint64_t top = std::uint64_t{1} << 63U;
  const std::uint64_t up = up_.value();
  const std::uint64_t down = down_.value();
  if (up >= down) {
    return static_cast<std::int64_t>(std::min(up - down, top - 1));
  }
  const std::uint64_t below = std::min(down - up, top);
  return static_cast<std::int64_t>(~below + 1);
}

bool pn_counter::merge(const pn_counter& other) {
  const bool up = up_.merge(other.up_);
  return down_.merge(other.down_) || up;
}

bool leq(const pn_counter& a, const pn_counter& b) noexcept {
  return leq(a.up_, b.up_) && leq(a.down_, b.down_);
}

pn_counter difference(const pn_counter& a, const pn_counter& b) {
  return {difference(a.up_, b.up_), difference(a.down_, b.down_)};
}

void pn_counter::encode(byte_writer& out) const {
  up_.encode(out);
  down_.encode(out);
}

result<pn_counter> pn_counter::decode(byte_reader& in, const limits& bounds) {
  result<g_counter> up = g_counter::decode(in, bounds);
  if (!up) {
    return unexpected(up.error());
  }
  result<g_counter> down = g_counter::decode(in, bounds);
  if (!down) {
    return unexpected(down.error());
  }
  return pn_counter(std::move(*up), std::move(*down));
}

result<pn_counter> pn_counter::mutator::increment(std::uint64_t amount) {
  result<g_counter> delta = on(state_.up_, self_).increment(amount);
  if (!delta) {
    return unexpected(delta.error());
  }
  return pn_counter(std::move(*delta), {});
}

result<pn_counter> pn_counter::mutator::decrement(std::uint64_t amount) {
  result<g_counter> delta = on(state_.down_, self_).increment(amount);
  if (!delta) {
    return unexpected(delta.error());
  }
  return pn_counter({}, std::move(*delta));
}

}  // namespace weft::crdt
