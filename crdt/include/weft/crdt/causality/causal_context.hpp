// SPDX-License-Identifier: MIT
// causal_context: a set of dots, as sorted intervals of counters per replica.
//
// Invariant after every call: intervals of one replica ascend, are not empty, do not overlap and do
// not touch; no replica is without an interval. So equal sets are equal values with equal bytes.
// The interval that starts at 0 is what other texts call the version vector part, the rest the
// cloud. A plain value; concurrent const calls are safe. Source: Almeida, Shoker, Baquero, JPDC
// 2018.
#pragma once

#include "weft/crdt/bytes.hpp"
#include "weft/crdt/error.hpp"
#include "weft/crdt/ids.hpp"
#include "weft/crdt/limits.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace weft::crdt {

/// An event of a replica, the same pair that names an operation.
using dot = op_id;

/// Half-open range of counters of one replica.
struct counter_interval {
  std::uint32_t first = 0;
  std::uint32_t end = 0;
  friend bool operator==(const counter_interval&, const counter_interval&) = default;
};

class causal_context {
public:
  [[nodiscard]] bool contains(const dot& d) const noexcept;  ///< O(log)
  /// The dot after the greatest of `replica`, wherever it stands. errc::overflow at max_op_count.
  [[nodiscard]] result<dot> next(const replica_id& replica) const;
  void insert(const dot& d) { insert(d.replica, {d.counter, d.counter + 1}); }
  /// Pre: `range.first < range.end <= max_op_count + 1`.
  void insert(const replica_id& replica, counter_interval range);
  /// Union; returns whether this one grew. O(intervals).
  bool merge(const causal_context& other);
  /// Set inclusion. O(intervals).
  friend bool leq(const causal_context& a, const causal_context& b) noexcept;
  /// The dots of a that are not in b. O(intervals), however many dots those hold.
  friend causal_context minus(const causal_context& a, const causal_context& b);

  [[nodiscard]] bool empty() const noexcept { return intervals_.empty(); }
  /// By replica, ascending.
  [[nodiscard]] const std::map<replica_id, std::vector<counter_interval>>& intervals()
      const noexcept {
    return intervals_;
  }

  void encode(byte_writer& out) const;
  [[nodiscard]] static result<causal_context> decode(byte_reader& in, const limits& bounds = {});
  friend bool operator==(const causal_context&, const causal_context&) = default;

private:
  std::map<replica_id, std::vector<counter_interval>> intervals_;
};

}  // namespace weft::crdt
