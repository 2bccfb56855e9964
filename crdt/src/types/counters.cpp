// SPDX-License-Identifier: MIT
#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/codec.hpp"
#include "weft/crdt/types/balance.hpp"
#include "weft/crdt/types/g_counter.hpp"
#include "weft/crdt/types/pn_counter.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace weft::crdt {

std::uint64_t g_counter::value() const noexcept {
  balance sum;
  for (const auto& [replica, amount] : state_.entries()) {
    sum.up(amount.value());
  }
  return sum.surplus();
}

std::uint64_t g_counter::of(const replica_id& replica) const noexcept {
  const max_count* found = state_.find(replica);
  return found == nullptr ? 0 : found->value();
}

void g_counter::encode(byte_writer& out) const {
  const auto& all = state_.entries();
  const auto head = list_head::of(all.size(), all.empty() ? 0 : all.front().value.value());
  head.encode(out);
  for (const auto& [replica, amount] : all) {
    codec<replica_id>::encode(out, replica);
    if (!head.alone) {
      amount.encode(out);
    }
  }
}

result<g_counter> g_counter::decode(byte_reader& in, const limits& bounds) {
  const auto head = list_head::decode(in, 17, "replicas of a counter");
  if (head.count > bounds.max_replicas) {
    in.fail(errc::limit_exceeded, "replicas of a counter");
  }
  state_type state;
  for (std::uint64_t i = 0; i < head.count && !in.failed(); ++i) {
    const replica_id replica = codec<replica_id>::decode(in, bounds);
    const std::uint64_t amount = head.alone ? *head.alone : in.varint();
    head.check(in, amount, "number of replicas of a counter");
    if (!in.failed() &&
        (amount == 0 || (!state.empty() && !(state.entries().back().key < replica)))) {
      in.fail(errc::not_canonical, "replica of a counter");
    }
    state.push_back(replica, max_count(amount));
  }
  if (in.failed()) {
    return in.failure();
  }
  return g_counter(std::move(state));
}

result<g_counter> g_counter::mutator::increment(std::uint64_t amount) {
  if (amount == 0) {
    return g_counter();
  }
  const result<max_count> total = state_.state_.at(self_).plus(amount);
  if (!total) {
    return unexpected(total.error());
  }
  g_counter delta(state_type(self_, *total));
  state_.merge(delta);
  if (WEFT_DEFECT("g_counter.increment.sends_the_step")) {
    return g_counter(state_type(self_, max_count(amount)));
  }
  return delta;
}

std::int64_t pn_counter::value() const noexcept {
  balance sum;
  for (const auto& [replica, both] : state_.entries()) {
    sum.up(both.first.value());
    sum.down(both.second.value());
  }
  return sum.value();
}

namespace {

// Which amounts of a replica are not 0: 1 for additions, 2 for subtractions, 3 for both.
unsigned sides(const pn_counter::amounts& both) {
  return (both.first.value() != 0 ? 1U : 0U) | (both.second.value() != 0 ? 2U : 0U);
}

// Bit `kind - 1` of the first number says that the list of that kind is not empty; the rest of it
// is the length of the first such list.
constexpr unsigned kinds = 3;

}  // namespace

void pn_counter::encode(byte_writer& out) const {
  std::array<std::uint64_t, kinds> count{};
  unsigned present = 0;
  for (const auto& [replica, both] : state_.entries()) {
    ++count[sides(both) - 1];
    present |= 1U << (sides(both) - 1);
  }
  bool first = true;
  for (const std::uint64_t n : count) {
    if (n != 0) {
      out.varint(std::exchange(first, false) ? n << kinds | present : n);
    }
  }
  if (first) {
    out.varint(0);
  }
  for (unsigned kind = 1; kind <= kinds; ++kind) {
    for (const auto& [replica, both] : state_.entries()) {
      if (sides(both) == kind) {
        codec<replica_id>::encode(out, replica);
        if ((kind & 1U) != 0) both.first.encode(out);
        if ((kind & 2U) != 0) both.second.encode(out);
      }
    }
  }
}

result<pn_counter> pn_counter::decode(byte_reader& in, const limits& bounds) {
  const std::uint64_t head = in.varint();
  std::array<std::uint64_t, kinds> count{};
  bool first = true;
  std::uint64_t total = 0;
  for (unsigned i = 0; i < kinds && !in.failed(); ++i) {
    if ((head >> i & 1U) == 0) {
      continue;
    }
    count[i] = std::exchange(first, false) ? head >> kinds : in.varint();
    // An id and an amount are 17 bytes.
    if (!in.failed() && count[i] > in.remaining() / 17) {
      in.fail(errc::truncated, "replicas of a counter");
    } else if (!in.failed() && count[i] == 0) {
      in.fail(errc::not_canonical, "replicas of a counter");
    }
    total += count[i];
  }
  if (!in.failed() && first && head != 0) {
    in.fail(errc::not_canonical, "replicas of a counter");
  } else if (!in.failed() && total > bounds.max_replicas) {
    in.fail(errc::limit_exceeded, "replicas of a counter");
  }
  std::vector<state_type::entry> all;
  for (unsigned kind = 1; kind <= kinds; ++kind) {
    for (std::uint64_t i = 0; i < count[kind - 1] && !in.failed(); ++i) {
      const replica_id replica = codec<replica_id>::decode(in, bounds);
      amounts both;
      if ((kind & 1U) != 0) both.first = max_count(in.varint());
      if ((kind & 2U) != 0) both.second = max_count(in.varint());
      if (!in.failed() && (sides(both) != kind || (i != 0 && !(all.back().key < replica)))) {
        in.fail(errc::not_canonical, "replica of a counter");
      }
      all.push_back({replica, both});
    }
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  state_type state;
  for (const auto& [replica, both] : all) {
    if (!in.failed() && !state.empty() && state.entries().back().key == replica) {
      in.fail(errc::not_canonical, "a replica that a counter has twice");
    }
    state.push_back(replica, both);
  }
  if (in.failed()) {
    return in.failure();
  }
  return pn_counter(std::move(state));
}

result<pn_counter> pn_counter::mutator::step(std::uint64_t amount, bool up) {
  if (amount == 0) {
    return pn_counter();
  }
  const amounts before = state_.of(self_);
  const result<max_count> total = (up ? before.first : before.second).plus(amount);
  if (!total) {
    return unexpected(total.error());
  }
  amounts grown = up ? amounts{*total, {}} : amounts{{}, *total};
  if (WEFT_DEFECT("pn_counter.increment.sends_both_sides")) {
    grown.merge(before);
  }
  pn_counter delta(state_type(self_, grown));
  state_.merge(delta);
  return delta;
}

result<pn_counter> pn_counter::mutator::increment(std::uint64_t amount) {
  return step(amount, true);
}

result<pn_counter> pn_counter::mutator::decrement(std::uint64_t amount) {
  return step(amount, WEFT_DEFECT("pn_counter.decrement.counts_up"));
}

}  // namespace weft::crdt
