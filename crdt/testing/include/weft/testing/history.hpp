// SPDX-License-Identifier: MIT
// A history: operations and what each had seen. What specifications are functions of.
//
// An event is one operation of one replica; `seen` says which earlier events that replica had
// received when it acted. Events stand in an order in which they could have happened, so an event
// has only seen smaller numbers. A replica has always seen its own. With deliveries in any order
// `seen` need not be transitive: a replica may know a reply and not what it replied to.
// Source: Burckhardt, Gotsman, Yang, Zawirski, "Replicated data types: specification,
// verification, optimality", POPL 2014 (F(E, vis, ar)).
#pragma once

#include "weft/crdt/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::testing {

/// A set of events by number; at most 64 events.
using event_set = std::uint64_t;

[[nodiscard]] constexpr bool holds(event_set set, std::size_t event) noexcept {
  return (set >> event & 1U) != 0;
}

/// The id that every runner gives to the replica with this number: ids are ordered as numbers are.
[[nodiscard]] constexpr crdt::replica_id id_of(std::size_t replica) noexcept {
  return crdt::replica_id::from_number(replica + 1);
}

template <class Op>
struct event {
  std::size_t replica = 0;
  Op op{};
  event_set seen = 0;
  friend bool operator==(const event&, const event&) = default;
};

/// All events of a run, and the part of them that somebody looks at.
template <class Op>
struct history {
  std::vector<event<Op>> events;
  event_set visible = 0;  ///< what the observer has received

  [[nodiscard]] bool sees(std::size_t e) const noexcept { return holds(visible, e); }
  /// `later` was done by somebody who had received `earlier`.
  [[nodiscard]] bool before(std::size_t earlier, std::size_t later) const noexcept {
    return holds(events[later].seen, earlier);
  }
  /// Calls f(number, event) for each visible event, ascending.
  template <class F>
  void for_each(F&& f) const {
    for (std::size_t e = 0; e < events.size(); ++e) {
      if (sees(e)) {
        f(e, events[e]);
      }
    }
  }
};

/// Everything that a member of `set` had seen is in `set` too.
template <class Op>
[[nodiscard]] bool includes_causes(const std::vector<event<Op>>& events, event_set set) {
  for (std::size_t e = 0; e < events.size(); ++e) {
    if (holds(set, e) && (events[e].seen & ~set) != 0) {
      return false;
    }
  }
  return true;
}

/// Nobody here, neither the observer nor an author, knows a reply without what it replied to.
template <class Op>
[[nodiscard]] bool causally_closed(const history<Op>& h) {
  bool closed = includes_causes(h.events, h.visible);
  h.for_each([&](std::size_t, const event<Op>& e) {
    closed = closed && includes_causes(h.events, e.seen);
  });
  return closed;
}

}  // namespace weft::testing
