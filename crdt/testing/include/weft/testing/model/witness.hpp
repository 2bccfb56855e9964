// SPDX-License-Identifier: MIT
// Writes a history that broke something as a time-table: who did, received and showed what.
#pragma once

#include "weft/testing/history.hpp"
#include "weft/testing/timetable.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace weft::testing::model {

inline constexpr std::size_t unknown_event = ~std::size_t{0};

struct witness_event {
  std::size_t replica = 0;
  std::size_t number = 0;  ///< which its id follows from
  std::string name;
  event_set seen = 0;
  std::string shown;  ///< by the replica, after it
};

class witness_writer {
public:
  explicit witness_writer(std::size_t replicas)
      : table_(replica_columns(replicas)), known_(replicas), number_(replicas) {
    for (std::size_t r = 0; r < replicas; ++r) {
      number_[r] = r;
    }
  }

  /// Something that all had seen before.
  void prologue(std::string name) { table_.add_before(std::move(name)); }

  /// An operation; first what its replica receives for it. `shown_of(set)` is what one shows who
  /// has received that set.
  template <class F>
  void act(witness_event e, F&& shown_of) {
    event_set& known = known_[e.replica];
    if ((known & ~e.seen) != 0) {
      known &= e.seen;
      const std::string as =
          e.number == number_[e.replica] ? "its old id" : std::to_string(e.number + 1);
      number_[e.replica] = e.number;
      table_.add(e.replica, "restarts from an older state as " + as, shown_of(known));
    }
    receive(e.replica, known, e.seen, shown_of);
    known |= event_set{1} << events_.size();
    table_.add(e.replica, e.name, e.shown);
    events_.push_back(std::move(e));
  }

  /// Somebody who has received `set`; or two who have, of whom the second received `came_last`
  /// last. `shown_when(set, last)` is what one shows who received the set with that one last.
  template <class Shown, class ShownWhen>
  void read(event_set set, std::size_t came_last, Shown&& shown_of, ShownWhen&& shown_when) {
    if (set == 0) {
      return;
    }
    if (came_last == unknown_event) {
      const std::size_t reader = closest(set, unknown_event, "a reader");
      receive(reader, known_of(reader), set, shown_of);
      return;
    }
    const std::size_t top = static_cast<std::size_t>(std::bit_width(set)) - 1;
    const std::size_t first = closest(set & ~(event_set{1} << top), unknown_event, "a reader");
    finish(first, set, top, shown_of, shown_when);
    const std::size_t second = closest(set & ~(event_set{1} << came_last), first, "another reader");
    finish(second, set, came_last, shown_of, shown_when);
  }

  [[nodiscard]] const timetable& table() const noexcept { return table_; }

private:
  event_set& known_of(std::size_t column) {
    known_.resize(std::max(known_.size(), column + 1));
    return known_[column];
  }
  // The column of one who has received nothing else, and the most of it.
  std::size_t closest(event_set set, std::size_t other_than, std::string name) {
    std::size_t best = unknown_event;
    for (std::size_t r = 0; r < number_.size(); ++r) {
      if (r != other_than && (known_[r] & ~set) == 0 &&
          (best == unknown_event || std::popcount(known_[r]) > std::popcount(known_[best]))) {
        best = r;
      }
    }
    return best == unknown_event ? table_.add_column(std::move(name)) : best;
  }
  template <class Shown>
  void receive(std::size_t column, event_set& known, event_set set, Shown&& shown_of) {
    for (event_set left = set & ~known; left != 0; left &= left - 1) {
      const auto e = static_cast<std::size_t>(std::countr_zero(left));
      known |= event_set{1} << e;
      table_.add(column, "gets " + name_of(e), shown_of(known));
    }
  }
  template <class Shown, class ShownWhen>
  void finish(std::size_t column, event_set set, std::size_t last, Shown&& shown_of,
              ShownWhen&& shown_when) {
    receive(column, known_of(column), set & ~(event_set{1} << last), shown_of);
    table_.add(column, "gets " + name_of(last), shown_when(set, last));
  }
  [[nodiscard]] std::string name_of(std::size_t e) const {
    return events_[e].name + " of " + std::to_string(events_[e].number + 1);
  }

  timetable table_;
  std::vector<event_set> known_;  // by column
  std::vector<std::size_t> number_;
  std::vector<witness_event> events_;
};

}  // namespace weft::testing::model
