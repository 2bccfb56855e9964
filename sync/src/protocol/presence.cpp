// SPDX-License-Identifier: MIT
// Presence: who is here and where. Latest wins, expires by itself, is never stored.
#include "protocol/core_state.hpp"

#include <algorithm>

namespace weft::sync {

void node_core::state::handle(ev::local_presence& e) {
  document_state* d = find_document(e.document);
  if (d == nullptr || e.payload.size() > max_presence_bytes) return;
  // Starts from the wall clock, so that a restarted program is newer than what is still shown.
  const auto start = static_cast<std::uint32_t>(static_cast<std::uint64_t>(wall_ms_) >> 6U);
  auto [p, added] = d->presence.try_emplace(e.replica);
  p->second.clock = added ? start : p->second.clock + 1;
  if (!added && !p->second.local && !p->second.payload.empty()) {
    // An echo of what this replica was before a restart.
    out_->push_back(fx::deliver_presence{e.document, e.replica, p->second.from, {}});
  }
  p->second.local = true;
  p->second.from = self_;
  p->second.payload = std::move(e.payload);
  p->second.expires = now_ + limit::presence_refresh;
  wake_by(p->second.expires);
  send_presence(*d, e.replica, p->second, 0);
  if (p->second.payload.empty()) bury(p->second);
}

/// Keeps the clock of a presence that is over, so that an old message on a detour does not revive
/// it, and two of them do not chase each other round a ring.
void node_core::state::bury(presence_state& p) {
  p.payload.clear();
  p.local = false;
  p.via = 0;
  p.expires = now_ + time_point{limit::presence_max_ttl_ms};
  wake_by(p.expires);
}

void node_core::state::send_presence_to(session& s, const subscription& sub,
                                        const replica_id& replica, const presence_state& p) {
  if (!sub.accepted || s.room <= 0) return;  // the first thing to be dropped
  send(s, msg::presence{sub.theirs, replica, p.clock, limit::presence_ttl_ms, p.payload});
}

void node_core::state::send_presence(document_state& d, const replica_id& replica,
                                     const presence_state& p, session_id except) {
  for (session* s : live_sessions()) {
    const auto found = s->subs.find(d.id);
    if (s->id == except || found == s->subs.end() || !may_share(d, s->device)) continue;
    send_presence_to(*s, found->second, replica, p);
  }
}

void node_core::state::greet_with_presence(session& s, const subscription& sub, document_state& d) {
  for (const auto& [replica, p] : d.presence) {
    if (!p.payload.empty()) send_presence_to(s, sub, replica, p);
  }
}

void node_core::state::on_presence(session& s, const msg::presence& m) {
  const subscription* sub = sub_by_mine(s, m.doc_ref);
  if (sub == nullptr) {
    return doom(s, close_code::protocol, "Presence in no document.", close_reason::protocol);
  }
  document_state* d = find_document(sub->document);
  if (d == nullptr || !d->stored || !may_share(*d, s.device) || !s.presences.take(now_)) return;
  const auto found = d->presence.find(m.replica);
  if (found != d->presence.end()) {
    const presence_state& known = found->second;
    // "Gone" with the clock we know comes from a peer that lost its way to that replica: it counts
    // if that was our way, too.
    const bool way_lost = m.payload.empty() && known.via == s.id && m.clock == known.clock;
    if (known.local || (m.clock <= known.clock && !way_lost)) return;
    if (m.payload.empty()) {
      found->second.clock = m.clock;
      return presence_gone(*d, m.replica);
    }
  } else if (m.payload.empty() || d->presence.size() >= limit::presences) {
    return;
  }
  const auto head = view_.lookup(d->id).head(m.replica);
  if (head && head->author == key_.public_part()) return;  // our own, from before a restart
  presence_state& p = d->presence[m.replica];
  const bool changed = p.payload != m.payload;
  p.clock = m.clock;
  p.via = s.id;
  p.payload = m.payload;
  p.expires = now_ + time_point{std::min(m.ttl_ms, limit::presence_max_ttl_ms)};
  wake_by(p.expires);
  p.from = head ? device_id_of(head->author) : s.device;
  if (changed) out_->push_back(fx::deliver_presence{d->id, m.replica, p.from, p.payload});
  send_presence(*d, m.replica, p, s.id);
}

/// Tells the application and whoever we told that it was here.
void node_core::state::presence_gone(document_state& d, const replica_id& replica) {
  presence_state& p = d.presence.at(replica);
  if (p.payload.empty()) return;
  const session_id via = p.via;
  bury(p);
  out_->push_back(fx::deliver_presence{d.id, replica, p.from, {}});
  send_presence(d, replica, p, via);
}

void node_core::state::run_presence(document_state& d) {
  std::vector<replica_id> expired;
  for (auto& [replica, p] : d.presence) {
    if (p.expires <= now_) {
      if (!p.local) {
        expired.push_back(replica);
        continue;
      }
      p.clock += 1;
      p.expires = now_ + limit::presence_refresh;
      send_presence(d, replica, p, 0);
    }
    wake_by(p.expires);
  }
  for (const replica_id& replica : expired) {
    if (d.presence.at(replica).payload.empty()) {
      d.presence.erase(replica);
    } else {
      presence_gone(d, replica);
    }
  }
}

void node_core::state::drop_presence_via(session_id session) {
  for (auto& [id, d] : documents_) {
    std::vector<replica_id> lost;
    for (const auto& [replica, p] : d.presence) {
      if (!p.local && p.via == session && !p.payload.empty()) lost.push_back(replica);
    }
    for (const replica_id& replica : lost) presence_gone(d, replica);
  }
}

}  // namespace weft::sync
