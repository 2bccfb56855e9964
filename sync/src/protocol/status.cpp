// SPDX-License-Identifier: MIT
// What is told to people, told once per change: status of documents, keys that may connect.
#include "protocol/core_state.hpp"

#include <algorithm>
#include <ostream>

namespace weft::sync {

doc_status node_core::state::status_of(const document_state& d) const {
  doc_status out;
  out.document = d.id;
  out.unsaved = d.unsaved;
  out.trouble = store_trouble_;
  for (const auto& [replica, seq] : d.heads) out.changes += seq;
  for (const auto& [device, m] : d.members.members()) {
    if (device == self_) continue;
    peer_status peer;
    peer.device = device;
    peer.name = m.name;
    const auto acks = d.acks.find(device);
    peer.missing_there = count_missing(acks == d.acks.end() ? seq_vector{} : acks->second, d.heads);
    for (const auto& [id, s] : sessions_) {
      if (s.device != device || !s.open || s.doomed) continue;
      peer.connected = true;
      const auto sub = s.subs.find(d.id);
      if (sub == s.subs.end()) continue;
      peer.missing_here = count_missing(d.heads, sub->second.they_have);
      if (sub->second.refused) peer.trouble = "It does not take the changes of this device.";
    }
    const auto trouble = troubles_.find(device);
    if (!peer.connected && trouble != troubles_.end()) peer.trouble = trouble->second;
    out.peers.push_back(std::move(peer));
  }
  return out;
}

void node_core::state::touch_all() {
  for (const auto& [id, d] : documents_) status_dirty_.insert(id);
}

void node_core::state::report() {
  for (const doc_id& id : status_dirty_) {
    document_state* d = find_document(id);
    if (d == nullptr || !d->stored) continue;
    doc_status now = status_of(*d);
    if (d->reported == now) continue;
    d->reported = now;
    out_->push_back(fx::status{std::move(now)});
  }
  status_dirty_.clear();
}

void node_core::state::report_pins() {
  if (!pins_dirty_) return;
  pins_dirty_ = false;
  std::set<public_key> known;
  fx::pins pins;
  for (const auto& [device, peer] : peers_) known.insert(peer.key);
  for (const auto& [id, d] : documents_) {
    if (d.members.role_of(self_) < role::reader) continue;
    for (const auto& [device, m] : d.members.members()) known.insert(m.key);
    const std::vector<open_invite> invites = d.members.invites();
    pins.open_to_invited = pins.open_to_invited || !invites.empty();
  }
  known.erase(key_.public_part());
  pins.known.assign(known.begin(), known.end());
  if (pins_told_ && pins_told_->known == pins.known &&
      pins_told_->open_to_invited == pins.open_to_invited) {
    return;
  }
  pins_told_ = pins;
  out_->push_back(std::move(pins));
}

void node_core::state::dump(std::ostream& out) const {
  const auto short_name = [](const auto& id) { return to_string(id).substr(0, 8); };
  out << "device " << short_name(self_) << (online_ ? " online" : " offline")
      << (flying_ ? " committing" : "") << " wake " << wake_at_.count() << '\n';
  for (const auto& [id, d] : documents_) {
    out << "  document " << short_name(id) << (d.stored ? "" : " (not stored)") << " unsaved "
        << d.unsaved << " pending " << d.pending.size() << " entries " << d.members.entries().size()
        << " heads";
    for (const auto& [replica, seq] : d.heads) out << ' ' << short_name(replica) << ':' << seq;
    for (const auto& [replica, p] : d.presence) {
      out << (p.local ? " here " : " sees ") << short_name(replica) << '@' << p.clock << " via "
          << p.via << " until " << p.expires.count();
    }
    out << '\n';
  }
  for (const auto& [id, s] : sessions_) {
    out << "  session " << id << " with " << short_name(s.device) << (s.open ? " open" : "")
        << (s.known ? "" : " unknown") << (s.dialled ? " dialled" : "") << " probed for "
        << s.probed_for << " room " << s.room << " in flight " << s.in_flight << '\n';
    for (const auto& [document, sub] : s.subs) {
      out << "    " << short_name(document) << " mine " << sub.mine << " theirs " << sub.theirs
          << (sub.accepted ? " accepted" : "") << (sub.unproven ? " unproven" : "")
          << (sub.refused ? " refused" : "") << " window " << sub.window.size() << '\n';
    }
  }
  for (const auto& [document, j] : joins_) {
    out << "  joining " << short_name(document) << " until " << j.give_up.count() << '\n';
  }
  for (const auto& [device, dial] : diallers_) {
    out << "  dialler " << short_name(device) << (dial.dialling ? " dialling" : "") << " failures "
        << dial.failures << " next " << dial.next_at.count() << '\n';
  }
}

}  // namespace weft::sync
