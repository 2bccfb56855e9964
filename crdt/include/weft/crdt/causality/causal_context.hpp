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
#include "weft/crdt/lattice/few.hpp"
#include "weft/crdt/lattice/roomy.hpp"
#include "weft/crdt/limits.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
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
  /// Replica and its intervals; never none.
  using entry = std::pair<replica_id, few<counter_interval>>;

  /// The set of these dots, in any order. O(n log n).
  [[nodiscard]] static causal_context of(std::vector<dot> dots);

  [[nodiscard]] bool contains(const dot& d) const noexcept;  ///< O(log)
  /// The dot after the greatest of `replica`, wherever it stands. errc::overflow at max_op_count.
  [[nodiscard]] result<dot> next(const replica_id& replica) const;
  void insert(const dot& d) { insert(d.replica, {d.counter, d.counter + 1}); }
  /// Pre: `range.first < range.end <= max_op_count + 1`.
  void insert(const replica_id& replica, counter_interval range);
  /// Union; returns whether this one grew. O(intervals), or O(fewer * log more).
  bool merge(const causal_context& other);
  /// Set inclusion. O(intervals).
  friend bool leq(const causal_context& a, const causal_context& b) noexcept;
  /// The dots of a that are not in b. O(intervals), however many dots those hold.
  friend causal_context minus(const causal_context& a, const causal_context& b);
  /// The dots of both, ascending; nothing when there are more than `most`. O(intervals of a +
  /// most).
  friend std::optional<std::vector<dot>> common(const causal_context& a, const causal_context& b,
                                                std::size_t most);

  /// Calls f(counter_interval) for the dots of `replica` in `range`, ascending. O(log) and the
  /// intervals in it.
  template <class F>
  void for_each_in(const replica_id& replica, const counter_interval& range, F&& f) const {
    if (const entry* const found = find(replica); found != nullptr) {
      const auto list = found->second.view();
      auto at = std::partition_point(list.begin(), list.end(), [&](const counter_interval& i) {
        return i.end <= range.first;
      });
      for (; at != list.end() && at->first < range.end; ++at) {
        f(counter_interval{std::max(at->first, range.first), std::min(at->end, range.end)});
      }
    }
  }

  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  /// Number of dots.
  [[nodiscard]] std::uint64_t size() const noexcept;
  /// By replica, ascending.
  [[nodiscard]] const std::vector<entry>& intervals() const noexcept { return entries_; }

  /// Id and intervals of each replica, of more than one after their number. Who wrote all its first
  /// n dots, or is known by one dot or two as in a delta, costs one integer beside the id.
  void encode(byte_writer& out) const;
  [[nodiscard]] static result<causal_context> decode(byte_reader& in, const limits& bounds = {});
  friend bool operator==(const causal_context&, const causal_context&) = default;

private:
  [[nodiscard]] const entry* find(const replica_id& replica) const noexcept;
  roomy<entry> entries_;
};

/// Asks one context about many dots, mostly of the same replica. Not for concurrent use.
class dot_probe {
public:
  explicit dot_probe(const causal_context& context) noexcept : context_(&context) {}
  [[nodiscard]] const causal_context& context() const noexcept { return *context_; }
  [[nodiscard]] bool contains(const dot& d) const noexcept;

private:
  const causal_context* context_;
  mutable const causal_context::entry* last_ = nullptr;
};

/// Numbers the dots of a context from 0 in their order: the short names that encoded states use.
/// It must not outlive the context, nor see it change.
class dot_numbers {
public:
  explicit dot_numbers(const causal_context& context);
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// Pre: the context has the dot. O(log).
  [[nodiscard]] std::uint64_t number_of(const dot& d) const;
  /// Pre: number < size(). O(log).
  [[nodiscard]] dot at(std::uint64_t number) const;

private:
  struct run {
    std::uint64_t first_number;
    replica_id replica;
    counter_interval range;
  };
  std::vector<run> runs_;
  std::uint64_t size_ = 0;
};

}  // namespace weft::crdt
