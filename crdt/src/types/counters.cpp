// SPDX-License-Identifier: MIT
#include "weft/crdt/defect.hpp"
#include "weft/crdt/types/balance.hpp"
#include "weft/crdt/types/g_counter.hpp"
#include "weft/crdt/types/pn_counter.hpp"

#include <utility>

namespace weft::crdt {

std::uint64_t g_counter::value() const noexcept {
  balance sum;
  for (const auto& [replica, amount] : amounts_.entries()) {
    sum.up(amount.value());
  }
  return sum.surplus();
}

std::uint64_t g_counter::of(const replica_id& replica) const noexcept {
  const max_count* found = amounts_.find(replica);
  return found == nullptr ? 0 : found->value();
}

result<g_counter> g_counter::decode(byte_reader& in, const limits& bounds) {
  result<state_type> amounts = state_type::decode(in, bounds);
  if (!amounts) {
    return unexpected(amounts.error());
  }
  return g_counter(std::move(*amounts));
}

result<g_counter> g_counter::mutator::increment(std::uint64_t amount) {
  if (amount == 0) {
    return g_counter();
  }
  const result<max_count> total = state_.amounts_.at(self_).plus(amount);
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
  for (const auto& [replica, both] : amounts_.entries()) {
    sum.up(both.first.value());
    sum.down(both.second.value());
  }
  return sum.value();
}

result<pn_counter> pn_counter::decode(byte_reader& in, const limits& bounds) {
  result<state_type> amounts = state_type::decode(in, bounds);
  if (!amounts) {
    return unexpected(amounts.error());
  }
  return pn_counter(std::move(*amounts));
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
