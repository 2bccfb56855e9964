// SPDX-License-Identifier: MIT
// Changes and acknowledgements on one session.
//
// Sending is a loop over the store, never a queue: what the peer lacks is read when there is room
// for it, at most `window_bytes` ahead of its acknowledgements. A slow peer costs a version vector.
#include "protocol/core_state.hpp"
#include "protocol/small_changes.hpp"

#include <algorithm>

namespace weft::sync {

namespace {

constexpr int block_level = 3;  // of zstd
constexpr std::uint64_t never_send = std::numeric_limits<std::uint64_t>::max();

/// Cuts `batch` after the last change at which all runs end signed and the size is in bounds.
void trim(std::vector<sealed_change>& batch, std::size_t max_bytes) {
  std::set<replica_id> open;
  std::size_t size = 0;
  std::size_t keep = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    size += batch[i].body.size();
    if (size > max_bytes && keep != 0) break;
    if (batch[i].signature.empty()) {
      open.insert(batch[i].header.replica);
    } else {
      open.erase(batch[i].header.replica);
    }
    if (open.empty()) keep = i + 1;
  }
  if (keep != 0) batch.resize(keep);
}

std::uint32_t doc_ref_of(const message& offered) {
  if (const auto* m = std::get_if<msg::small_changes>(&offered)) return m->doc_ref;
  return std::get<msg::changes>(offered).doc_ref;
}

/// What is set aside: a block, or a frame that stands alone.
bytes raw_of(const message& offered) {
  if (const auto* m = std::get_if<msg::changes>(&offered)) return m->block;
  return encode_frame(offered);
}

bool covers(const seq_vector& all, const seq_vector& part) {
  return !lacks(all, part);
}

}  // namespace

/// The store, and before it what is on its way there.
change_lookup node_core::state::lookup(document_state& d) {
  const change_lookup stored = view_.lookup(d.id);
  const document_state* at = &d;
  change_lookup out;
  out.by_seq = [stored, at](const replica_id& replica,
                            std::uint64_t seq) -> std::optional<change_meta> {
    const auto found = at->pending.find({replica, seq});
    return found != at->pending.end() ? found->second : stored.by_seq(replica, seq);
  };
  out.by_last_op = [stored, at](const crdt::op_id& id) -> std::optional<change_meta> {
    const auto found = at->pending_ops.find(id);
    return found != at->pending_ops.end() ? found->second : stored.by_last_op(id);
  };
  out.head = [stored, at](const replica_id& replica) -> std::optional<replica_head> {
    const auto found = at->pending_heads.find(replica);
    return found != at->pending_heads.end() ? found->second : stored.head(replica);
  };
  return out;
}

void node_core::state::queue_changes(document_state& d, std::vector<checked_change> changes,
                                     bool local, session_id from) {
  for (const checked_change& c : changes) {
    d.pending[{c.meta.replica, c.meta.seq}] = c.meta;
    d.pending_ops[{c.meta.replica, c.meta.end_counter() - 1}] = c.meta;
    d.pending_heads[c.meta.replica] = {c.meta, c.author, c.sealed.header.membership_heads};
    if (!local) next_.foreign_bytes += c.sealed.body.size() + sizeof(checked_change);
  }
  if (local) d.unsaved += changes.size();
  next_.changes.push_back({{d.id, std::move(changes)}, local, from});
  next_.urgent = true;
  touch(d.id);
}

void node_core::state::handle(ev::local_changes& e) {
  document_state* d = find_document(e.document);
  WEFT_ASSERT(d != nullptr, "local changes are of a known document");
  const change_lookup known = lookup(*d);
  std::vector<checked_change> fresh;
  std::map<replica_id, std::uint64_t> next;
  for (checked_change& c : e.changes) {
    auto [seq, first] = next.try_emplace(c.meta.replica, 0);
    if (first) {
      const auto head = known.head(c.meta.replica);
      seq->second = head ? head->last.seq + 1 : 0;
    }
    if (c.meta.seq < seq->second) continue;
    WEFT_ASSERT(c.meta.seq == seq->second, "local changes continue their replica's log");
    seq->second += 1;
    fresh.push_back(std::move(c));
  }
  if (fresh.empty()) return;
  if (broken(defect::send_before_commit)) {
    std::vector<sealed_change> batch;
    for (const checked_change& c : fresh) batch.push_back(c.sealed);
    for (session* s : live_sessions()) {
      const auto found = s->subs.find(d->id);
      if (found == s->subs.end() || !found->second.accepted) continue;
      send(*s, msg::changes{found->second.theirs, crdt::encode_block(batch)});
    }
  }
  queue_changes(*d, std::move(fresh), true, 0);
}

void node_core::state::on_changes(session& s, const message& m) {
  subscription* sub = sub_by_mine(s, doc_ref_of(m));
  if (sub == nullptr) {
    return doom(s, close_code::protocol, "Changes of no document.", close_reason::protocol);
  }
  document_state* d = find_document(sub->document);
  // Before its sender is proven: it begins again at our `have`.
  if (d == nullptr || sub->unproven || !may_share(*d, s.device) || stopping_) return;
  if (next_.foreign_bytes + (flying_ ? flying_->foreign_bytes : 0) > limit::pending_bytes) {
    sub->starved = true;
    return;
  }
  auto batch = open(m, *d);
  if (!batch && batch.error().code == crdt::errc::missing_parent) return restart(s, *sub, *d);
  if (!batch) return bad_changes(s, *d, to_string(batch.error()), m);
  take_changes(s, *sub, *d, m, std::move(*batch));
}

crdt::result<std::vector<sealed_change>> node_core::state::open(const message& offered,
                                                                document_state& d) {
  if (const auto* small = std::get_if<msg::small_changes>(&offered)) {
    return open_small(d.id, small->changes, lookup(d));
  }
  crdt::limits bounds;
  bounds.max_input_bytes = max_frame_bytes;
  bounds.max_raw_bytes = limit::block_bytes;
  return open_block(std::get<msg::changes>(offered).block, lookup(d), bounds, d.id);
}

void node_core::state::take_changes(session& s, subscription& sub, document_state& d,
                                    const message& m, std::vector<sealed_change> batch) {
  seq_vector offered;
  for (const sealed_change& c : batch) {
    std::uint64_t& seq = offered[c.header.replica];
    seq = std::max(seq, c.header.seq + 1);
  }
  auto checked = check_batch(d.id, std::move(batch), lookup(d));
  if (!checked && checked.error().code == sync_errc::denied) {
    return refuse_changes(s, sub, d, checked.error().what, m);  // a fork: not the carrier's sin
  }
  if (!checked) return bad_changes(s, d, checked.error().what, m);
  const std::size_t before = checked->size();
  std::vector<checked_change> good = authorised(d, std::move(*checked));
  const bool refused = good.size() != before;
  if (!refused) {
    // Nothing is sent that is not durable there, so what it sent it has.
    raise(sub.they_have, offered);
    if (sub.they_have.size() > max_frame_replicas) {
      return doom(s, close_code::limit, "Too many replicas.", close_reason::protocol);
    }
    raise(sub.sent, offered);
    note_acks(d, s.device, offered);
  }
  if (!good.empty()) {
    sub.restarts = 0;
    if (broken(defect::deliver_before_commit)) out_->push_back(fx::deliver{d.id, good});
    if (broken(defect::ack_before_commit) && sub.accepted) send(s, msg::ack{sub.theirs, offered});
    queue_changes(d, std::move(good), false, s.id);
  }
  if (refused) {
    refuse_changes(s, sub, d, "The author of a change may not write to this document.", m);
  }
  touch(d.id);
}

/// Leaves out what its author had no right to write, and what stands on it. Only the last change
/// of a replica is signed in a batch, so a replica's part is taken whole or not at all.
std::vector<checked_change> node_core::state::authorised(document_state& d,
                                                         std::vector<checked_change> batch) {
  if (broken(defect::skip_authorisation)) return batch;
  std::set<replica_id> out;
  for (const checked_change& c : batch) {
    if (d.members.role_of(device_id_of(c.author)) < role::editor) out.insert(c.meta.replica);
  }
  if (out.empty()) return batch;
  std::set<std::pair<replica_id, std::uint64_t>> gone;
  std::size_t size = 0;
  do {
    size = gone.size();
    for (const checked_change& c : batch) {
      const auto& deps = c.sealed.header.deps;
      if (std::any_of(deps.begin(), deps.end(), [&](const crdt::change_ref& dep) {
            return gone.contains({dep.replica, dep.seq});
          })) {
        out.insert(c.meta.replica);
      }
      if (out.contains(c.meta.replica)) gone.insert({c.meta.replica, c.meta.seq});
    }
  } while (gone.size() != size);
  std::erase_if(batch, [&](const checked_change& c) { return out.contains(c.meta.replica); });
  return batch;
}

void node_core::state::refuse_changes(session& s, subscription& sub, const document_state& d,
                                      const std::string& why, const message& offered) {
  quarantine(d.id, s.device, why, raw_of(offered));
  if (sub.theirs == 0) return;
  send(s, msg::error{close_code::denied, why.substr(0, 200), 0, sub.theirs, false});
}

void node_core::state::bad_changes(session& s, const document_state& d, const std::string& why,
                                   const message& offered) {
  quarantine(d.id, s.device, why, raw_of(offered));
  troubles_[s.device] = "It sent changes that are not valid: " + why;
  doom(s, close_code::penalty, "Changes are not valid: " + why, close_reason::denied);
}

void node_core::state::quarantine(const doc_id& document, const device_id& from, std::string reason,
                                  const bytes& data) {
  log("changes were set aside: " + reason);
  if (++quarantined_ > limit::quarantine_entries) return;
  bytes kept = data;
  if (kept.size() > limit::quarantine_bytes) kept.resize(limit::quarantine_bytes);
  next_.quarantine.push_back({document, from, std::move(reason), std::move(kept)});
  next_.urgent = true;
}

/// Something before what arrived is missing here: the peer is asked to begin from what we have.
void node_core::state::restart(session& s, subscription& sub, document_state& d) {
  if (sub.restart_token != 0) return;  // It was sent before the peer heard of our wish.
  if (++sub.restarts > limit::restarts) {
    return doom(s, close_code::protocol, "Changes come without those they depend on.",
                close_reason::protocol);
  }
  send_have(s, sub, d);
}

void node_core::state::send_have(session& s, subscription& sub, const document_state& d) {
  sub.restart_token = next_token_++;
  sub.told = d.heads;
  send(s, msg::have{sub.mine, d.heads});
  send(s, msg::ping{sub.restart_token});
}

void node_core::state::on_have(session& s, const msg::have& m) {
  const auto ref = s.by_theirs.find(m.doc_ref);
  if (ref == s.by_theirs.end()) {
    return doom(s, close_code::protocol, "A statement about no document.", close_reason::protocol);
  }
  subscription& sub = s.subs.at(ref->second);
  if (++sub.resets > limit::restarts * 4) {
    return doom(s, close_code::limit, "Too many wishes to begin again.", close_reason::protocol);
  }
  clear_window(s, sub);
  sub.they_have = m.seqs;
  sub.sent = m.seqs;
  if (document_state* d = find_document(sub.document); d != nullptr && sub.accepted) {
    note_acks(*d, s.device, m.seqs);
    touch(sub.document);
    s.dirty.insert(sub.document);
    pump(s);
  }
}

void node_core::state::on_ack(session& s, const msg::ack& m) {
  subscription* sub = sub_by_mine(s, m.doc_ref);
  if (sub == nullptr) {
    return doom(s, close_code::protocol, "An acknowledgement of nothing.", close_reason::protocol);
  }
  raise(sub->they_have, m.seqs);
  raise(sub->sent, m.seqs);
  if (sub->they_have.size() > max_frame_replicas) {
    return doom(s, close_code::limit, "Too many replicas.", close_reason::protocol);
  }
  sub->resets = 0;
  pop_window(s, *sub);
  document_state* d = find_document(sub->document);
  if (d == nullptr) return;
  note_acks(*d, s.device, m.seqs);
  touch(sub->document);
  pump(s);
}

void node_core::state::pop_window(session& s, subscription& sub) {
  while (!sub.window.empty() && covers(sub.they_have, sub.window.front().upto)) {
    s.in_flight -= sub.window.front().size;
    sub.window.pop_front();
  }
}

void node_core::state::clear_window(session& s, subscription& sub) {
  for (const subscription::batch& b : sub.window) s.in_flight -= b.size;
  sub.window.clear();
}

/// What a member has of what we have: kept over sessions and starts, shown as status.
void node_core::state::note_acks(document_state& d, const device_id& device,
                                 const seq_vector& they_have) {
  if (d.members.role_of(device) == role::none) return;
  seq_vector& acks = d.acks[device];
  bool moved = false;
  for (const auto& [replica, seq] : they_have) {
    const std::uint64_t known = std::min(seq, seq_of(d.heads, replica));
    if (known <= seq_of(acks, replica)) continue;
    acks[replica] = known;
    moved = true;
  }
  if (!moved) return;
  acks_moved_[d.id].insert(device);
  flush_acks_at_ = std::min(flush_acks_at_, now_ + limit::ack_flush);
  wake_by(flush_acks_at_);
  touch(d.id);
}

/// One batch of each document in turn, while there is room.
void node_core::state::pump(session& s) {
  if (!s.open || s.doomed) return;
  std::vector<doc_id> round;
  const auto middle = s.dirty.upper_bound(s.last_pumped);
  round.insert(round.end(), middle, s.dirty.end());
  round.insert(round.end(), s.dirty.begin(), middle);
  bool sent = true;
  while (sent) {
    sent = false;
    for (const doc_id& document : round) {
      if (!s.dirty.contains(document)) continue;
      document_state* d = find_document(document);
      const auto sub = s.subs.find(document);
      if (d == nullptr || sub == s.subs.end() || !sub->second.accepted) {
        s.dirty.erase(document);
        continue;
      }
      if (s.room <= 0 || s.doomed) return;
      s.last_pumped = document;
      sent = pump_one(s, sub->second, *d) || sent;
      send_acks(s, sub->second, *d);
      if (!lacks(sub->second.sent, d->heads)) s.dirty.erase(document);
    }
  }
}

/// Sends the next batch. False: nothing to send, or no room for it.
bool node_core::state::pump_one(session& s, subscription& sub, document_state& d) {
  if (sub.refused || s.in_flight >= limit::window_bytes) return false;
  if (!d.stored || !may_share(d, s.device)) return false;
  keep_own_back(sub, d);
  if (!lacks(sub.sent, d.heads)) return false;
  std::vector<sealed_change> batch = read_batch(sub, d);
  if (batch.empty()) return false;
  drop_covered_signatures(batch);
  seq_vector upto;
  for (const sealed_change& c : batch) {
    std::uint64_t& seq = upto[c.header.replica];
    seq = std::max(seq, c.header.seq + 1);
  }
  const auto small = as_small(sub.theirs, batch);
  msg::changes block{sub.theirs, {}};
  if (!small) block.block = crdt::encode_block(batch, block_level, false);
  if (block.block.size() > max_frame_bytes - 1024) {
    store_trouble_ = "A change is too large to be sent.";
    sub.refused = true;
    return false;
  }
  raise(sub.sent, upto);
  raise(sub.told, upto);
  const std::size_t size = small ? send(s, *small) : send(s, block);
  s.in_flight += size;
  sub.window.push_back({std::move(upto), size});
  return true;
}

std::vector<sealed_change> node_core::state::read_batch(const subscription& sub,
                                                        document_state& d) {
  auto batch = view_.read_after(d.id, sub.sent, config_.batch_bytes);
  if (!batch) {
    if (store_trouble_ != batch.error().what) touch_all();
    store_trouble_ = batch.error().what;
    return {};
  }
  if (broken(defect::skip_forwarding)) {
    std::erase_if(*batch, [&](const sealed_change& c) {
      const auto head = view_.lookup(d.id).head(c.header.replica);
      return !head || head->author != key_.public_part();
    });
  }
  trim(*batch, config_.batch_bytes);
  return std::move(*batch);
}

/// Who may only read keeps own changes to itself: nobody would take them.
void node_core::state::keep_own_back(subscription& sub, const document_state& d) {
  if (d.members.role_of(self_) >= role::editor || broken(defect::skip_authorisation)) return;
  const change_lookup known = view_.lookup(d.id);
  for (const auto& [replica, seq] : d.heads) {
    const auto head = known.head(replica);
    if (head && head->author == key_.public_part()) sub.sent[replica] = never_send;
  }
}

/// Tells what we have durably and the peer does not know yet. When there is no room, later: it is
/// a difference of vectors, so it does not grow.
void node_core::state::send_acks(session& s, subscription& sub, const document_state& d) {
  if (!sub.accepted || sub.theirs == 0 || s.room <= 0 || broken(defect::skip_acks)) return;
  msg::ack m;
  m.doc_ref = sub.theirs;
  for (const auto& [replica, seq] : d.heads) {
    if (seq_of(sub.told, replica) < seq && seq_of(sub.sent, replica) != never_send) {
      m.seqs[replica] = seq;
    }
  }
  if (m.seqs.empty()) return;
  raise(sub.told, m.seqs);
  send(s, m);
}

void node_core::state::changes_stored(const work::new_changes& done, std::set<doc_id>& moved) {
  document_state* d = find_document(done.row.document);
  WEFT_ASSERT(d != nullptr, "changes are stored with their document");
  seq_vector seqs;
  for (const checked_change& c : done.row.changes) {
    std::uint64_t& head = d->heads[c.meta.replica];
    head = std::max(head, c.meta.seq + 1);
    seqs[c.meta.replica] = c.meta.seq + 1;
    d->pending.erase({c.meta.replica, c.meta.seq});
    d->pending_ops.erase({c.meta.replica, c.meta.end_counter() - 1});
    const auto last = d->pending_heads.find(c.meta.replica);
    if (last != d->pending_heads.end() && last->second.last.seq == c.meta.seq) {
      d->pending_heads.erase(last);
    }
  }
  if (done.local) {
    d->unsaved -= std::min<std::uint64_t>(d->unsaved, done.row.changes.size());
    out_->push_back(fx::saved{d->id, std::move(seqs)});
  } else if (!broken(defect::deliver_before_commit)) {
    out_->push_back(fx::deliver{d->id, done.row.changes});
  }
  moved.insert(d->id);
}

/// New durable changes: streamed to those who lack them, acknowledged to the others.
void node_core::state::document_moved(document_state& d) {
  touch(d.id);
  for (session* s : live_sessions()) {
    const auto found = s->subs.find(d.id);
    if (found == s->subs.end() || !found->second.accepted) continue;
    note_acks(d, s->device, found->second.they_have);
    s->dirty.insert(d.id);
    pump(*s);
    if (!s->doomed) send_acks(*s, found->second, d);
  }
}

}  // namespace weft::sync
