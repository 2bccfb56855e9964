// SPDX-License-Identifier: MIT
// The way to the store and back. Nothing is sent, acknowledged or delivered before commit_done.
#include "protocol/core_state.hpp"

namespace weft::sync {

namespace protocol {

bool work::empty() const {
  return documents.empty() && members.empty() && changes.empty() && acks.empty() && peers.empty() &&
         quarantine.empty();
}

store_txn work::txn() const {
  store_txn out;
  for (const new_document& d : documents) out.documents.push_back(d.row);
  for (const new_members& m : members) out.members.push_back(m.row);
  for (const new_changes& c : changes) {
    if (out.changes.empty() || out.changes.back().document != c.row.document) {
      out.changes.push_back({c.row.document, {}});
    }
    std::vector<checked_change>& to = out.changes.back().changes;
    to.insert(to.end(), c.row.changes.begin(), c.row.changes.end());
  }
  out.acks = acks;
  out.peers = peers;
  out.quarantine = quarantine;
  return out;
}

namespace {

/// What is tried again after a failure: all but changes of others, which their peers still have.
/// Membership entries are kept whoever wrote them, since our own ones may stand on them.
void keep(work& from, work& to) {
  to.documents.insert(to.documents.end(), from.documents.begin(), from.documents.end());
  to.members.insert(to.members.end(), from.members.begin(), from.members.end());
  to.peers.insert(to.peers.end(), from.peers.begin(), from.peers.end());
  for (auto& c : from.changes) {
    if (c.local) to.changes.push_back(std::move(c));
  }
}

}  // namespace

}  // namespace protocol

void node_core::state::gather_acks() {
  for (const auto& [document, devices] : acks_moved_) {
    const document_state* d = find_document(document);
    if (d == nullptr || !d->stored) continue;
    for (const device_id& device : devices) {
      const auto found = d->acks.find(device);
      if (found != d->acks.end()) next_.acks.push_back({device, document, found->second});
    }
  }
  acks_moved_.clear();
  flush_acks_at_ = limit::never;
}

void node_core::state::maybe_commit() {
  if (flying_) return;
  if (retry_store_at_ != limit::never && now_ < retry_store_at_) return;
  if (!next_.urgent && flush_acks_at_ > now_) return;
  gather_acks();
  retry_store_at_ = limit::never;
  if (next_.empty()) return;
  flying_ = std::move(next_);
  next_ = work{};
  out_->push_back(fx::commit{++last_txn_, flying_->txn()});
}

void node_core::state::handle(ev::stored& e) {
  if (!flying_ || e.txn != last_txn_) return;
  if (!store_trouble_.empty()) {
    store_trouble_.clear();
    touch_all();
  }
  commit_done();
}

void node_core::state::handle(ev::store_failed& e) {
  if (!flying_ || e.txn != last_txn_) return;
  commit_failed(e.error);
}

void node_core::state::commit_done() {
  const work done = std::move(*flying_);
  flying_.reset();
  for (const work::new_document& n : done.documents) {
    document_state* d = find_document(n.row.id);
    WEFT_ASSERT(d != nullptr, "a document that is being stored is known");
    d->stored = true;
    touch(n.row.id);
    if (n.joined) out_->push_back(fx::document_added{n.row.id, n.row.title});
  }
  for (const work::new_members& m : done.members) members_stored(m);
  for (const work::new_document& n : done.documents) {
    if (n.joined) end_join(n.row.id, std::nullopt);
  }
  std::set<doc_id> moved;
  for (const work::new_changes& c : done.changes) changes_stored(c, moved);
  for (const doc_id& document : moved) document_moved(*find_document(document));
  // Whoever sent more than we could take in begins again from what we have now.
  for (session* s : live_sessions()) {
    for (auto& [document, sub] : s->subs) {
      document_state* d = find_document(document);
      if (!sub.starved || d == nullptr) continue;
      sub.starved = false;
      send_have(*s, sub, *d);
    }
  }
}

void node_core::state::commit_failed(const sync_error& error) {
  work lost = std::move(*flying_);
  work later = std::move(next_);
  flying_.reset();
  next_ = work{};
  for (const work* w : {&lost, &later}) {
    for (const store_txn::peer_ack& a : w->acks) acks_moved_[a.document].insert(a.device);
  }
  if (broken(defect::forget_failed_commit)) {
    lost.changes.clear();
  }
  keep(lost, next_);
  keep(later, next_);
  next_.urgent = !next_.empty();
  retry_store_at_ = now_ + limit::store_retry;
  wake_by(retry_store_at_);
  store_trouble_ = error.what;
  rebuild_pending();
  std::vector<doc_id> joined;
  for (const work::new_document& n : next_.documents) {
    if (n.joined) joined.push_back(n.row.id);
  }
  for (const doc_id& document : joined) end_join(document, error);
  // The sessions have told us things that we have just dropped; new ones begin from the store.
  for (session* s : live_sessions()) {
    doom(*s, close_code::store_failed, "The other device cannot write to its disk.");
  }
  touch_all();
}

/// After a failed commit: only local changes are still on their way.
void node_core::state::rebuild_pending() {
  for (auto& [id, d] : documents_) {
    d.pending.clear();
    d.pending_ops.clear();
    d.pending_heads.clear();
    d.unsaved = 0;
  }
  std::vector<work::new_changes> kept = std::move(next_.changes);
  next_.changes.clear();
  next_.foreign_bytes = 0;
  for (work::new_changes& c : kept) {
    if (document_state* d = find_document(c.row.document)) {
      queue_changes(*d, std::move(c.row.changes), true, 0);
    }
  }
}

}  // namespace weft::sync
