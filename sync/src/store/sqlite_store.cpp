// SPDX-License-Identifier: MIT
// Opening, closing, and the questions that memory answers.
#include "store/store_state.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace weft::sync {

using detail::record_kind;
using detail::store_document;

namespace {

const sync_error closed_error{sync_errc::closed, "The store is closed."};

/// How many of the newest changes of each document are read and checked after a crash.
constexpr std::uint64_t checked_tail = 64;

}  // namespace

sync_error sqlite_store::state::corrupt(const std::string& what) const {
  return {sync_errc::corrupt,
          file().string() + " is damaged: " + what +
              ". The file was left as it is: keep a copy, and restore a backup or join again from "
              "another device."};
}

store_document* sqlite_store::state::find(const doc_id& id) {
  const auto found = documents.find(id);
  return found == documents.end() ? nullptr : &found->second;
}

store_document* sqlite_store::state::by_number(detail::doc_number number) {
  const auto found = numbered.find(number);
  return found == numbered.end() ? nullptr : found->second;
}

std::int64_t sqlite_store::state::new_record(record_kind kind) {
  return detail::record_id(kind, next_record[static_cast<std::size_t>(kind)]++);
}

result<std::unique_ptr<sqlite_store>> sqlite_store::open(const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) {
    return sync_error{sync_errc::io, "The folder " + folder.string() + " cannot be made (" +
                                         failed.message() +
                                         "). Check the path and its permissions."};
  }
  auto s = std::make_unique<state>();
  s->folder = folder;
  auto lock = detail::profile_lock::take(folder);
  if (!lock) return lock.error();
  s->lock.emplace(*std::move(lock));
  auto db = detail::row_db::open(s->file());
  if (!db) return db.error();
  s->db = *std::move(db);
  if (auto ok = s->load(); !ok) return ok.error();
  return std::unique_ptr<sqlite_store>(new sqlite_store(std::move(s)));
}

sqlite_store::sqlite_store(std::unique_ptr<state> s) : state_(std::move(s)) {}
sqlite_store::~sqlite_store() {
  close();
}

/// Ids sort documents in front of what belongs to them.
bool sqlite_store::state::load_document(std::int64_t id, byte_view data) {
  const auto r = detail::decode_document(data);
  if (!r || r->number == 0 || find(r->doc.id) != nullptr || numbered.contains(r->number)) {
    return false;
  }
  store_document& d = documents[r->doc.id];
  d.record = id;
  d.number = r->number;
  d.doc = r->doc;
  numbered[r->number] = &d;
  next_lsn = std::max(next_lsn, r->doc.last_lsn + 1);
  return true;
}

bool sqlite_store::state::load_member(byte_view data) {
  const auto r = detail::decode_member(data);
  store_document* d = r ? by_number(r->document) : nullptr;
  if (d == nullptr) return false;
  auto entry = member_entry::decode(r->entry);
  if (!entry) return false;
  d->member_hashes.insert(entry->hash());
  d->members.push_back(*std::move(entry));
  return true;
}

bool sqlite_store::state::load_record(std::int64_t id, byte_view data) {
  const auto kind = static_cast<std::uint64_t>(id) >> 48U;
  if (kind >= detail::record_kinds) return true;  // of a newer minor version
  const std::uint64_t n = static_cast<std::uint64_t>(id) & ((std::uint64_t{1} << 48U) - 1);
  next_record[kind] = std::max(next_record[kind], n + 1);
  switch (static_cast<record_kind>(kind)) {
    case record_kind::store: {
      const auto r = detail::decode_store(data);
      if (r) self = *r;
      return r.has_value();
    }
    case record_kind::document:
      return load_document(id, data);
    case record_kind::member:
      return load_member(data);
    case record_kind::replica: {
      const auto r = detail::decode_replica(data);
      store_document* d = r ? by_number(r->document) : nullptr;
      return d != nullptr &&
             d->heads.try_emplace(r->head.last.replica, store_document::head_row{id, r->head})
                 .second;
    }
    case record_kind::ack: {
      const auto r = detail::decode_ack(data);
      store_document* d = r ? by_number(r->document) : nullptr;
      return d != nullptr &&
             d->acks.try_emplace(r->device, store_document::ack_row{id, r->seqs}).second;
    }
    case record_kind::peer: {
      const auto r = detail::decode_peer(data);
      return r && peers.try_emplace(r->key, peer_row{id, *r}).second;
    }
    case record_kind::quarantine:
      quarantine.push_back({id, data.size()});
      quarantine_bytes += data.size();
      return true;
    case record_kind::blob: {
      const auto r = detail::decode_blob(data);
      return r && blobs.emplace(r->key, id).second;
    }
    case record_kind::own_replica: {
      const auto r = detail::decode_own(data);
      store_document* d = r ? by_number(r->document) : nullptr;
      if (d != nullptr) d->own.push_back({n, r->replica});
      return d != nullptr;
    }
    case record_kind::pack: {
      const auto r = detail::decode_pack_record(data);
      store_document* d = r ? by_number(r->document) : nullptr;
      return d != nullptr &&
             d->packs.try_emplace(r->first_lsn, store_document::pack_row{id, *r}).second;
    }
  }
  return true;
}

result<void> sqlite_store::state::load() {
  // A damaged bookmark, undo stack or quarantined change does not keep the documents closed.
  constexpr std::int64_t optional_from = detail::record_id(record_kind::peer, 0);
  constexpr std::int64_t needed_again = detail::record_id(record_kind::own_replica, 0);
  constexpr std::int64_t end = detail::record_id(record_kind{255}, 0) & INT64_MAX;
  bool any = false;
  const auto visit = [&](std::int64_t id, byte_view data) -> result<bool> {
    any = true;
    if (load_record(id, data)) return true;
    const std::string what = "record " + std::to_string(id) + " cannot be read";
    if (id < optional_from || id >= needed_again) return corrupt(what);
    damaged.push_back(corrupt(what).what);
    return true;
  };
  const auto note = [&](const std::string& what) {
    any = true;
    damaged.push_back(what);
  };
  if (auto ok = db->scan(detail::table::record, 0, optional_from, visit); !ok) return ok;
  if (auto ok = db->scan_all(detail::table::record, optional_from, needed_again, visit, note);
      !ok) {
    return ok;
  }
  if (auto ok = db->scan(detail::table::record, needed_again, end, visit); !ok) return ok;
  if (any && self.instance == store_instance{}) return corrupt("its first record is missing");
  return settle_identity(!any);
}

detail::store_facts sqlite_store::state::facts() const {
  detail::store_facts now;
  now.instance = self.instance;
  now.run = self.run;
  now.database = detail::identity_of(file()).value_or(detail::file_identity{});
  now.next_lsn = next_lsn;
  for (const auto& [id, d] : documents) {
    for (const auto& row : d.own) {
      const auto head = d.heads.find(row.replica);
      now.own[{id, row.replica}] = head == d.heads.end() ? 0 : head->second.head.last.seq + 1;
    }
  }
  return now;
}

result<void> sqlite_store::state::write_lease_now(bool clean, const detail::nonce16& run_before) {
  auto ok = detail::write_lease(lease_file(), {facts(), run_before, machine, clean});
  if (ok) leased_lsn = next_lsn;
  return ok;
}

/// Judges the lease, then opens a new run: the lease says so first, the database second.
result<void> sqlite_store::state::settle_identity(bool is_new) {
  machine = detail::machine_digest();
  const detail::nonce16 run_before = self.run;
  const auto verdict = detail::judge(detail::read_lease(lease_file()), facts(), machine, is_new);
  if (verdict != detail::lease_verdict::exact) {
    if (auto ok = check_tails(); !ok) return ok;
    // For good: a clean close of this run must not make the old ids look safe to the next one.
    self.reusable_from = next_record[static_cast<std::size_t>(record_kind::own_replica)];
  }
  if (is_new || verdict == detail::lease_verdict::rolled_back) random_bytes(self.instance);
  random_bytes(self.run);
  if (auto ok = write_lease_now(false, run_before); !ok) return ok;
  if (auto ok = db->transact([&] {
        return db->put(detail::table::record, detail::record_id(record_kind::store, 0),
                       encode(self));
      });
      !ok) {
    return ok;
  }
  return is_new ? detail::sync_folder(folder) : result<void>{};
}

/// After a crash or a restore: the newest rows, and the structure of the file.
result<void> sqlite_store::state::check_tails() {
  if (const auto faults = db->structure_faults(1); !faults.empty()) return corrupt(faults.front());
  for (const auto& [id, d] : documents) {
    const std::uint64_t last = d.doc.last_lsn;
    const std::uint64_t first =
        std::max(d.rows_begin(), last > checked_tail ? last - checked_tail : 0);
    const auto visit = [&](std::int64_t row, byte_view data) -> result<bool> {
      if (!detail::decode_change_row(detail::lsn_of(row), data)) {
        return corrupt("change row " + std::to_string(row) + " cannot be read");
      }
      return true;
    };
    if (auto ok = db->scan(detail::table::change, detail::change_id(d.number, first),
                           detail::change_id(d.number + 1, 0), visit);
        !ok) {
      return ok;
    }
  }
  return {};
}

void sqlite_store::close() {
  if (!state_->db) return;
  // A failed checkpoint leaves a WAL that the next opening reads: nothing is lost by it.
  const bool tidy = state_->db->checkpoint().has_value();
  const auto facts = state_->facts();
  state_->db.reset();
  if (tidy && facts.database == state_->facts().database) {
    // Without this the next run writes under new replica ids, which is always safe.
    static_cast<void>(state_->write_lease_now(true, state_->self.run));
  }
  state_->lock.reset();
}

store_instance sqlite_store::instance() const {
  return state_->self.instance;
}

std::vector<stored_doc> sqlite_store::documents() const {
  std::vector<stored_doc> out;
  for (const auto& [id, d] : state_->documents) out.push_back(d.doc);
  return out;
}

std::vector<stored_peer> sqlite_store::peers() const {
  std::vector<stored_peer> out;
  for (const auto& [key, row] : state_->peers) out.push_back(row.peer);
  return out;
}

std::vector<member_entry> sqlite_store::member_entries(const doc_id& document) const {
  const store_document* d = state_->find(document);
  return d == nullptr ? std::vector<member_entry>{} : d->members;
}

std::vector<replica_head> sqlite_store::heads(const doc_id& document) const {
  std::vector<replica_head> out;
  if (const store_document* d = state_->find(document)) {
    for (const auto& [replica, row] : d->heads) out.push_back(row.head);
  }
  return out;
}

std::map<device_id, seq_vector> sqlite_store::acks(const doc_id& document) const {
  std::map<device_id, seq_vector> out;
  if (const store_document* d = state_->find(document)) {
    for (const auto& [device, row] : d->acks) out.emplace(device, row.seqs);
  }
  return out;
}

std::vector<replica_id> sqlite_store::own_replicas(const doc_id& document) const {
  const store_document* d = state_->find(document);
  std::vector<replica_id> out;
  if (d != nullptr) {
    for (const auto& row : d->own) out.push_back(row.replica);
  }
  return out;
}

result<replica_id> sqlite_store::own_replica(const doc_id& document,
                                             std::optional<replica_id> forced) {
  state& s = *state_;
  if (!s.db) return closed_error;
  store_document* d = s.find(document);
  if (d == nullptr) {
    return sync_error{sync_errc::not_found, "The document " + to_string(document) +
                                                " is not in this profile. Join it first."};
  }
  const auto own = [d](const replica_id& id) {
    return std::any_of(d->own.begin(), d->own.end(),
                       [&](const auto& row) { return row.replica == id; });
  };
  if (!forced && d->writing_as) return *d->writing_as;
  if (!forced && !d->own.empty() && d->own.back().number >= s.self.reusable_from) {
    d->writing_as = d->own.back().replica;
    return *d->writing_as;
  }
  replica_id id;
  if (forced) {
    id = *forced;
  } else {
    random_bytes(id.bytes);
  }
  if (!own(id)) {
    detail::write_list writes;
    const std::int64_t record = s.new_record(record_kind::own_replica);
    const auto number =
        static_cast<std::uint64_t>(record - detail::record_id(record_kind::own_replica, 0));
    writes.puts.push_back(
        {detail::table::record, record, encode(detail::own_record{d->number, id})});
    writes.then.emplace_back([d, id, number] { d->own.push_back({number, id}); });
    if (auto ok = s.apply(std::move(writes)); !ok) return ok.error();
  }
  d->writing_as = id;
  return id;
}

std::optional<bytes> sqlite_store::get_blob(const std::string& key) const {
  const auto found = state_->blobs.find(key);
  if (found == state_->blobs.end() || !state_->db) return std::nullopt;
  auto data = state_->db->get(detail::table::record, found->second);
  if (!data || !*data) return std::nullopt;
  auto r = detail::decode_blob(**data);
  if (!r || r->key != key) return std::nullopt;
  return std::move(r->value);
}

result<void> sqlite_store::put_blob(const std::string& key, byte_view value) {
  state& s = *state_;
  if (!s.db) return closed_error;
  WEFT_ASSERT(key.size() <= 200, "the key of a blob has at most 200 bytes");
  const auto found = s.blobs.find(key);
  const std::int64_t id = found != s.blobs.end() ? found->second : s.new_record(record_kind::blob);
  detail::write_list writes;
  writes.puts.push_back(
      {detail::table::record, id, encode(detail::blob_record{key, {value.begin(), value.end()}})});
  writes.then.emplace_back([&s, key, id] { s.blobs[key] = id; });
  return s.apply(std::move(writes));
}

store_stats sqlite_store::stats() const {
  store_stats out;
  for (const char* suffix : {"", "-wal"}) {
    std::filesystem::path file = state_->file();
    file += suffix;
    std::error_code missing;
    const auto size = std::filesystem::file_size(file, missing);
    if (!missing) out.file_bytes += size;
  }
  for (const auto& [id, d] : state_->documents) {
    const std::uint64_t packed = d.packed_changes();
    out.packed_changes += packed;
    out.change_rows += d.doc.change_count - packed;
  }
  out.quarantined = state_->quarantine.size();
  return out;
}

}  // namespace weft::sync
