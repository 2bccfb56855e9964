// SPDX-License-Identifier: MIT
// From a store_txn to rows. First everything is computed and checked against memory, then written
// in one SQLite transaction, and only when that is durable does memory follow.
#include "store/store_state.hpp"

#include <algorithm>
#include <utility>

namespace weft::sync {

using detail::record_kind;
using detail::store_document;
using detail::table;
using detail::write_list;

namespace {

constexpr std::uint64_t checkpoint_bytes = std::uint64_t{1} << 20U;
constexpr std::uint64_t lease_every_changes = 256;
constexpr std::size_t max_quarantine_rows = 10'000;
constexpr std::size_t max_quarantine_bytes = std::size_t{64} << 20U;
constexpr std::size_t max_quarantined_bytes = std::size_t{64} << 10U;

/// What a transaction makes of one document.
struct draft {
  store_document* before = nullptr;  // null: a new document
  std::int64_t record = 0;
  detail::doc_number number = 0;
  stored_doc doc;
  std::map<replica_id, store_document::head_row> heads;  // those that moved
  std::vector<std::pair<change_meta, std::uint64_t>> added;
  std::vector<member_entry> members;
  std::set<member_hash> member_hashes;
  std::map<device_id, store_document::ack_row> acks;  // those that moved

  [[nodiscard]] const store_document::head_row* head(const replica_id& replica) const {
    const auto moved = heads.find(replica);
    if (moved != heads.end()) return &moved->second;
    if (before == nullptr) return nullptr;
    const auto stored = before->heads.find(replica);
    return stored == before->heads.end() ? nullptr : &stored->second;
  }
};

/// Collects the writes of one transaction.
class commit_plan {
public:
  explicit commit_plan(sqlite_store::state& s) : s_(s), next_lsn_(s.next_lsn) {}
  [[nodiscard]] result<write_list> make(const store_txn& txn);

private:
  [[nodiscard]] result<draft*> open(const doc_id& id);
  void add_document(const store_txn::new_document& d);
  [[nodiscard]] result<void> add_changes(const store_txn::new_changes& c);
  [[nodiscard]] result<void> add_change(draft& d, const checked_change& c);
  [[nodiscard]] result<void> add_known(const draft& d, const checked_change& c);
  [[nodiscard]] result<void> add_members(const store_txn::new_members& m);
  [[nodiscard]] result<void> add_ack(const store_txn::peer_ack& a);
  void add_peer(const stored_peer& peer);
  void finish(const doc_id& id, draft& d);

  sqlite_store::state& s_;
  write_list out_;
  std::uint64_t next_lsn_;
  std::map<doc_id, draft> drafts_;
};

result<draft*> commit_plan::open(const doc_id& id) {
  const auto found = drafts_.find(id);
  if (found != drafts_.end()) return &found->second;
  store_document* stored = s_.find(id);
  if (stored == nullptr) {
    return sync_error{sync_errc::not_found,
                      "The document " + to_string(id) + " is not in this profile."};
  }
  draft& d = drafts_[id];
  d.before = stored;
  d.record = stored->record;
  d.number = stored->number;
  d.doc = stored->doc;
  return &d;
}

void commit_plan::add_document(const store_txn::new_document& fresh) {
  if (s_.find(fresh.id) != nullptr || drafts_.contains(fresh.id)) return;
  draft& d = drafts_[fresh.id];
  // Numbers start at 1 and follow the records of documents, which are never deleted.
  d.record = s_.new_record(record_kind::document);
  d.number =
      static_cast<detail::doc_number>(d.record - detail::record_id(record_kind::document, 0)) + 1;
  WEFT_ASSERT(d.number <= detail::max_doc_number,
              "a profile holds less than four million documents");
  d.doc.id = fresh.id;
  d.doc.title = fresh.title;
}

/// A change that is stored already: fine when it is the same.
result<void> commit_plan::add_known(const draft& d, const checked_change& c) {
  if (d.before != nullptr) {
    auto index = s_.index_of(*d.before);
    if (!index) return index.error();
    const auto known = (*index)->by_seq(c.meta.replica, c.meta.seq);
    if (known && known->hash == c.meta.hash) return {};
  }
  for (const auto& [meta, lsn] : d.added) {
    if (meta.replica == c.meta.replica && meta.seq == c.meta.seq && meta.hash == c.meta.hash)
      return {};
  }
  return sync_error{sync_errc::bad_data, "A different change is stored as number " +
                                             std::to_string(c.meta.seq) + " of replica " +
                                             to_string(c.meta.replica) + "."};
}

result<void> commit_plan::add_change(draft& d, const checked_change& c) {
  const store_document::head_row* before = d.head(c.meta.replica);
  const std::uint64_t next = before == nullptr ? 0 : before->head.last.seq + 1;
  if (c.meta.seq < next) return add_known(d, c);
  const std::uint32_t counter = before == nullptr ? 0 : before->head.last.end_counter();
  if (c.meta.seq != next || c.meta.first_counter != counter) {
    return sync_error{sync_errc::bad_data, "A change would leave a gap in the log of replica " +
                                               to_string(c.meta.replica) + "."};
  }
  const bytes row = detail::encode_change_row(c.sealed);
  WEFT_ASSERT(hash_of(c.sealed.header) == c.meta.hash, "metadata belongs to its change");
  store_document::head_row head;
  head.record = before == nullptr ? s_.new_record(record_kind::replica) : before->record;
  head.head.last = c.meta;
  head.head.author = c.author;
  head.head.membership_heads = c.sealed.header.membership_heads;
  // An empty list in a header means: as before.
  if (head.head.membership_heads.empty() && before != nullptr) {
    head.head.membership_heads = before->head.membership_heads;
  }
  d.heads[c.meta.replica] = std::move(head);
  const std::uint64_t lsn = next_lsn_++;
  WEFT_ASSERT(lsn < detail::max_lsn, "a store holds less than 2^40 changes");
  d.added.emplace_back(c.meta, lsn);
  d.doc.change_count += 1;
  d.doc.last_lsn = lsn;
  add_to_digest(d.doc.log_digest, c.meta.hash);
  out_.puts.push_back({table::change, detail::change_id(d.number, lsn), row});
  return {};
}

result<void> commit_plan::add_changes(const store_txn::new_changes& c) {
  auto d = open(c.document);
  if (!d) return d.error();
  for (const checked_change& change : c.changes) {
    if (auto ok = add_change(**d, change); !ok) return ok;
  }
  return {};
}

result<void> commit_plan::add_members(const store_txn::new_members& m) {
  auto d = open(m.document);
  if (!d) return d.error();
  for (const member_entry& entry : m.entries) {
    const member_hash hash = entry.hash();
    const bool stored = (*d)->before != nullptr && (*d)->before->member_hashes.contains(hash);
    if (stored || !(*d)->member_hashes.insert(hash).second) continue;
    (*d)->members.push_back(entry);
    out_.puts.push_back({table::record, s_.new_record(record_kind::member),
                         encode(detail::member_record{(*d)->number, entry.encode()})});
  }
  return {};
}

result<void> commit_plan::add_ack(const store_txn::peer_ack& a) {
  auto d = open(a.document);
  if (!d) return d.error();
  store_document::ack_row row;
  const auto moved = (*d)->acks.find(a.device);
  if (moved != (*d)->acks.end()) {
    row = moved->second;
  } else if ((*d)->before != nullptr && (*d)->before->acks.contains(a.device)) {
    row = (*d)->before->acks.at(a.device);
  } else {
    row.record = s_.new_record(record_kind::ack);
  }
  for (const auto& [replica, count] : a.seqs) {
    if (count == 0) continue;
    std::uint64_t& known = row.seqs[replica];
    known = std::max(known, count);
  }
  (*d)->acks[a.device] = std::move(row);
  return {};
}

void commit_plan::add_peer(const stored_peer& peer) {
  const auto found = s_.peers.find(peer.key);
  const std::int64_t id =
      found != s_.peers.end() ? found->second.record : s_.new_record(record_kind::peer);
  out_.puts.push_back({table::record, id, detail::encode(peer)});
  out_.then.emplace_back([&s = s_, peer, id] { s.peers[peer.key] = {id, peer}; });
}

void commit_plan::finish(const doc_id& id, draft& d) {
  out_.puts.push_back({table::record, d.record, encode(detail::document_record{d.number, d.doc})});
  for (const auto& [replica, row] : d.heads) {
    out_.puts.push_back(
        {table::record, row.record, encode(detail::replica_record{d.number, row.head})});
  }
  for (const auto& [device, row] : d.acks) {
    out_.puts.push_back(
        {table::record, row.record, encode(detail::ack_record{d.number, device, row.seqs})});
  }
  out_.then.emplace_back([&s = s_, id, from = &d] {
    store_document& to = s.documents[id];
    to.record = from->record;
    to.number = from->number;
    to.doc = from->doc;
    for (auto& [replica, row] : from->heads) to.heads[replica] = row;
    for (auto& [device, row] : from->acks) to.acks[device] = row;
    to.members.insert(to.members.end(), from->members.begin(), from->members.end());
    to.member_hashes.insert(from->member_hashes.begin(), from->member_hashes.end());
    if (from->before == nullptr) to.index.emplace();
    if (!to.index) return;
    for (const auto& [meta, lsn] : from->added) {
      const bool continued = to.index->add(meta, lsn);
      WEFT_ASSERT(continued, "what was committed continues the index");
    }
  });
}

result<write_list> commit_plan::make(const store_txn& txn) {
  for (const auto& d : txn.documents) add_document(d);
  for (const auto& m : txn.members) {
    if (auto ok = add_members(m); !ok) return ok.error();
  }
  for (const auto& c : txn.changes) {
    if (auto ok = add_changes(c); !ok) return ok.error();
  }
  for (const auto& a : txn.acks) {
    if (auto ok = add_ack(a); !ok) return ok.error();
  }
  for (const auto& t : txn.titles) {
    auto d = open(t.document);
    if (!d) return d.error();
    (*d)->doc.title = t.text;
  }
  for (const stored_peer& p : txn.peers) add_peer(p);
  for (const auto& q : txn.quarantine) s_.add_quarantined(q, out_);
  for (auto& [id, d] : drafts_) finish(id, d);
  out_.then.emplace_back([&s = s_, lsn = next_lsn_] { s.next_lsn = lsn; });
  return std::move(out_);
}

}  // namespace

void sqlite_store::state::add_quarantined(const store_txn::quarantined& q, write_list& out) {
  store_txn::quarantined kept = q;
  if (kept.data.size() > max_quarantined_bytes) kept.data.resize(max_quarantined_bytes);
  detail::quarantine_row row{new_record(record_kind::quarantine), 0};
  bytes data = detail::encode(kept);
  row.size = data.size();
  out.puts.push_back({table::record, row.record, std::move(data)});
  out.then.emplace_back([this, row] {
    quarantine.push_back(row);
    quarantine_bytes += row.size;
  });
}

result<void> sqlite_store::state::apply(write_list&& writes) {
  // Old quarantine makes room for new one, in the same transaction.
  std::size_t rows = quarantine.size();
  std::size_t size = quarantine_bytes;
  std::size_t dropped = 0;
  while (rows > max_quarantine_rows || size > max_quarantine_bytes) {
    size -= quarantine[dropped].size;
    --rows;
    writes.erased_records.push_back(quarantine[dropped++].record);
  }
  auto done = db->transact([&]() -> result<void> {
    for (const write_list::row& row : writes.puts) {
      if (auto ok = db->put(row.in, row.id, row.data); !ok) return ok;
    }
    for (const std::int64_t id : writes.erased_records) {
      if (auto ok = db->erase(table::record, id, id + 1); !ok) return ok;
    }
    return {};
  });
  if (!done) return done;
  quarantine.erase(quarantine.begin(), quarantine.begin() + static_cast<std::ptrdiff_t>(dropped));
  quarantine_bytes = size;
  for (const auto& f : writes.then) f();
  tidy_after_commit();
  return {};
}

/// Housekeeping that may fail without harm: what was committed is durable already.
void sqlite_store::state::tidy_after_commit() {
  if (db->wal_bytes() >= checkpoint_bytes) static_cast<void>(db->checkpoint());
  if (next_lsn - leased_lsn >= lease_every_changes) {
    static_cast<void>(write_lease_now(false, self.run));
  }
}

result<void> sqlite_store::commit(const store_txn& txn) {
  if (!state_->db) return sync_error{sync_errc::closed, "The store is closed."};
  commit_plan plan(*state_);
  auto writes = plan.make(txn);
  if (!writes) return writes.error();
  return state_->apply(*std::move(writes));
}

}  // namespace weft::sync
