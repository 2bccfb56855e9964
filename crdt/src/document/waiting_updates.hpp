// SPDX-License-Identifier: MIT
// waiting_updates: keystrokes that refer to operations which are not here yet, as they came.
//
// Bounded by bytes; the oldest go first, since they can be asked for again. Not thread-safe.
#pragma once

#include "weft/crdt/bytes.hpp"
#include "weft/crdt/ids.hpp"

#include <cstdint>
#include <limits>
#include <map>

namespace weft::crdt {

class waiting_updates {
public:
  /// Keeps `update`, whose first operation is `first`, unless the very same is kept already. Drops
  /// the oldest above `max_bytes`.
  void add(const op_id& first, byte_view update, std::uint64_t max_bytes);
  [[nodiscard]] bool empty() const noexcept { return by_id_.empty(); }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_bytes_; }

  /// Calls f(update) for those whose first operation `count(replica)` allows, in the order of their
  /// counters, so that a chain goes in one pass. f says whether the update is done with.
  template <class Count, class F>
  void take(Count&& count, F&& f);

private:
  struct entry {
    std::uint64_t age = 0;
    bytes update;
  };
  using entries = std::multimap<op_id, entry>;

  [[nodiscard]] static std::uint64_t cost(const entry& e) noexcept {
    constexpr std::uint64_t nodes = 160;  // of both maps
    return nodes + e.update.size();
  }
  entries::iterator remove(entries::iterator at);

  entries by_id_;
  std::map<std::uint64_t, entries::iterator> by_age_;
  std::uint64_t next_age_ = 0;
  std::uint64_t size_bytes_ = 0;
};

template <class Count, class F>
void waiting_updates::take(Count&& count, F&& f) {
  for (auto at = by_id_.begin(); at != by_id_.end();) {
    if (at->first.counter > count(at->first.replica)) {
      // Nothing of this replica fits before its counters go on.
      at = by_id_.upper_bound({at->first.replica, std::numeric_limits<std::uint32_t>::max()});
      continue;
    }
    at = f(byte_view{at->second.update}) ? remove(at) : std::next(at);
  }
}

}  // namespace weft::crdt
