// SPDX-License-Identifier: MIT
// A device that writes in a document, and a folder that goes away: what the store tests stand on.
#pragma once

#include "weft/crdt/document/document.hpp"
#include "weft/sync/store.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace weft::test {

/// A new folder below the temporary one (or `root`), removed at the end.
class scratch_folder {
public:
  explicit scratch_folder(
      const std::filesystem::path& root = std::filesystem::temp_directory_path()) {
    static std::atomic<int> number{0};
    path_ = root / ("weft-store-" + std::to_string(::getpid()) + "-" + std::to_string(number++));
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

[[nodiscard]] inline sync::key_pair key_number(std::uint8_t n) {
  sync::digest32 seed{};
  seed[0] = n;
  seed[31] = 7;
  return sync::key_pair::from_seed(seed);
}

[[nodiscard]] inline sync::doc_id document_number(std::uint8_t n) {
  sync::doc_id id;
  id.bytes.fill(n);
  return id;
}

/// One replica with an engine document; turns its edits into sealed changes.
class writer {
public:
  writer(sync::doc_id document, crdt::replica_id replica, std::uint8_t key)
      : id_(document), key_(key_number(key)), doc_(replica) {}

  void type(std::string_view text) {
    auto t = doc_.get_text("text");
    t.insert(crdt::scalar_pos{t.length()}, text);
  }
  void type_at_front(std::string_view text) {
    doc_.get_text("text").insert(crdt::scalar_pos{0}, text);
  }
  [[nodiscard]] std::string text() { return doc_.get_text("text").to_string(); }
  [[nodiscard]] crdt::document& doc() { return doc_; }
  [[nodiscard]] const sync::key_pair& key() const { return key_; }

  /// Everything typed since the last call. `lookup` is of the store that gets it.
  [[nodiscard]] sync::result<std::vector<sync::sealed_change>> seal(
      const sync::change_lookup& lookup, std::int64_t wall_ms = 1'700'000'000'999) {
    const auto fresh = doc_.export_changes(doc_.replica(), sealed_);
    auto out = sync::seal(id_, fresh, lookup, key_, {}, wall_ms);
    if (out && !fresh.empty()) sealed_ = fresh.back().first.counter + fresh.back().length;
    return out;
  }
  /// Seals, checks and commits, as a node does with local changes.
  [[nodiscard]] sync::result<void> save(sync::store& to, std::int64_t wall_ms = 1'700'000'000'999) {
    const auto lookup = to.lookup(id_);
    auto sealed = seal(lookup, wall_ms);
    if (!sealed) return sealed.error();
    return receive(to, *std::move(sealed));
  }
  /// Checks and commits changes of anybody.
  [[nodiscard]] sync::result<void> receive(sync::store& to,
                                           std::vector<sync::sealed_change> changes) const {
    auto checked = sync::check_batch(id_, std::move(changes), to.lookup(id_));
    if (!checked) return checked.error();
    sync::store_txn txn;
    txn.changes.push_back({id_, *std::move(checked)});
    return to.commit(txn);
  }
  /// Imports into the engine what a store has.
  [[nodiscard]] sync::result<void> import_from(const sync::store_view& from) {
    auto sealed = from.read_after(id_, {}, SIZE_MAX);
    if (!sealed) return sealed.error();
    const auto lookup = from.lookup(id_);
    std::vector<crdt::change> changes;
    for (const auto& s : *sealed) {
      auto c = sync::unseal(s, lookup);
      if (!c) return c.error();
      changes.push_back(*std::move(c));
    }
    auto done = doc_.import_changes(changes);
    if (!done) return sync::sync_error{sync::sync_errc::bad_data, to_string(done.error())};
    if (done->pending != 0) return sync::sync_error{sync::sync_errc::bad_data, "pending"};
    return {};
  }

  /// Goes on as the replica that `from` already has changes of.
  [[nodiscard]] sync::result<void> resume(const sync::store_view& from) {
    if (auto done = import_from(from); !done) return done;
    if (const auto head = from.lookup(id_).head(doc_.replica())) sealed_ = head->last.end_counter();
    return {};
  }

private:
  sync::doc_id id_;
  sync::key_pair key_;
  crdt::document doc_;
  std::uint32_t sealed_ = 0;
};

[[nodiscard]] inline crdt::replica_id replica_number(std::uint64_t n) {
  return crdt::replica_id::from_number(n);
}

[[nodiscard]] inline sync::store_txn new_document(const sync::doc_id& id, std::string title = {}) {
  sync::store_txn txn;
  txn.documents.push_back({id, std::move(title)});
  return txn;
}

/// How many changes of each replica the store has.
[[nodiscard]] inline sync::seq_vector counts_of(const sync::store_view& s, const sync::doc_id& id) {
  sync::seq_vector out;
  for (const auto& head : s.heads(id)) out[head.last.replica] = head.last.seq + 1;
  return out;
}

}  // namespace weft::test
