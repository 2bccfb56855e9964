// SPDX-License-Identifier: MIT
#include "weft/sync/core.hpp"

#include "protocol/core_state.hpp"

#include <algorithm>
#include <ostream>

namespace weft::sync {

namespace protocol {

bool token_bucket::take(time_point now) {
  if (now > at_) {
    level_ += per_second_ * static_cast<double>((now - at_).count()) / 1000.0;
    level_ = std::min(level_, burst_);
    at_ = now;
  }
  if (level_ < 1.0) return false;
  level_ -= 1.0;
  return true;
}

}  // namespace protocol

void raise(seq_vector& to, const seq_vector& from) {
  for (const auto& [replica, seq] : from) {
    std::uint64_t& mine = to[replica];
    mine = std::max(mine, seq);
  }
}

std::uint64_t seq_of(const seq_vector& v, const replica_id& replica) {
  const auto found = v.find(replica);
  return found == v.end() ? 0 : found->second;
}

bool lacks(const seq_vector& have, const seq_vector& all) {
  return std::any_of(all.begin(), all.end(),
                     [&](const auto& entry) { return seq_of(have, entry.first) < entry.second; });
}

std::uint64_t count_missing(const seq_vector& have, const seq_vector& all) {
  std::uint64_t missing = 0;
  for (const auto& [replica, seq] : all) {
    const std::uint64_t got = seq_of(have, replica);
    if (got < seq) missing += seq - got;
  }
  return missing;
}

close_code code_of(sync_errc code) {
  switch (code) {
    case sync_errc::invite_unknown:
      return close_code::invite_unknown;
    case sync_errc::invite_used:
      return close_code::invite_used;
    case sync_errc::invite_expired:
      return close_code::invite_expired;
    case sync_errc::denied:
      return close_code::denied;
    case sync_errc::version:
      return close_code::version;
    default:
      return close_code::internal;
  }
}

node_core::node_core(core_config config, key_pair device, const store_view& view)
    : state_(std::make_unique<state>(std::move(config), device, view)) {}
node_core::~node_core() = default;

void node_core::step(time_point now, std::int64_t wall_ms, event e, std::vector<effect>& out) {
  state_->step(now, wall_ms, std::move(e), out);
}

const membership* node_core::members(const doc_id& document) const {
  const auto found = state_->documents_.find(document);
  return found == state_->documents_.end() ? nullptr : &found->second.members;
}

bool node_core::connected(const device_id& device) const {
  return std::any_of(state_->sessions_.begin(), state_->sessions_.end(), [&](const auto& entry) {
    return entry.second.open && entry.second.device == device;
  });
}

std::optional<doc_status> node_core::status(const doc_id& document) const {
  const auto found = state_->documents_.find(document);
  if (found == state_->documents_.end()) return std::nullopt;
  return state_->status_of(found->second);
}

void node_core::dump(std::ostream& out) const {
  state_->dump(out);
}

node_core::state::state(core_config config, key_pair device, const store_view& view)
    : config_(std::move(config)),
      key_(device),
      self_(device.id()),
      view_(view),
      random_state_(config_.seed) {
  for (const stored_doc& row : view.documents()) {
    document_state& d = documents_[row.id];
    d.id = row.id;
    d.stored = true;
    d.members.add_plausible(view.member_entries(row.id));
    for (const replica_head& head : view.heads(row.id)) {
      d.heads[head.last.replica] = head.last.seq + 1;
    }
    d.acks = view.acks(row.id);
  }
  for (const stored_peer& peer : view.peers()) peers_[device_id_of(peer.key)] = peer;
  load_diallers();
}

void node_core::state::step(time_point now, std::int64_t wall_ms, event e,
                            std::vector<effect>& out) {
  const bool first = told_wake_ == limit::never && wake_at_ == time_point{0};
  now_ = std::max(now_, now);
  wall_ms_ = wall_ms;
  out_ = &out;
  if (first) {
    touch_all();
    wake_at_ = now_;
  }
  std::visit([this](auto& part) { handle(part); }, e);
  if (now_ >= wake_at_) run_timers();
  reap();
  maybe_commit();
  report_pins();
  report();
  if (wake_at_ != told_wake_ && wake_at_ != limit::never) {
    told_wake_ = wake_at_;
    out.push_back(fx::wake{wake_at_});
  }
  out_ = nullptr;
}

void node_core::state::handle(ev::session_up& e) {
  WEFT_ASSERT(!sessions_.contains(e.session), "a session id is used once");
  session& s = sessions_[e.session];
  s.id = e.session;
  s.key = e.peer;
  s.device = device_id_of(e.peer);
  s.dialled = e.dialled;
  s.known = e.known || e.dialled;
  s.redeem = e.redeem;
  s.up_at = s.last_sent = s.last_received = now_;
  begin_session(s);
}

void node_core::state::handle(ev::received& e) {
  session* s = find_session(e.session);
  if (s == nullptr) return;
  s->last_received = now_;
  s->in.feed(e.data);
  while (!s->doomed) {
    const auto next = s->in.next();
    if (!next) {
      doom(*s,
           next.error().code == crdt::errc::limit_exceeded ? close_code::limit
                                                           : close_code::protocol,
           "The other device sent bytes that are not a message.", close_reason::protocol);
      return;
    }
    if (!next->has_value()) return;
    if (!s->frames.take(now_)) {
      doom(*s, close_code::limit, "Too many messages in a short time.", close_reason::protocol);
      return;
    }
    receive(*s, **next);
  }
}

void node_core::state::handle(ev::session_down& e) {
  session* s = find_session(e.session);
  if (s == nullptr) return;
  const std::optional<join_link> refused = s->hello ? std::nullopt : s->redeem;
  forget_session(*s, e.why);
  sessions_.erase(e.session);
  if (refused) note_turned_away(*refused);
}

// A device without an open invitation closes on strangers before it says a word. Once may be
// chance.
void node_core::state::note_turned_away(const join_link& link) {
  const auto found = joins_.find(link.document);
  if (found == joins_.end() || found->second.admitted) return;
  end_join(link.document,
           sync_error{sync_errc::invite_used,
                      "The device that invited you does not let this one in: the link has been "
                      "used up or has ended. Ask for a new link."});
}

void node_core::state::handle(ev::writable& e) {
  session* s = find_session(e.session);
  if (s == nullptr) return;
  s->room = static_cast<std::int64_t>(e.free_bytes);
  pump(*s);
}

void node_core::state::handle(ev::dial_failed& e) {
  const auto found = diallers_.find(e.device);
  if (found == diallers_.end()) return;
  found->second.dialling = false;
  troubles_[e.device] = e.detail.empty() ? "Not reachable." : "Not reachable: " + e.detail;
  for (auto& [document, j] : joins_) {
    if (j.link.inviter == e.device) j.trouble = e.detail;
  }
  retry_later(e.device, false);
  touch_all();
}

void node_core::state::handle(ev::tick&) {}

void node_core::state::handle(ev::create_document& e) {
  WEFT_ASSERT(document_of(e.create) == e.document, "a document is named by its create entry");
  if (find_document(e.document) != nullptr) return;
  document_state& d = documents_[e.document];
  d.id = e.document;
  const auto added = d.members.add(e.create);
  WEFT_ASSERT(added.has_value(), "the create entry is signed");
  d.unsaved_members.insert(e.create.hash());
  next_.documents.push_back({{e.document, e.title}, false});
  next_.members.push_back({{e.document, {e.create}}, 0, 0});
  next_.urgent = true;
  members_changed(d);
}

void node_core::state::handle(ev::local_members& e) {
  document_state* d = find_document(e.document);
  if (d == nullptr) return;
  std::vector<member_entry> fresh = d->members.add_plausible(e.entries);
  if (fresh.empty()) return;
  for (const member_entry& entry : fresh) d->unsaved_members.insert(entry.hash());
  next_.members.push_back({{e.document, std::move(fresh)}, 0, 0});
  next_.urgent = true;
  members_changed(*d);
}

void node_core::state::handle(ev::add_peer& e) {
  const device_id device = device_id_of(e.peer.key);
  if (device == self_) return;
  peers_[device] = e.peer;
  next_.peers.push_back(e.peer);
  next_.urgent = true;
  pins_dirty_ = true;
  load_diallers();
  const auto found = diallers_.find(device);
  if (found != diallers_.end()) {
    found->second.failures = 0;
    found->second.next_at = now_;
  }
  wake_by(now_);
}

void node_core::state::handle(ev::set_online& e) {
  if (online_ == e.online) return;
  online_ = e.online;
  if (online_) {
    retry_soon();
  } else {
    for (session* s : live_sessions()) {
      doom(*s, close_code::shutting_down, "The other device works offline now.");
    }
    for (auto& [device, dial] : diallers_) dial.dialling = false;
  }
  touch_all();
}

void node_core::state::handle(ev::shut_down&) {
  online_ = false;
  stopping_ = true;
  for (session* s : live_sessions()) {
    doom(*s, close_code::shutting_down, "The other device is closing.");
  }
}

void node_core::state::run_timers() {
  wake_at_ = limit::never;
  for (session* s : live_sessions()) run_session_timers(*s);
  run_diallers();
  for (auto& [id, d] : documents_) run_presence(d);
  std::vector<doc_id> late;
  for (const auto& [document, j] : joins_) {
    if (j.give_up <= now_ && !j.admitted) {
      late.push_back(document);
    } else if (!j.admitted) {
      wake_by(j.give_up);
    }
  }
  for (const doc_id& document : late) {
    const std::string detail = joins_.at(document).trouble;
    end_join(document, sync_error{sync_errc::timeout,
                                  "The device that invited you did not answer" +
                                      (detail.empty() ? std::string(".") : ": " + detail + ".") +
                                      " Ask it to be online, then use the link again."});
  }
  for (const time_point at : {retry_store_at_, flush_acks_at_}) {
    if (at != limit::never && at > now_) wake_by(at);
  }
}

// splitmix64.
std::uint64_t node_core::state::random() {
  random_state_ += 0x9e37'79b9'7f4a'7c15U;
  std::uint64_t z = random_state_;
  z = (z ^ (z >> 30U)) * 0xbf58'476d'1ce4'e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d0'49bb'1331'11ebU;
  return z ^ (z >> 31U);
}

void node_core::state::log(std::string line) {
  out_->push_back(fx::log{std::move(line)});
}

}  // namespace weft::sync
