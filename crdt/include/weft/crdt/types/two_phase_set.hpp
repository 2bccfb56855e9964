// SPDX-License-Identifier: MIT
// two_phase_set: a set whose elements can be added once and removed once, and never come back.
//
// State: per element whether it was added or removed, where removed is the greater. For elements
// that are unique anyway, such as tickets. Cost: removed elements stay for ever. A plain value;
// concurrent const calls are safe. Source: Shapiro et al., INRIA RR-7506, 2011, specification 12.
#pragma once

#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/keyed.hpp"

#include <utility>
#include <vector>

namespace weft::crdt {

template <element E>
class two_phase_set {
  enum class phase : std::uint8_t { added, removed };

public:
  [[nodiscard]] bool contains(const E& e) const {
    const auto found = phases_.find(e);
    return found != phases_.end() && found->second == phase::added;
  }
  /// It was here and never will be again.
  [[nodiscard]] bool removed(const E& e) const {
    const auto found = phases_.find(e);
    return found != phases_.end() && found->second == phase::removed;
  }
  /// Ascending. O(elements ever added).
  [[nodiscard]] std::vector<E> values() const {
    std::vector<E> all;
    for (const auto& [e, p] : phases_) {
      if (p == phase::added) {
        all.push_back(e);
      }
    }
    return all;
  }

  /// O(elements of both), or O(log n) each for a few.
  bool merge(const two_phase_set& other) {
    return merge_keyed(phases_, other.phases_, [](phase& mine, phase theirs) {
      const bool more = WEFT_DEFECT("two_phase_set.merge.revives") ? mine != theirs : mine < theirs;
      if (more) mine = theirs;
      return more;
    });
  }
  friend bool leq(const two_phase_set& a, const two_phase_set& b) {
    return leq_keyed(a.phases_, b.phases_, [](phase x, phase y) { return x <= y; });
  }
  friend two_phase_set difference(const two_phase_set& a, const two_phase_set& b) {
    two_phase_set d;
    d.phases_ = difference_keyed(
        a.phases_, b.phases_, [](phase x, phase y) { return x <= y; },
        [](phase x, phase) { return x; });
    return d;
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    for (const auto& entry : phases_) {
      two_phase_set part;
      part.phases_.push_back(entry);
      f(part);
    }
  }

  void encode(byte_writer& out) const {
    encode_keyed(out, phases_, [&](phase p) { out.u8(static_cast<std::uint8_t>(p)); });
  }
  [[nodiscard]] static result<two_phase_set> decode(byte_reader& in, const limits& bounds = {}) {
    two_phase_set set;
    set.phases_ = decode_keyed<E, phase>(in, bounds, [&] {
      const bool gone = codec<bool>::decode(in, bounds);
      return gone ? phase::removed : phase::added;
    });
    if (in.failed()) {
      return in.failure();
    }
    return set;
  }
  friend bool operator==(const two_phase_set&, const two_phase_set&) = default;

  /// Writes as any replica: no operation here needs an id; see `on`.
  class mutator {
  public:
    mutator(two_phase_set& state, const replica_id& /*self*/) noexcept : state_(state) {}
    /// Returns the delta; empty when it was added before, even when it was removed since. O(log n).
    two_phase_set add(E e) {
      return state_.phases_.contains(e) && !WEFT_DEFECT("two_phase_set.add.sends_what_was_removed")
                 ? two_phase_set{}
                 : put(std::move(e), phase::added);
    }
    /// Returns the delta; empty when it was removed before. errc::not_found when it was never
    /// added here: what is not there cannot be removed. O(log n).
    [[nodiscard]] result<two_phase_set> remove(const E& e) {
      const auto found = state_.phases_.find(e);
      if (found == state_.phases_.end() && !WEFT_DEFECT("two_phase_set.remove.takes_absent")) {
        return unexpected(errc::not_found, 0, "element of a two-phase set");
      }
      if (found != state_.phases_.end() && found->second == phase::removed) {
        return two_phase_set{};
      }
      return put(e, phase::removed);
    }

  private:
    two_phase_set put(E e, phase p) {
      two_phase_set delta;
      delta.phases_.push_back({std::move(e), p});
      state_.merge(delta);
      return delta;
    }
    two_phase_set& state_;
  };

private:
  sorted_map<E, phase> phases_;
};

}  // namespace weft::crdt
