// SPDX-License-Identifier: MIT
// Versions: which operations a replica has seen.
//
// A version_vector names a causally closed set of operations by one count per replica; a frontier
// names the same set by its operations that no other in it follows.
// Invariant: no stored count is zero, so vectors that name the same set compare equal; a frontier
// is sorted and has no duplicates.
//
// Copies are values. Concurrent const calls are safe; anything else needs a lock.
// Background: Parker et al., "Detection of mutual inconsistency", IEEE TSE 9(3), 1983.
#pragma once

#include "weft/crdt/bytes.hpp"
#include "weft/crdt/error.hpp"
#include "weft/crdt/ids.hpp"
#include "weft/crdt/limits.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <vector>

namespace weft::crdt {

class version_vector {
public:
  /// Operations of `replica` in the set, hence also its first counter outside. O(log replicas).
  [[nodiscard]] std::uint32_t count(const replica_id& replica) const noexcept;

  [[nodiscard]] bool contains(const op_id& id) const noexcept {
    return id.counter < count(id.replica);
  }

  /// Adds `length` operations of one replica. O(log replicas).
  /// Pre: `first.counter == count(first.replica)`; a gap would break causal closure.
  void extend(const op_id& first, std::uint32_t length);

  /// Raises the count of `replica` to `count` if that is more. O(log replicas).
  void include(const replica_id& replica, std::uint32_t count);

  /// Union of the two sets. O(replicas). Returns whether this one grew.
  bool merge(const version_vector& other);

  [[nodiscard]] bool empty() const noexcept { return counts_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return counts_.size(); }
  /// Replica and count, ascending by replica id.
  [[nodiscard]] const std::map<replica_id, std::uint32_t>& counts() const noexcept {
    return counts_;
  }

  /// Canonical bytes: number of entries, then id and count of each, ascending.
  void encode(byte_writer& out) const;
  [[nodiscard]] static result<version_vector> decode(byte_reader& in, const limits& bounds = {});

  /// Set inclusion, so `unordered` means concurrent. O(replicas).
  friend std::partial_ordering operator<=>(const version_vector& a,
                                           const version_vector& b) noexcept;
  friend bool operator==(const version_vector&, const version_vector&) = default;

private:
  std::map<replica_id, std::uint32_t> counts_;
};

/// Sorted, distinct, pairwise concurrent. Empty: the version of an empty document.
using frontier = std::vector<op_id>;

}  // namespace weft::crdt
