// SPDX-License-Identifier: MIT
// The store: what a device keeps, and the transactions that change it.
//
// `store_view` reads (synchronously, never a half-applied transaction), `store_txn` is a write as
// data, so that a simulator can fail it. A change row is also the outbox entry. Invariants: a
// transaction is applied wholly or not at all; `commit` returns only after fsync; sequence numbers
// of own replicas and `lsn` are never used twice; a row's checksum is verified before it is served.
//
// One thread at a time per store. docs/internals/store.md has the schema.
#pragma once

#include "weft/sync/error.hpp"
#include "weft/sync/ids.hpp"
#include "weft/sync/membership.hpp"
#include "weft/sync/sealed.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weft::sync {

struct stored_doc {
  doc_id id{};
  std::string title;  ///< local name; also kept in the document's own map
  std::uint64_t change_count = 0;
  std::uint64_t last_lsn = 0;
  digest32 log_digest{};  ///< sum of the change hashes mod 2^256
};

struct stored_peer {
  public_key key{};
  std::string name;
  std::vector<std::string> addresses;  ///< where to dial it; may be empty
  std::int64_t last_seen_ms = 0;
};

/// One write, applied whole.
struct store_txn {
  struct new_document {
    doc_id id{};
    std::string title;
  };
  struct new_changes {
    doc_id document{};
    std::vector<checked_change> changes;
  };  ///< causal order
  struct new_members {
    doc_id document{};
    std::vector<member_entry> entries;
  };
  struct peer_ack {
    device_id device{};
    doc_id document{};
    seq_vector seqs;
  };
  struct title {
    doc_id document{};
    std::string text;
  };
  struct quarantined {
    doc_id document{};
    device_id from{};
    std::string reason;
    bytes data;
  };
  std::vector<new_document> documents;
  std::vector<new_changes> changes;
  std::vector<new_members> members;
  std::vector<peer_ack> acks;
  std::vector<stored_peer> peers;  ///< insert or replace by key
  std::vector<title> titles;
  std::vector<quarantined> quarantine;
};

class store_view {
public:
  virtual ~store_view() = default;
  [[nodiscard]] virtual store_instance instance() const = 0;
  [[nodiscard]] virtual std::vector<stored_doc> documents() const = 0;
  [[nodiscard]] virtual std::vector<stored_peer> peers() const = 0;
  [[nodiscard]] virtual std::vector<member_entry> member_entries(const doc_id& document) const = 0;
  [[nodiscard]] virtual std::vector<replica_head> heads(const doc_id& document) const = 0;
  [[nodiscard]] virtual std::map<device_id, seq_vector> acks(const doc_id& document) const = 0;
  /// Valid while the store lives; reads through.
  [[nodiscard]] virtual change_lookup lookup(const doc_id& document) const = 0;
  /// Changes not in `have`, in lsn (hence causal) order, about `max_bytes` of bodies: more when
  /// that is needed so that each replica's run in the answer ends with a signed change. Empty: none
  /// left.
  [[nodiscard]] virtual result<std::vector<sealed_change>> read_after(
      const doc_id& document, const seq_vector& have, std::size_t max_bytes) const = 0;
};

/// A store that can be written.
class store : public store_view {
public:
  /// Applies and fsyncs. On error nothing of `txn` is applied.
  [[nodiscard]] virtual result<void> commit(const store_txn& txn) = 0;
};

struct store_stats {
  std::uint64_t file_bytes = 0;      ///< database and WAL on disk
  std::uint64_t change_rows = 0;     ///< changes kept as rows
  std::uint64_t packed_changes = 0;  ///< changes kept in packs
  std::uint64_t quarantined = 0;
};

/// The SQLite store of one profile folder (file `weft.db`, lease and guard beside it).
class sqlite_store final : public store {
public:
  struct state;  ///< the inside; src/store/store_state.hpp
  /// Opens or creates. in_use: another process holds the profile. corrupt: damaged beyond use; the
  /// original file is kept. version: written by a newer program.
  [[nodiscard]] static result<std::unique_ptr<sqlite_store>> open(
      const std::filesystem::path& folder);
  ~sqlite_store() override;

  [[nodiscard]] store_instance instance() const override;
  [[nodiscard]] std::vector<stored_doc> documents() const override;
  [[nodiscard]] std::vector<stored_peer> peers() const override;
  [[nodiscard]] std::vector<member_entry> member_entries(const doc_id& document) const override;
  [[nodiscard]] std::vector<replica_head> heads(const doc_id& document) const override;
  [[nodiscard]] std::map<device_id, seq_vector> acks(const doc_id& document) const override;
  [[nodiscard]] change_lookup lookup(const doc_id& document) const override;
  [[nodiscard]] result<std::vector<sealed_change>> read_after(const doc_id& document,
                                                              const seq_vector& have,
                                                              std::size_t max_bytes) const override;
  /// Everything, in lsn order, with what else is known of each. Faster than read_after from
  /// nothing.
  [[nodiscard]] result<std::vector<checked_change>> read_all(const doc_id& document) const;
  [[nodiscard]] result<void> commit(const store_txn& txn) override;

  /// The replica to write `document` as: the last own one when the lease (kept outside the
  /// database) proves that nothing was rolled back, restored or copied; else a new random one.
  /// `forced` names it (tests and replays). The answer is durable before it is returned.
  [[nodiscard]] result<replica_id> own_replica(const doc_id& document,
                                               std::optional<replica_id> forced = std::nullopt);
  /// All replicas that this device has been in `document`, oldest first.
  [[nodiscard]] std::vector<replica_id> own_replicas(const doc_id& document) const;

  /// Small values beside documents (undo stacks, window state). Key <= 200 bytes.
  [[nodiscard]] std::optional<bytes> get_blob(const std::string& key) const;
  [[nodiscard]] result<void> put_blob(const std::string& key, byte_view value);

  /// Re-encodes rows into packs (all of them if `everything`), then gives the space back to the
  /// file system. Nothing is deleted before its pack is committed.
  [[nodiscard]] result<void> compact(bool everything);
  /// Walks the whole store: checksums, hashes, chains, heads, digests. Sentences for what is wrong.
  [[nodiscard]] std::vector<std::string> scrub() const;
  [[nodiscard]] store_stats stats() const;
  /// Clean end: checkpoint, lease written. Also done by the destructor.
  void close();

private:
  explicit sqlite_store(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

/// A store in memory, for the simulator and for tests. `fail_next` makes the next commit fail.
class memory_store final : public store {
public:
  memory_store(const store_instance& instance);
  ~memory_store() override;
  [[nodiscard]] store_instance instance() const override;
  [[nodiscard]] std::vector<stored_doc> documents() const override;
  [[nodiscard]] std::vector<stored_peer> peers() const override;
  [[nodiscard]] std::vector<member_entry> member_entries(const doc_id& document) const override;
  [[nodiscard]] std::vector<replica_head> heads(const doc_id& document) const override;
  [[nodiscard]] std::map<device_id, seq_vector> acks(const doc_id& document) const override;
  [[nodiscard]] change_lookup lookup(const doc_id& document) const override;
  [[nodiscard]] result<std::vector<sealed_change>> read_after(const doc_id& document,
                                                              const seq_vector& have,
                                                              std::size_t max_bytes) const override;
  [[nodiscard]] result<void> commit(const store_txn& txn) override;
  void fail_next(sync_errc code);

private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace weft::sync
