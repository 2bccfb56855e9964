// SPDX-License-Identifier: MIT
// The store as maps. Slow and plain on purpose: it is the twin of the SQLite store, and refuses
// whatever a store may never be asked to hold.
#include "weft/sync/store.hpp"

#include <algorithm>
#include <set>

namespace weft::sync {

namespace {

struct document_rows {
  stored_doc doc;
  std::vector<checked_change> log;  // the index is the lsn - 1
  std::map<std::pair<replica_id, std::uint64_t>, std::size_t> by_seq;
  std::map<crdt::op_id, std::size_t> by_last_op;
  std::map<replica_id, replica_head> heads;
  std::map<member_hash, member_entry> members;
  std::map<device_id, seq_vector> acks;
};

void add_hash(digest32& sum, const change_hash& hash) {
  unsigned carry = 0;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    carry += static_cast<unsigned>(sum[i]) + hash[i];
    sum[i] = static_cast<std::uint8_t>(carry);
    carry >>= 8U;
  }
}

sync_error corrupt(const char* what) {
  return {sync_errc::corrupt, what};
}

/// Appends one change, or says why it cannot follow what is there.
result<void> append(document_rows& rows, const checked_change& change) {
  const change_meta& meta = change.meta;
  const auto known = rows.by_seq.find({meta.replica, meta.seq});
  if (known != rows.by_seq.end()) {
    if (rows.log[known->second].meta.hash == meta.hash) return {};
    return corrupt("A different change is stored under this sequence number.");
  }
  const auto head = rows.heads.find(meta.replica);
  const std::uint64_t next = head == rows.heads.end() ? 0 : head->second.last.seq + 1;
  if (meta.seq != next) return corrupt("A change would leave a gap in the log.");
  for (const crdt::change_ref& dep : change.sealed.header.deps) {
    if (!rows.by_seq.contains({dep.replica, dep.seq})) {
      return corrupt("A change would be stored before what it depends on.");
    }
  }
  const std::size_t at = rows.log.size();
  rows.log.push_back(change);
  rows.by_seq[{meta.replica, meta.seq}] = at;
  rows.by_last_op[{meta.replica, meta.end_counter() - 1}] = at;
  replica_head& now = rows.heads[meta.replica];
  now.last = meta;
  now.author = change.author;
  if (const auto& seen = change.sealed.header.membership_heads; !seen.empty()) {
    now.membership_heads = seen;  // empty in a header means: as before
  }
  rows.doc.change_count += 1;
  rows.doc.last_lsn = rows.log.size();
  add_hash(rows.doc.log_digest, meta.hash);
  return {};
}

}  // namespace

struct memory_store::state {
  store_instance instance{};
  std::map<doc_id, document_rows> documents;
  std::map<public_key, stored_peer> peers;
  std::vector<store_txn::quarantined> quarantine;
  std::optional<sync_errc> fail;

  /// Every named document is stored, or comes with `txn`.
  [[nodiscard]] bool names_known_documents(const store_txn& txn) const {
    std::set<doc_id> known;
    for (const auto& d : txn.documents) known.insert(d.id);
    const auto is_known = [&](const doc_id& id) {
      return known.contains(id) || documents.contains(id);
    };
    return std::all_of(txn.members.begin(), txn.members.end(),
                       [&](const auto& m) { return is_known(m.document); }) &&
           std::all_of(txn.changes.begin(), txn.changes.end(),
                       [&](const auto& c) { return is_known(c.document); }) &&
           std::all_of(txn.acks.begin(), txn.acks.end(),
                       [&](const auto& a) { return is_known(a.document); });
  }

  result<void> apply_changes(const store_txn& txn) {
    for (const auto& c : txn.changes) {
      for (const checked_change& change : c.changes) {
        if (auto done = append(documents[c.document], change); !done) return done.error();
      }
    }
    return {};
  }

  /// The part that cannot fail.
  void apply_rest(const store_txn& txn) {
    for (const auto& d : txn.documents) {
      documents[d.id].doc.id = d.id;
      documents[d.id].doc.title = d.title;
    }
    for (const auto& m : txn.members) {
      for (const member_entry& e : m.entries) documents[m.document].members.emplace(e.hash(), e);
    }
    for (const auto& a : txn.acks) {
      for (const auto& [replica, seq] : a.seqs) {
        std::uint64_t& to = documents[a.document].acks[a.device][replica];
        to = std::max(to, seq);
      }
    }
    for (const auto& p : txn.peers) peers[p.key] = p;
    for (const auto& t : txn.titles) {
      const auto found = documents.find(t.document);
      if (found != documents.end()) found->second.doc.title = t.text;
    }
    quarantine.insert(quarantine.end(), txn.quarantine.begin(), txn.quarantine.end());
  }

  /// Takes back what a failed transaction appended.
  void truncate(const doc_id& id, std::size_t size) {
    document_rows& rows = documents[id];
    std::vector<checked_change> log = std::move(rows.log);
    log.resize(std::min(log.size(), size));
    rows.log.clear();
    rows.by_seq.clear();
    rows.by_last_op.clear();
    rows.heads.clear();
    rows.doc.change_count = 0;
    rows.doc.last_lsn = 0;
    rows.doc.log_digest = {};
    for (const checked_change& change : log) {
      WEFT_ASSERT(append(rows, change).has_value(), "what was stored can be stored again");
    }
  }
};

memory_store::memory_store(const store_instance& instance) : state_(std::make_unique<state>()) {
  state_->instance = instance;
}
memory_store::~memory_store() = default;

store_instance memory_store::instance() const {
  return state_->instance;
}

std::vector<stored_doc> memory_store::documents() const {
  std::vector<stored_doc> out;
  for (const auto& [id, rows] : state_->documents) out.push_back(rows.doc);
  return out;
}

std::vector<stored_peer> memory_store::peers() const {
  std::vector<stored_peer> out;
  for (const auto& [key, peer] : state_->peers) out.push_back(peer);
  return out;
}

std::vector<member_entry> memory_store::member_entries(const doc_id& document) const {
  std::vector<member_entry> out;
  const auto found = state_->documents.find(document);
  if (found == state_->documents.end()) return out;
  for (const auto& [hash, entry] : found->second.members) out.push_back(entry);
  return out;
}

std::vector<replica_head> memory_store::heads(const doc_id& document) const {
  std::vector<replica_head> out;
  const auto found = state_->documents.find(document);
  if (found == state_->documents.end()) return out;
  for (const auto& [replica, head] : found->second.heads) out.push_back(head);
  return out;
}

std::map<device_id, seq_vector> memory_store::acks(const doc_id& document) const {
  const auto found = state_->documents.find(document);
  return found == state_->documents.end() ? std::map<device_id, seq_vector>{} : found->second.acks;
}

change_lookup memory_store::lookup(const doc_id& document) const {
  const auto rows = [s = state_.get(), document]() -> const document_rows* {
    const auto found = s->documents.find(document);
    return found == s->documents.end() ? nullptr : &found->second;
  };
  change_lookup out;
  out.by_seq = [rows](const replica_id& replica, std::uint64_t seq) -> std::optional<change_meta> {
    const document_rows* d = rows();
    if (d == nullptr) return std::nullopt;
    const auto found = d->by_seq.find({replica, seq});
    if (found == d->by_seq.end()) return std::nullopt;
    return d->log[found->second].meta;
  };
  out.by_last_op = [rows](const crdt::op_id& id) -> std::optional<change_meta> {
    const document_rows* d = rows();
    if (d == nullptr) return std::nullopt;
    const auto found = d->by_last_op.find(id);
    if (found == d->by_last_op.end()) return std::nullopt;
    return d->log[found->second].meta;
  };
  out.head = [rows](const replica_id& replica) -> std::optional<replica_head> {
    const document_rows* d = rows();
    if (d == nullptr) return std::nullopt;
    const auto found = d->heads.find(replica);
    if (found == d->heads.end()) return std::nullopt;
    return found->second;
  };
  return out;
}

result<std::vector<sealed_change>> memory_store::read_after(const doc_id& document,
                                                            const seq_vector& have,
                                                            std::size_t max_bytes) const {
  std::vector<sealed_change> out;
  const auto found = state_->documents.find(document);
  if (found == state_->documents.end()) return out;
  std::size_t size = 0;
  std::set<replica_id> unsigned_runs;
  for (const checked_change& change : found->second.log) {
    const auto seen = have.find(change.meta.replica);
    if (seen != have.end() && change.meta.seq < seen->second) continue;
    if (size >= max_bytes && unsigned_runs.empty()) break;
    out.push_back(change.sealed);
    size += change.sealed.body.size() + 1;
    if (change.sealed.signature.empty()) {
      unsigned_runs.insert(change.meta.replica);
    } else {
      unsigned_runs.erase(change.meta.replica);
    }
  }
  return out;
}

result<void> memory_store::commit(const store_txn& txn) {
  if (state_->fail) {
    const sync_errc code = *state_->fail;
    state_->fail.reset();
    return sync_error{
        code, code == sync_errc::disk_full ? "The disk is full." : "The disk reports an error."};
  }
  if (!state_->names_known_documents(txn)) {
    return corrupt("The transaction names a document that is not stored.");
  }
  std::map<doc_id, std::optional<std::size_t>> before;
  for (const auto& c : txn.changes) {
    const auto found = state_->documents.find(c.document);
    before[c.document] =
        found == state_->documents.end() ? std::nullopt : std::optional(found->second.log.size());
  }
  if (auto done = state_->apply_changes(txn); !done) {
    for (const auto& [id, size] : before) {
      if (size) {
        state_->truncate(id, *size);
      } else {
        state_->documents.erase(id);
      }
    }
    return done;
  }
  state_->apply_rest(txn);
  return {};
}

void memory_store::fail_next(sync_errc code) {
  state_->fail = code;
}

}  // namespace weft::sync
