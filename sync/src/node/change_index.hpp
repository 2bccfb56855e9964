// SPDX-License-Identifier: MIT
// Which changes one document knows, for sealing and unsealing away from the store: 48 bytes each.
//
// Invariant: the changes of a replica are numbered without gaps from 0, and their counters grow.
// Not thread-safe.
#pragma once

#include "weft/sync/sealed.hpp"

#include <map>
#include <vector>

namespace weft::sync {

class change_index {
public:
  [[nodiscard]] bool contains(const replica_id& replica, std::uint64_t seq) const;
  /// Number of changes of that replica.
  [[nodiscard]] std::uint64_t count(const replica_id& replica) const;
  /// Pre: `sealed` is the next change of its replica. O(1) amortised, and one hash.
  change_meta add(const sealed_change& sealed);
  /// The same, for a change whose hash is known.
  void add(const change_meta& meta, const change_header& header);

  /// Reads through; valid while the index lives.
  [[nodiscard]] change_lookup lookup() const;

private:
  struct entry {
    change_hash hash{};
    std::uint32_t first_counter = 0;
    std::uint32_t op_count = 0;
    std::uint64_t lamport = 0;
  };
  struct log {
    std::vector<entry> entries;
    public_key author{};
    std::vector<digest16> membership_heads;
  };
  [[nodiscard]] static change_meta meta_of(const replica_id& replica, const log& of,
                                           std::size_t at);
  std::map<replica_id, log> logs_;
};

}  // namespace weft::sync
