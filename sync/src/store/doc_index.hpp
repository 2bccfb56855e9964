// SPDX-License-Identifier: MIT
// What a store keeps in mind of every change of one document, so that questions about a change need
// no disk. 64 bytes a change. Invariant: the changes of a replica are there from 0 on, without
// gaps, their operations too. One thread at a time.
#pragma once

#include "weft/sync/sealed.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace weft::sync::detail {

class doc_index {
public:
  /// False, and no effect, unless `meta` continues its replica's changes.
  [[nodiscard]] bool add(const change_meta& meta, std::uint64_t lsn);

  [[nodiscard]] std::optional<change_meta> by_seq(const replica_id& replica,
                                                  std::uint64_t seq) const;
  /// O(log changes of the replica).
  [[nodiscard]] std::optional<change_meta> by_last_op(const crdt::op_id& id) const;
  [[nodiscard]] std::optional<change_meta> last(const replica_id& replica) const;
  /// Lowest lsn of the changes that are not in `have`; nullopt: there are none.
  [[nodiscard]] std::optional<std::uint64_t> first_missing(const seq_vector& have) const;

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] const digest32& digest() const noexcept { return digest_; }
  [[nodiscard]] seq_vector counts() const;

private:
  struct entry {
    change_hash hash{};
    std::uint64_t lamport = 0;
    std::uint64_t lsn = 0;
    std::uint32_t first_counter = 0;
    std::uint32_t op_count = 0;
  };
  [[nodiscard]] static change_meta meta_of(const replica_id& replica, std::uint64_t seq,
                                           const entry& e);
  std::map<replica_id, std::vector<entry>> replicas_;
  std::uint64_t size_ = 0;
  digest32 digest_{};
};

}  // namespace weft::sync::detail
