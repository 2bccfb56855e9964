// SPDX-License-Identifier: MIT
#include "document/waiting_updates.hpp"

#include <algorithm>

namespace weft::crdt {

void waiting_updates::add(const op_id& first, byte_view update, std::uint64_t max_bytes) {
  const auto [begin, end] = by_id_.equal_range(first);
  if (std::any_of(begin, end, [&](const entries::value_type& kept) {
        return std::ranges::equal(kept.second.update, update);
      })) {
    return;
  }
  const auto added =
      by_id_.emplace_hint(end, first, entry{next_age_, {update.begin(), update.end()}});
  by_age_.emplace(next_age_++, added);
  size_bytes_ += cost(added->second);
  while (size_bytes_ > max_bytes) {
    remove(by_age_.begin()->second);
  }
}

waiting_updates::entries::iterator waiting_updates::remove(entries::iterator at) {
  size_bytes_ -= cost(at->second);
  by_age_.erase(at->second.age);
  return by_id_.erase(at);
}

}  // namespace weft::crdt
