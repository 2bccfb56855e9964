// SPDX-License-Identifier: MIT
// What an application does around the core, for the simulator: one real document per shared one,
// edited at random, sealed, fed from deliveries. Breaks off with `oracle_failure` when a promise of
// the sync layer does not hold.
#pragma once

#include "support/seeds.hpp"
#include "weft/crdt/document/document.hpp"
#include "weft/sync/core.hpp"

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace weft::sim {

/// A promise was broken. The text says which one, and where.
class oracle_failure : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Changes that an application has seen, by all names.
class change_index {
public:
  void add(const sync::checked_change& change);
  [[nodiscard]] bool contains(const crdt::replica_id& replica, std::uint64_t seq) const;
  [[nodiscard]] sync::change_lookup lookup() const;

private:
  std::map<std::pair<crdt::replica_id, std::uint64_t>, sync::change_meta> by_seq_;
  std::map<crdt::op_id, sync::change_meta> by_last_op_;
  std::map<crdt::replica_id, sync::replica_head> heads_;
};

class app_document {
public:
  /// What the store holds, and `self` as the writer from now on.
  app_document(const sync::doc_id& id, const crdt::replica_id& self, const sync::store_view& store);

  [[nodiscard]] const crdt::replica_id& self() const { return self_; }
  void edit(test::rng& random);
  void insert(std::string_view text);
  /// Own edits since the last call, sealed and signed.
  [[nodiscard]] std::vector<sync::checked_change> seal(const sync::key_pair& device,
                                                       std::int64_t wall_ms);
  /// A delivery of the core. Every change must follow all that it depends on.
  void take(const std::vector<sync::checked_change>& changes);
  [[nodiscard]] std::string text();
  [[nodiscard]] crdt::bytes canonical() { return document_.export_canonical(); }

private:
  void import(const std::vector<sync::checked_change>& changes);
  sync::doc_id id_;
  crdt::replica_id self_;
  crdt::document document_;
  change_index seen_;
  std::uint32_t sealed_ = 0;
};

/// Marks a sealed change as checked: what a node does with its own.
[[nodiscard]] sync::checked_change checked(const sync::sealed_change& sealed,
                                           const sync::public_key& author);

}  // namespace weft::sim
