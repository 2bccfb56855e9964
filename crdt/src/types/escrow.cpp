// SPDX-License-Identifier: MIT
#include "weft/crdt/types/escrow.hpp"

#include "weft/crdt/defect.hpp"
#include "weft/crdt/types/balance.hpp"

#include <utility>

namespace weft::crdt {

std::uint64_t escrow::level() const noexcept {
  balance units;
  for (const auto& [replica, acts] : rows_.entries()) {
    units.up(acts.first.first.value());
    units.down(acts.first.second.value());
  }
  return units.surplus();
}

std::uint64_t escrow::quota(const replica_id& replica) const {
  balance units;
  for (const auto& [other, acts] : rows_.entries()) {
    if (other == replica) {
      units.up(acts.first.first.value());
      units.down(acts.first.second.value());
      for (const auto& [to, given] : acts.second.entries()) {
        if (!WEFT_DEFECT("bounded_counter.quota.keeps_what_was_given")) {
          units.down(given.value());
        }
      }
    } else if (!WEFT_DEFECT("bounded_counter.quota.ignores_gifts")) {
      const max_count* received = acts.second.find(replica);
      units.up(received == nullptr ? 0 : received->value());
    }
  }
  return units.surplus();
}

std::optional<replica_id> escrow::richest() const {
  std::optional<replica_id> best;
  std::uint64_t most = 0;
  const auto consider = [&](const replica_id& replica) {
    const std::uint64_t units = quota(replica);
    if (units > most || (units == most && best && replica < *best)) {
      best = replica;
      most = units;
    }
  };
  // Who never acted may have been given some.
  for (const auto& [replica, acts] : rows_.entries()) {
    consider(replica);
    for (const auto& [to, given] : acts.second.entries()) {
      consider(to);
    }
  }
  return best;
}

result<escrow> escrow::decode(byte_reader& in, const limits& bounds) {
  result<state_type> rows = state_type::decode(in, bounds);
  if (!rows) {
    return unexpected(rows.error());
  }
  for (const auto& [replica, acts] : rows->entries()) {
    if (acts.second.find(replica) != nullptr) {
      in.fail(errc::malformed, "a gift to oneself");
      return in.failure();
    }
  }
  return escrow(std::move(*rows));
}

result<void> escrow::mutator::afford(std::uint64_t units) const {
  std::uint64_t available = state_.quota(self_);
  if (WEFT_DEFECT("bounded_counter.decrement.one_too_many")) {
    ++available;
  }
  if (units > available) {
    return unexpected(errc::insufficient_quota, available, "units that this replica has");
  }
  return {};
}

escrow escrow::mutator::apply(row grown) {
  escrow delta(state_type(self_, std::move(grown)));
  state_.merge(delta);
  return delta;
}

result<escrow> escrow::mutator::make(std::uint64_t units) {
  const result<max_count> total = state_.rows_.at(self_).first.first.plus(units);
  if (!total) {
    return unexpected(total.error());
  }
  return units == 0 ? escrow() : apply({{*total, {}}, {}});
}

result<escrow> escrow::mutator::spend(std::uint64_t units) {
  const result<void> affordable = afford(units);
  if (!affordable) {
    return unexpected(affordable.error());
  }
  const result<max_count> total = state_.rows_.at(self_).first.second.plus(units);
  if (!total) {
    return unexpected(total.error());
  }
  return units == 0 ? escrow() : apply({{{}, *total}, {}});
}

result<escrow> escrow::mutator::give(std::uint64_t units, const replica_id& to) {
  if (to == self_) {
    return unexpected(errc::bad_value, 0, "a gift to oneself");
  }
  const result<void> affordable = afford(units);
  if (!affordable) {
    return unexpected(affordable.error());
  }
  const row mine = state_.rows_.at(self_);
  const result<max_count> total = mine.second.at(to).plus(units);
  if (!total) {
    return unexpected(total.error());
  }
  return units == 0 ? escrow() : apply({{}, gifts(to, *total)});
}

}  // namespace weft::crdt
