// SPDX-License-Identifier: MIT
// The inside of sqlite_store: all small records in memory, changes and packs on disk.
//
// Memory follows the disk: a commit computes what it will write and what that means in memory,
// writes, and only then lets memory change. So a failed write leaves both as they were. Packs cover
// the oldest changes of a document, rows those after them; no lsn is in both.
#pragma once

#include "store/doc_index.hpp"
#include "store/lease.hpp"
#include "store/posix_file.hpp"
#include "store/records.hpp"
#include "store/row_db.hpp"
#include "weft/sync/store.hpp"

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace weft::sync {

namespace detail {

struct store_document {
  std::int64_t record = 0;
  doc_number number = 0;
  stored_doc doc;
  struct head_row {
    std::int64_t record = 0;
    replica_head head;
  };
  std::map<replica_id, head_row> heads;
  std::vector<member_entry> members;
  std::set<member_hash> member_hashes;
  struct ack_row {
    std::int64_t record = 0;
    seq_vector seqs;
  };
  std::map<device_id, ack_row> acks;
  struct pack_row {
    std::int64_t record = 0;
    pack_record pack;
  };
  std::map<std::uint64_t, pack_row> packs;  // by first lsn
  struct own_row {
    std::uint64_t number = 0;  // lower part of its record's id
    replica_id replica{};
  };
  std::vector<own_row> own;              // oldest first
  std::optional<replica_id> writing_as;  // given out by this run of the store
  std::optional<doc_index> index;        // built at first need

  [[nodiscard]] std::uint64_t packed_changes() const {
    std::uint64_t sum = 0;
    for (const auto& [lsn, row] : packs) sum += row.pack.changes;
    return sum;
  }
  /// First lsn that is not in a pack.
  [[nodiscard]] std::uint64_t rows_begin() const {
    return packs.empty() ? 0 : packs.rbegin()->second.pack.last_lsn + 1;
  }
};

struct quarantine_row {
  std::int64_t record = 0;
  std::size_t size = 0;
};

/// Rows to write in one transaction, and what they mean in memory afterwards.
struct write_list {
  struct row {
    table in = table::record;
    std::int64_t id = 0;
    bytes data;
  };
  std::vector<row> puts;
  std::vector<std::int64_t> erased_records;
  std::vector<std::function<void()>> then;
};

}  // namespace detail

struct sqlite_store::state {
  std::filesystem::path folder;
  std::optional<detail::profile_lock> lock;
  std::unique_ptr<detail::row_db> db;  // null when closed

  detail::store_record self;
  std::map<doc_id, detail::store_document> documents;
  std::map<detail::doc_number, detail::store_document*> numbered;  // while loading
  struct peer_row {
    std::int64_t record = 0;
    stored_peer peer;
  };
  std::map<public_key, peer_row> peers;
  std::map<std::string, std::int64_t> blobs;
  std::deque<detail::quarantine_row> quarantine;
  std::size_t quarantine_bytes = 0;
  std::array<std::uint64_t, detail::record_kinds> next_record{};
  std::uint64_t next_lsn = 1;
  std::vector<std::string> damaged;  // small rows that could not be read, for scrub

  digest32 machine{};            // of the lease
  std::uint64_t leased_lsn = 0;  // next_lsn when the lease was last written

  // The pack read last, since readers come back for the next part.
  std::int64_t cached_pack = -1;
  std::shared_ptr<const std::vector<detail::stored_change>> cache;

  [[nodiscard]] std::filesystem::path file() const { return folder / "weft.db"; }
  [[nodiscard]] std::filesystem::path lease_file() const { return folder / "weft.lease"; }
  [[nodiscard]] detail::store_document* find(const doc_id& id);
  [[nodiscard]] detail::store_document* by_number(detail::doc_number number);
  [[nodiscard]] std::int64_t new_record(detail::record_kind kind);

  // Opening and closing (sqlite_store.cpp).
  [[nodiscard]] result<void> load();
  [[nodiscard]] bool load_record(std::int64_t id, byte_view data);
  [[nodiscard]] bool load_document(std::int64_t id, byte_view data);
  [[nodiscard]] bool load_member(byte_view data);
  [[nodiscard]] result<void> settle_identity(bool is_new);
  [[nodiscard]] result<void> check_tails();
  [[nodiscard]] detail::store_facts facts() const;
  [[nodiscard]] result<void> write_lease_now(bool clean, const detail::nonce16& run_before);

  // Writing (commit.cpp).
  [[nodiscard]] result<void> apply(detail::write_list&& writes);
  void add_quarantined(const store_txn::quarantined& q, detail::write_list& out);
  void tidy_after_commit();

  // Reading (reading.cpp).
  [[nodiscard]] result<detail::doc_index*> index_of(detail::store_document& d);
  /// `also` is shown every change on the way; it may be empty.
  [[nodiscard]] result<detail::doc_index> build_index(
      detail::store_document& d, const std::function<void(const detail::stored_change&)>& also);
  [[nodiscard]] result<std::shared_ptr<const std::vector<detail::stored_change>>> read_pack(
      const detail::store_document& d, const detail::pack_record& pack,
      const change_lookup& lookup);
  /// Changes of `d` from `first_lsn` on, packs and rows alike, until `visit` returns false.
  using change_visitor = std::function<result<bool>(const detail::stored_change&)>;
  [[nodiscard]] result<void> for_each_change(detail::store_document& d, std::uint64_t first_lsn,
                                             const change_lookup& lookup,
                                             const change_visitor& visit);

  // Packs (compaction.cpp).
  [[nodiscard]] result<bool> pack_some(detail::store_document& d, const change_lookup& lookup);

  [[nodiscard]] sync_error corrupt(const std::string& what) const;
};

}  // namespace weft::sync
