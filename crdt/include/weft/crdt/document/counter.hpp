// SPDX-License-Identifier: MIT
// A counter container: the sum of all additions, in 64-bit integers.
#pragma once

#include "weft/crdt/document/event.hpp"

#include <cstdint>

namespace weft::crdt {

class document;

/// Handle; see text.hpp. Sums wrap modulo 2^64, the same on all replicas.
class counter {
public:
  void add(std::int64_t amount);
  [[nodiscard]] std::int64_t value() const;
  [[nodiscard]] container_index index() const noexcept { return index_; }

private:
  friend class document;
  friend class map;
  counter(document& owner, container_index index) noexcept : owner_(&owner), index_(index) {}
  document* owner_;
  container_index index_;
};

}  // namespace weft::crdt
