// SPDX-License-Identifier: MIT
// replica_table: replica ids, numbered in the order of their coming.
//
// From id to number by open addressing with linear probing, at most half of the places used. Peers
// choose ids, so the hash begins with a sum of the four words of an id times random factors of each
// process, which takes two ids to one value seldom, whatever ids they are (Dietzfelbinger,
// "Universal hashing and k-wise independent random variables via integer arithmetic without
// primes", STACS 1996). Not thread-safe for writers.
#pragma once

#include "history/local_index.hpp"
#include "weft/crdt/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::crdt {

class replica_table {
public:
  [[nodiscard]] std::uint32_t size() const noexcept {
    return static_cast<std::uint32_t>(ids_.size());
  }
  [[nodiscard]] const replica_id& operator[](replica_index r) const { return ids_[r]; }
  /// no_index: not there. O(1) expected.
  [[nodiscard]] replica_index find(const replica_id& id) const {
    return places_.empty() ? no_index : places_[place_of(id)];
  }
  /// Its number; the next one if it is new. O(1) expected, amortised.
  replica_index intern(const replica_id& id);
  /// The first `size` stay. Pre: there are as many.
  void cut(std::uint32_t size);

  /// The most places that finding an id looks at. O(size).
  [[nodiscard]] std::size_t longest_search() const;
  void check_invariants() const;

private:
  [[nodiscard]] std::size_t place_of(const replica_id& id) const;
  void grow();

  std::vector<replica_id> ids_;
  std::vector<replica_index> places_;  // a power of two
  unsigned shift_ = 64;                // of a hash, to a place
};

}  // namespace weft::crdt
