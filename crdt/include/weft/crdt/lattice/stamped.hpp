// SPDX-License-Identifier: MIT
// What types with a stamp per key share: their replicas are written once per state.
//
// A plain value; concurrent const calls are safe.
#pragma once

#include "weft/crdt/causality/lamport.hpp"
#include "weft/crdt/lattice/codec.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace weft::crdt {

/// The replicas that a state names, ascending; the places in it stand for them in the bytes.
class replica_table {
public:
  replica_table() = default;
  /// Of any replicas, in any order, repeated or not.
  explicit replica_table(std::vector<replica_id> named) : replicas_(std::move(named)) {
    std::sort(replicas_.begin(), replicas_.end());
    replicas_.erase(std::unique(replicas_.begin(), replicas_.end()), replicas_.end());
  }

  /// Pre: the table has it. The only one needs no number. O(log).
  void put(byte_writer& out, const replica_id& replica) const {
    if (replicas_.size() == 1) {
      return;
    }
    const auto at = std::lower_bound(replicas_.begin(), replicas_.end(), replica);
    out.varint(static_cast<std::uint64_t>(at - replicas_.begin()));
  }
  [[nodiscard]] replica_id get(byte_reader& in) {
    const std::uint64_t at = replicas_.size() == 1 ? 0 : in.varint();
    if (at >= replicas_.size()) {
      in.fail(errc::malformed, "replica that is not in its table");
      return {};
    }
    used_[static_cast<std::size_t>(at)] = true;
    return replicas_[static_cast<std::size_t>(at)];
  }

  void encode(byte_writer& out) const {
    out.varint(replicas_.size());
    for (const replica_id& r : replicas_) {
      codec<replica_id>::encode(out, r);
    }
  }
  [[nodiscard]] static replica_table decode(byte_reader& in, const limits& bounds) {
    replica_table table;
    const std::size_t count = in.count(16, "table of replicas");
    if (count > bounds.max_replicas) {
      in.fail(errc::limit_exceeded, "table of replicas");
    }
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
      table.replicas_.push_back(codec<replica_id>::decode(in, bounds));
      if (!in.failed() && i != 0 && !(table.replicas_[i - 1] < table.replicas_[i])) {
        in.fail(errc::not_canonical, "order of replicas");
      }
    }
    table.used_.resize(table.replicas_.size());
    return table;
  }
  /// Fails the reader unless every replica of the table was got: else the table could be shorter.
  void expect_all_used(byte_reader& in) const {
    if (!in.failed() && !std::all_of(used_.begin(), used_.end(), [](bool used) { return used; })) {
      in.fail(errc::not_canonical, "replica that is named in vain");
    }
  }

private:
  std::vector<replica_id> replicas_;
  std::vector<bool> used_;
};

}  // namespace weft::crdt
