// SPDX-License-Identifier: MIT
// sequence_ids: which id each slot of a sequence has, and which slot each id.
//
// Slots count up from 0 as elements come. Replicas are numbered, so that an id takes 8 bytes; for
// each replica the ids that came are ranges: successive counters in successive slots. Invariant:
// ranges of a replica ascend and do not overlap. Cost: 16 bytes and 32 for a replica; 12 for each
// range that does not go on where another ended. A look-up is O(log replicas + log ranges), a new
// range in the middle moves those behind it. A plain value; concurrent const calls are safe.
#pragma once

#include "weft/crdt/assert.hpp"
#include "weft/crdt/causality/causal_context.hpp"
#include "weft/crdt/lattice/few.hpp"
#include "weft/crdt/lattice/roomy.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace weft::crdt {

using sequence_slot = std::uint32_t;
inline constexpr sequence_slot no_slot = 0xffff'ffffU;

class sequence_ids {
public:
  static constexpr std::uint32_t nobody = 0xffff'ffffU;

  /// An id with the number of its replica here; by `nobody`: no id.
  struct name {
    std::uint32_t author = nobody;
    std::uint32_t counter = 0;
    friend bool operator==(const name&, const name&) = default;
  };
  struct range {
    std::uint32_t counter = 0;
    sequence_slot slot = 0;
    std::uint32_t count = 0;
    [[nodiscard]] std::uint32_t end() const noexcept { return counter + count; }
  };

  [[nodiscard]] std::size_t authors() const noexcept { return authors_.size(); }
  [[nodiscard]] const replica_id& replica(std::uint32_t author) const {
    return authors_[author].id;
  }
  /// Ranges of a replica, ascending.
  [[nodiscard]] std::span<const range> ranges(std::uint32_t author) const {
    return authors_[author].ranges.view();
  }
  /// The number of the replica at this place of their order.
  [[nodiscard]] std::uint32_t author_at(std::size_t place) const {
    return order_.empty() ? static_cast<std::uint32_t>(place) : order_[place];
  }
  [[nodiscard]] bool stands_at(std::size_t place, const replica_id& id) const {
    return place < authors_.size() && authors_[author_at(place)].id == id;
  }
  /// The place of the first replica that is not less.
  [[nodiscard]] std::size_t place_of(const replica_id& id) const {
    std::size_t from = 0;
    std::size_t to = authors_.size();
    if (to == 0 || authors_[author_at(to - 1)].id < id) {
      return to;  // encoded replicas ascend
    }
    while (from < to) {
      const std::size_t middle = (from + to) / 2;
      if (authors_[author_at(middle)].id < id) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from;
  }
  /// `nobody` when it was never named.
  [[nodiscard]] std::uint32_t author_of(const replica_id& id) const {
    const std::size_t place = place_of(id);
    return stands_at(place, id) ? author_at(place) : nobody;
  }
  [[nodiscard]] dot wide(const name& n) const { return {authors_[n.author].id, n.counter}; }
  [[nodiscard]] sequence_slot find(const name& n) const {
    const auto list = ranges(n.author);
    const auto at = behind(list, n.counter);
    return at != list.end() && at->counter <= n.counter ? at->slot + (n.counter - at->counter)
                                                        : no_slot;
  }
  /// One more than the greatest counter of a replica.
  [[nodiscard]] std::uint32_t next_of(std::uint32_t author) const {
    const auto list = ranges(author);
    return list.empty() ? 0 : list.back().end();
  }
  /// The same of all replicas together.
  [[nodiscard]] std::uint32_t next_of_all() const {
    std::uint32_t next = 0;
    for (std::uint32_t a = 0; a < authors_.size(); ++a) {
      next = std::max(next, next_of(a));
    }
    return next;
  }

  /// Makes room for so many replicas.
  void reserve(std::size_t count) { authors_.reserve(count); }
  name intern(const dot& d) {
    if (last_ < authors_.size() && authors_[last_].id == d.replica) {
      return {last_, d.counter};
    }
    const std::size_t place = place_of(d.replica);
    if (!stands_at(place, d.replica)) {
      add_author(place, d.replica);
    }
    last_ = author_at(place);
    return {last_, d.counter};
  }
  /// Pre: no id from `first` on is here; `slot` follows all that are in use.
  void add(const name& first, sequence_slot slot, std::uint32_t count) {
    few<range>& list = authors_[first.author].ranges;
    const auto all = list.view();
    const auto at = behind(all, first.counter);
    const auto place = static_cast<std::size_t>(at - all.begin());
    WEFT_ASSERT(at == all.end() || first.counter + count <= at->counter, "an id is added once");
    range fresh{first.counter, slot, count};
    if (place > 0) {
      const range& before = all[place - 1];
      if (before.end() == first.counter && before.slot + before.count == slot) {
        fresh = {before.counter, before.slot, before.count + count};
        list.replace(place - 1, 1, {&fresh, 1});
        return;
      }
    }
    list.replace(place, 0, {&fresh, 1});
  }
  /// The first range that ends after `counter`: the only one that may hold it.
  [[nodiscard]] static std::span<const range>::iterator behind(std::span<const range> list,
                                                               std::uint32_t counter) {
    if (list.empty() || list.back().end() <= counter) {
      return list.end();  // typing appends
    }
    return std::partition_point(list.begin(), list.end(),
                                [=](const range& r) { return r.end() <= counter; });
  }

private:
  struct member {
    replica_id id;
    few<range> ranges;
  };
  void add_author(std::size_t place, const replica_id& id) {
    const auto number = static_cast<std::uint32_t>(authors_.size());
    if (order_.empty() && place < authors_.size()) {
      order_.reserve(authors_.size() + 4);
      for (std::uint32_t a = 0; a < number; ++a) {
        order_.push_back(a);
      }
    }
    if (place < authors_.size() || !order_.empty()) {
      order_.insert(order_.begin() + static_cast<std::ptrdiff_t>(place), number);
    }
    authors_.push_back({id, {}});
  }

  roomy<member> authors_;
  roomy<std::uint32_t> order_;  ///< numbers by id; empty while they ascend
  std::uint32_t last_ = nobody;
};

}  // namespace weft::crdt
