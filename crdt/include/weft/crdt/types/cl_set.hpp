// SPDX-License-Identifier: MIT
// cl_set: a set that counts how often each element changed sides (causal length).
//
// State: per element a number, odd while it is in the set; a merge takes the greater. Nothing
// depends on who wrote, so writers may be anonymous. Whoever toggled more often wins: an add of
// what is there does nothing and so loses to a concurrent remove. Cost: one small number per
// element that was ever added. A plain value; concurrent const calls are safe. Source: Yu, Rostad,
// "A low-cost set CRDT based on causal lengths", PaPoC 2020.
#pragma once

#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/keyed.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace weft::crdt {

template <element E>
class cl_set {
public:
  /// Greatest length that is accepted or made.
  static constexpr std::uint64_t max_length = std::uint64_t{1} << 62U;

  [[nodiscard]] bool contains(const E& e) const { return length(e) % 2 == 1; }
  /// How often the element changed sides; 0 when it was never added.
  [[nodiscard]] std::uint64_t length(const E& e) const {
    const auto found = lengths_.find(e);
    return found == lengths_.end() ? 0 : found->second;
  }
  /// Ascending. O(elements ever added).
  [[nodiscard]] std::vector<E> values() const {
    std::vector<E> all;
    for (const auto& [e, n] : lengths_) {
      if (n % 2 == 1) {
        all.push_back(e);
      }
    }
    return all;
  }

  /// O(elements of both), or O(log n) each for a few.
  bool merge(const cl_set& other) {
    return merge_keyed(lengths_, other.lengths_, [](std::uint64_t& mine, std::uint64_t theirs) {
      if (WEFT_DEFECT("cl_set.merge.prefers_presence") && mine % 2 == 1) return false;
      const bool more = mine < theirs;
      if (more) mine = theirs;
      return more;
    });
  }
  friend bool leq(const cl_set& a, const cl_set& b) {
    return leq_keyed(a.lengths_, b.lengths_,
                     [](std::uint64_t x, std::uint64_t y) { return x <= y; });
  }
  friend cl_set difference(const cl_set& a, const cl_set& b) {
    cl_set d;
    d.lengths_ = difference_keyed(
        a.lengths_, b.lengths_, [](std::uint64_t x, std::uint64_t y) { return x <= y; },
        [](std::uint64_t x, std::uint64_t) { return x; });
    return d;
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    for (const auto& entry : lengths_) {
      cl_set part;
      part.lengths_.push_back(entry);
      f(part);
    }
  }

  void encode(byte_writer& out) const {
    encode_keyed(out, lengths_, [&](std::uint64_t n) { out.varint(n); });
  }
  [[nodiscard]] static result<cl_set> decode(byte_reader& in, const limits& bounds = {}) {
    cl_set set;
    set.lengths_ = decode_keyed<E, std::uint64_t>(in, bounds, [&] {
      const std::uint64_t n = in.varint_max(max_length, "length of an element");
      if (!in.failed() && n == 0) {
        in.fail(errc::not_canonical, "length of an element");
      }
      return n;
    });
    if (in.failed()) {
      return in.failure();
    }
    return set;
  }
  friend bool operator==(const cl_set&, const cl_set&) = default;

  /// Writes as any replica: no operation here needs an id; see `on`.
  class mutator {
  public:
    mutator(cl_set& state, const replica_id& /*self*/) noexcept : state_(state) {}
    /// Return the delta; empty when the element is, or is not, there already. errc::overflow, and
    /// no change, at max_length. O(log n).
    [[nodiscard]] result<cl_set> add(const E& e) {
      return toggle(e, WEFT_DEFECT("cl_set.add.counts_what_is_there") || !state_.contains(e));
    }
    [[nodiscard]] result<cl_set> remove(const E& e) { return toggle(e, state_.contains(e)); }

  private:
    result<cl_set> toggle(const E& e, bool needed) {
      cl_set delta;
      if (!needed) {
        return delta;
      }
      const std::uint64_t n = state_.length(e);
      if (n >= max_length) {
        return unexpected(errc::overflow, 0, "length of an element");
      }
      delta.lengths_.push_back({e, n + 1});
      state_.merge(delta);
      return delta;
    }
    cl_set& state_;
  };

private:
  sorted_map<E, std::uint64_t> lengths_;
};

}  // namespace weft::crdt
