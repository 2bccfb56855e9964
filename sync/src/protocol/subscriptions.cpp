// SPDX-License-Identifier: MIT
// Who gets which document on which session, and the membership entries that decide it.
//
// A device that asks for a document which we do not have, or of which we do not know it to be a
// member, gets one and the same answer: a subscribe of ours that says nothing ("unproven"). If it
// can prove its right by membership entries, the subscription goes on from there.
#include "protocol/core_state.hpp"

#include <algorithm>

namespace weft::sync {

namespace {

constexpr std::size_t members_message_bytes = std::size_t{256} << 10U;

bool may_read(role r) {
  return r >= role::reader;
}

}  // namespace

document_state* node_core::state::find_document(const doc_id& id) {
  const auto found = documents_.find(id);
  return found == documents_.end() ? nullptr : &found->second;
}

bool node_core::state::may_share(const document_state& d, const device_id& device) const {
  return may_read(d.members.role_of(self_)) && may_read(d.members.role_of(device));
}

subscription* node_core::state::sub_by_mine(session& s, std::uint32_t ref) {
  const auto found = s.by_mine.find(ref);
  return found == s.by_mine.end() ? nullptr : &s.subs.at(found->second);
}

void node_core::state::subscribe_all(session& s) {
  for (auto& [id, d] : documents_) {
    if (d.stored && may_share(d, s.device)) ask(s, id, false);
  }
  for (const auto& [id, j] : joins_) {
    if (j.link.inviter == s.device && !j.admitted) ask(s, id, true);
  }
}

/// Sends our subscribe, once per session and document.
void node_core::state::ask(session& s, const doc_id& document, bool unproven) {
  if (!s.open || s.subs.size() >= limit::subscriptions) return;
  subscription& sub = s.subs[document];
  sub.document = document;
  if (sub.mine != 0) return;
  sub.mine = s.next_ref++;
  sub.unproven = unproven;
  s.by_mine[sub.mine] = document;
  msg::subscribe m;
  m.doc_ref = sub.mine;
  m.document = document;
  if (!unproven) {
    const document_state& d = documents_.at(document);
    m.have = d.heads;
    m.member_digest = d.members.digest();
    raise(sub.told, d.heads);
  }
  send(s, m);
}

void node_core::state::on_subscribe(session& s, const msg::subscribe& m) {
  const bool known = s.subs.contains(m.document);
  if (m.doc_ref == 0 || s.by_theirs.contains(m.doc_ref) ||
      (known && s.subs.at(m.document).theirs != 0)) {
    return doom(s, close_code::protocol, "A document was subscribed twice.",
                close_reason::protocol);
  }
  if (!known && s.subs.size() >= limit::subscriptions) {
    return doom(s, close_code::limit, "Too many documents in one session.", close_reason::protocol);
  }
  s.vector_entries += m.have.size();
  if (s.vector_entries > limit::vector_entries) {
    return doom(s, close_code::limit, "Too many replicas in one session.", close_reason::protocol);
  }
  subscription& sub = s.subs[m.document];
  sub.document = m.document;
  sub.theirs = m.doc_ref;
  sub.their_digest = m.member_digest;
  sub.they_have = m.have;
  sub.sent = m.have;
  if (broken(defect::keep_session_state)) raise(sub.sent, kept_sent_[{s.device, m.document}]);
  s.by_theirs[m.doc_ref] = m.document;
  judge(s, sub);
}

/// Decides about a subscription from what is known now. Called again when membership moves.
void node_core::state::judge(session& s, subscription& sub) {
  document_state* d = find_document(sub.document);
  if (d != nullptr && d->stored && may_share(*d, s.device)) {
    ask(s, sub.document, false);
    if (sub.theirs != 0 && !sub.accepted) accept(s, sub, *d);
    if (sub.unproven && sub.mine != 0) {
      sub.unproven = false;
      sub.proof.reset();
      send_have(s, sub, *d);
    }
    return;
  }
  if (sub.theirs == 0 || sub.accepted || sub.mine != 0) return;
  const auto unproven = std::count_if(s.subs.begin(), s.subs.end(),
                                      [](const auto& entry) { return entry.second.unproven; });
  if (static_cast<std::size_t>(unproven) >= limit::unproven) {
    send(s, msg::subscribed{sub.theirs, 1});
    return;
  }
  ask(s, sub.document, true);
}

void node_core::state::accept(session& s, subscription& sub, document_state& d) {
  sub.accepted = true;
  send(s, msg::subscribed{sub.theirs, 0});
  // Entries before changes: the peer must be able to judge their authors.
  if (sub.their_digest != d.members.digest()) {
    std::vector<member_entry> durable = d.members.plausible_entries();
    std::erase_if(durable,
                  [&](const member_entry& e) { return d.unsaved_members.contains(e.hash()); });
    send_members(s, sub, durable);
  }
  note_acks(d, s.device, sub.they_have);
  greet_with_presence(s, sub, d);
  s.dirty.insert(sub.document);
  touch(sub.document);
  pump(s);
}

void node_core::state::on_subscribed(session& s, const msg::subscribed& m) {
  subscription* sub = sub_by_mine(s, m.doc_ref);
  if (sub == nullptr) {
    return doom(s, close_code::protocol, "An answer to no question.", close_reason::protocol);
  }
  if (m.status == 0) return;
  const auto join = joins_.find(sub->document);
  if (join != joins_.end() && join->second.link.inviter == s.device && !join->second.admitted) {
    end_join(sub->document,
             sync_error{sync_errc::denied, "The other device does not share this document."});
  }
}

void node_core::state::send_members(session& s, const subscription& sub,
                                    const std::vector<member_entry>& entries) {
  msg::members m;
  m.doc_ref = sub.theirs;
  std::size_t size = 0;
  for (const member_entry& entry : entries) {
    m.entries.push_back(entry.encode());
    size += m.entries.back().size() + 16;
    if (size >= members_message_bytes || m.entries.size() >= max_frame_entries) {
      send(s, m);
      m.entries.clear();
      size = 0;
    }
  }
  if (!m.entries.empty()) send(s, m);
}

void node_core::state::on_members(session& s, const msg::members& m) {
  subscription* sub = sub_by_mine(s, m.doc_ref);
  if (sub == nullptr) {
    return doom(s, close_code::protocol, "Members of no document.", close_reason::protocol);
  }
  std::vector<member_entry> entries;
  for (const bytes& raw : m.entries) {
    auto entry = member_entry::decode(raw);
    if (!entry) {
      if (entry.error().code == crdt::errc::unsupported) continue;
      return doom(s, close_code::protocol, "A membership entry is malformed.",
                  close_reason::protocol);
    }
    entries.push_back(std::move(*entry));
  }
  document_state* d = find_document(sub->document);
  if (d == nullptr) return take_proof(s, *sub, entries);
  std::erase_if(entries,
                [&](const member_entry& e) { return d->members.entries().contains(e.hash()); });
  if (d->members.entries().size() + entries.size() > limit::member_entries) {
    return doom(s, close_code::limit, "Too many membership entries.", close_reason::protocol);
  }
  std::vector<member_entry> fresh = d->members.add_plausible(entries);
  s.implausible += static_cast<unsigned>(entries.size() - fresh.size());
  if (s.implausible > limit::implausible_entries) {
    return doom(s, close_code::protocol, "Membership entries that nobody was entitled to write.",
                close_reason::protocol);
  }
  if (fresh.empty()) {
    if (sub->unproven && sub->theirs != 0 && !sub->accepted)
      send(s, msg::subscribed{sub->theirs, 1});
    return;
  }
  for (const member_entry& entry : fresh) d->unsaved_members.insert(entry.hash());
  next_.members.push_back({{sub->document, std::move(fresh)}, s.id, 0});
  next_.urgent = true;
  members_changed(*d);
}

/// Entries of a document that we do not have: they may show that we are invited.
void node_core::state::take_proof(session& s, subscription& sub,
                                  const std::vector<member_entry>& entries) {
  if (!sub.unproven) return;
  if (!sub.proof) sub.proof = std::make_unique<membership>();
  if (sub.proof->entries().size() + entries.size() > limit::member_entries) {
    return doom(s, close_code::limit, "Too many membership entries.", close_reason::protocol);
  }
  sub.proof->add_plausible(entries);
  const bool right_document =
      std::any_of(sub.proof->entries().begin(), sub.proof->entries().end(), [&](const auto& entry) {
        return entry.second.kind == entry_kind::create && document_of(entry.second) == sub.document;
      });
  if (!right_document || !may_read(sub.proof->role_of(self_)) ||
      !may_read(sub.proof->role_of(s.device))) {
    if (sub.theirs != 0) send(s, msg::subscribed{sub.theirs, 1});
    return;
  }
  document_state& d = documents_[sub.document];
  d.id = sub.document;
  d.members = std::move(*sub.proof);
  sub.proof.reset();
  std::vector<member_entry> all = d.members.plausible_entries();
  for (const member_entry& entry : all) d.unsaved_members.insert(entry.hash());
  next_.documents.push_back({{sub.document, {}}, true});
  next_.members.push_back({{sub.document, std::move(all)}, s.id, 0});
  next_.urgent = true;
  const auto join = joins_.find(sub.document);
  if (join != joins_.end()) {
    join->second.admitted = true;
    remember_inviter(d, join->second.link);
  }
  members_changed(d);
}

/// Whoever let us in is dialled from now on, also when another member was quicker.
void node_core::state::remember_inviter(const document_state& d, const join_link& link) {
  const auto inviter = d.members.members().find(link.inviter);
  if (inviter == d.members.members().end()) return;
  const auto [peer, added] = peers_.try_emplace(link.inviter);
  peer->second.key = inviter->second.key;
  if (added) peer->second.name = inviter->second.name;
  std::vector<std::string>& to = peer->second.addresses;
  for (const std::string& address : link.addresses) {
    if (std::find(to.begin(), to.end(), address) == to.end()) to.push_back(address);
  }
  next_.peers.push_back(peer->second);
  next_.urgent = true;
}

/// A grant lets a device in at once; subscriptions that were in doubt are judged again.
void node_core::state::members_changed(document_state& d) {
  pins_dirty_ = true;
  touch(d.id);
  for (session* s : live_sessions()) {
    if (!s->open) continue;
    const auto found = s->subs.find(d.id);
    if (found != s->subs.end()) {
      found->second.refused = false;
      s->dirty.insert(d.id);
      judge(*s, found->second);
      pump(*s);
    } else if (d.stored && may_share(d, s->device)) {
      ask(*s, d.id, false);
    }
  }
}

void node_core::state::members_stored(const work::new_members& done) {
  document_state* d = find_document(done.row.document);
  WEFT_ASSERT(d != nullptr, "members are stored with their document");
  for (const member_entry& entry : done.row.entries) d->unsaved_members.erase(entry.hash());
  if (!broken(defect::keep_members)) {
    for (session* s : live_sessions()) {
      const auto found = s->subs.find(d->id);
      if (s->id == done.from || found == s->subs.end() || !found->second.accepted) continue;
      send_members(*s, found->second, done.row.entries);
    }
  }
  if (session* s = find_session(done.admits)) admit(*s);
  members_changed(*d);
}

}  // namespace weft::sync
