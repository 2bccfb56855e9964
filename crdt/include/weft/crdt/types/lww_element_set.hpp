// SPDX-License-Identifier: MIT
// lww_element_set: a set in which the last add or remove of an element wins.
//
// State: per element the greatest stamp and whether that was an add. Stamps order by time, then by
// the bias, then by replica; the bias is part of the order, so replicas that met a tie the other
// way round agree. An operation is stamped above what its writer saw of the element, or with a time
// that the caller gives. Cost: one stamp per element ever touched. A plain value; concurrent const
// calls are safe. Source: Shapiro et al., INRIA RR-7506, 2011.
#pragma once

#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/keyed.hpp"
#include "weft/crdt/lattice/stamped.hpp"

#include <compare>
#include <utility>
#include <vector>

namespace weft::crdt {

/// Which operation wins when two have the same time.
enum class set_bias : std::uint8_t { add_wins, remove_wins };

template <element E, set_bias Bias = set_bias::add_wins>
class lww_element_set {
  struct last {
    std::uint64_t time = 0;
    bool wins_ties = false;  ///< it is the operation that the bias prefers
    replica_id replica{};
    friend auto operator<=>(const last&, const last&) = default;
    [[nodiscard]] bool is_add() const noexcept { return wins_ties == (Bias == set_bias::add_wins); }
  };

public:
  [[nodiscard]] bool contains(const E& e) const {
    const auto found = lasts_.find(e);
    return found != lasts_.end() && found->second.is_add();
  }
  /// Of the last operation on the element; time 0 when there was none.
  [[nodiscard]] lamport_stamp stamp(const E& e) const {
    const auto found = lasts_.find(e);
    return found == lasts_.end() ? lamport_stamp{}
                                 : lamport_stamp{found->second.time, found->second.replica};
  }
  /// Ascending. O(elements ever touched).
  [[nodiscard]] std::vector<E> values() const {
    std::vector<E> all;
    for (const auto& [e, l] : lasts_) {
      if (l.is_add()) {
        all.push_back(e);
      }
    }
    return all;
  }

  /// O(elements of both), or O(log n) each for a few.
  bool merge(const lww_element_set& other) {
    return merge_keyed(lasts_, other.lasts_, [](last& mine, const last& theirs) {
      const bool later = WEFT_DEFECT("lww_element_set.merge.keeps_first_of_a_tie")
                             ? mine.time < theirs.time
                             : mine < theirs;
      if (later) mine = theirs;
      return later;
    });
  }
  friend bool leq(const lww_element_set& a, const lww_element_set& b) {
    return leq_keyed(a.lasts_, b.lasts_, [](const last& x, const last& y) { return x <= y; });
  }
  friend lww_element_set difference(const lww_element_set& a, const lww_element_set& b) {
    lww_element_set d;
    d.lasts_ = difference_keyed(
        a.lasts_, b.lasts_, [](const last& x, const last& y) { return x <= y; },
        [](const last& x, const last&) { return x; });
    return d;
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    for (const auto& entry : lasts_) {
      lww_element_set part;
      part.lasts_.push_back(entry);
      f(part);
    }
  }

  void encode(byte_writer& out) const {
    std::vector<replica_id> named;
    for (const auto& [e, l] : lasts_) {
      named.push_back(l.replica);
    }
    const replica_table table(std::move(named));
    table.encode(out);
    encode_keyed(out, lasts_, [&](const last& l) {
      out.varint(l.time << 1U | (l.is_add() ? 1U : 0U));
      table.put(out, l.replica);
    });
  }
  /// Refuses times above max_lamport: such an operation would win for ever.
  [[nodiscard]] static result<lww_element_set> decode(byte_reader& in, const limits& bounds = {}) {
    lww_element_set set;
    replica_table table = replica_table::decode(in, bounds);
    set.lasts_ = decode_keyed<E, last>(in, bounds, [&] {
      const std::uint64_t head = in.varint();
      const std::uint64_t time = head >> 1U;
      if (!in.failed() && (time == 0 || time > max_lamport)) {
        in.fail(time == 0 ? errc::not_canonical : errc::limit_exceeded, "time of an element");
      }
      const bool is_add = (head & 1U) != 0;
      return last{time, is_add == (Bias == set_bias::add_wins), table.get(in)};
    });
    table.expect_all_used(in);
    if (in.failed()) {
      return in.failure();
    }
    return set;
  }
  friend bool operator==(const lww_element_set&, const lww_element_set&) = default;

  /// Writes as one replica; see `on`.
  class mutator {
  public:
    mutator(lww_element_set& state, const replica_id& self) noexcept : state_(state), self_(self) {}
    /// Return the delta. errc::overflow at the end of Lamport time. Removing what is absent counts:
    /// it has its stamp. O(log n).
    [[nodiscard]] result<lww_element_set> add(E e) {
      const std::uint64_t time = state_.stamp(e).time + 1;
      return put(std::move(e), true, time);
    }
    [[nodiscard]] result<lww_element_set> remove(E e) {
      if (WEFT_DEFECT("lww_element_set.remove.forgets_stamp")) {
        state_.lasts_.erase(e);
        return lww_element_set{};
      }
      const std::uint64_t time = state_.stamp(e).time + 1;
      return put(std::move(e), false, time);
    }
    /// The same with the caller's time, such as that of a post in a feed: an older one changes
    /// nothing. errc::bad_value for time 0, errc::overflow above max_lamport.
    [[nodiscard]] result<lww_element_set> add_at(E e, std::uint64_t time) {
      return put(std::move(e), true, time);
    }
    [[nodiscard]] result<lww_element_set> remove_at(E e, std::uint64_t time) {
      return put(std::move(e), false, time);
    }

  private:
    result<lww_element_set> put(E e, bool is_add, std::uint64_t time) {
      if (time == 0) {
        return unexpected(errc::bad_value, 0, "time of an element");
      }
      if (time > max_lamport) {
        return unexpected(errc::overflow, 0, "time of an element");
      }
      lww_element_set delta;
      delta.lasts_.push_back({std::move(e), {time, is_add == (Bias == set_bias::add_wins), self_}});
      return state_.merge(delta) ? delta : lww_element_set{};
    }
    lww_element_set& state_;
    replica_id self_;
  };

private:
  sorted_map<E, last> lasts_;
};

}  // namespace weft::crdt
