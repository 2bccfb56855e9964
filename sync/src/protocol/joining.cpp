// SPDX-License-Identifier: MIT
// Joining by link: the joiner redeems, any member admits. The refusal is always precise.
#include "protocol/core_state.hpp"

#include <algorithm>

namespace weft::sync {

void node_core::state::handle(ev::join& e) {
  const doc_id document = e.link.document;
  const document_state* d = find_document(document);
  if (d != nullptr && d->stored && d->members.role_of(self_) >= role::reader) {
    remember_inviter(*d, e.link);
    load_diallers();
    out_->push_back(fx::join_done{document, std::nullopt});
    return;
  }
  if (e.link.inviter == self_) {
    out_->push_back(fx::join_done{
        document, sync_error{sync_errc::bad_data, "This link was made by this very device."}});
    return;
  }
  joining& j = joins_[document];
  j = joining{};
  j.link = e.link;
  j.redeem = e.redeem;
  j.give_up = now_ + time_point{e.timeout_ms};
  if (!online_) j.trouble = "this device works offline";
  wake_by(j.give_up);
  load_diallers();
  const auto dial = diallers_.find(e.link.inviter);
  if (dial != diallers_.end()) {
    dial->second.next_at = now_;
    dial->second.failures = 0;
  }
  for (session* s : live_sessions()) {
    if (s->device != e.link.inviter || !s->hello_sent) continue;
    redeem_over(*s, j);
    ask(*s, document, true);  // when it is open
  }
}

void node_core::state::redeem_over(session& s, const joining& j) {
  if (j.admitted) return;
  send(s, msg::invite_use{j.link.document, j.redeem.encode()});
}

void node_core::state::refuse_invite(session& s, const sync_error& why) {
  log("an invitation was refused");
  if (s.known) {
    send(s, msg::error{code_of(why.code), why.what, 0, 0, false});
  } else {
    doom(s, code_of(why.code), why.what, close_reason::denied);
  }
}

void node_core::state::on_invite_use(session& s, const msg::invite_use& m) {
  if (++s.invite_uses > limit::invite_uses) {
    return doom(s, close_code::limit, "Too many attempts to join.", close_reason::protocol);
  }
  const auto entry = member_entry::decode(m.entry);
  if (!entry || entry->kind != entry_kind::redeem || entry->document != m.document ||
      entry->author != s.key || !entry->well_signed()) {
    return doom(s, close_code::protocol, "The request to join is malformed.",
                close_reason::protocol);
  }
  document_state* d = find_document(m.document);
  if (d == nullptr || !d->stored || d->members.role_of(self_) < role::reader) {
    return refuse_invite(
        s, {sync_errc::invite_unknown, "No invitation of this document matches the link."});
  }
  const bool member_already = d->members.role_of(s.device) >= role::reader;
  if (!member_already) {
    const auto may = d->members.may_redeem(entry->invite, wall_ms_);
    if (!may) return refuse_invite(s, may.error());
    if (d->members.entries().size() >= limit::member_entries) {
      return refuse_invite(s, {sync_errc::invite_unknown, "This document has too many members."});
    }
    std::vector<member_entry> fresh = d->members.add_plausible(std::span(&*entry, 1));
    if (fresh.empty()) {
      return refuse_invite(s, {sync_errc::invite_unknown, "The invitation does not count."});
    }
    d->unsaved_members.insert(entry->hash());
    next_.members.push_back({{m.document, std::move(fresh)}, 0, s.id});
    next_.urgent = true;
    members_changed(*d);
  } else if (!s.known) {
    admit(s);
  }
}

/// The redemption is durable: the stranger is a member from now on.
void node_core::state::admit(session& s) {
  if (s.known) return;
  s.known = true;
  s.up_at = now_;
  wake_by(now_ + limit::opening);
  send_hello(s);
  meet_duplicate(s);
  if (s.hello && s.probed_for == 0) answer_hello(s);
}

void node_core::state::end_join(const doc_id& document, std::optional<sync_error> error) {
  if (joins_.erase(document) == 0) return;
  load_diallers();
  out_->push_back(fx::join_done{document, std::move(error)});
}

void node_core::state::join_refused(session& s, close_code code, const std::string& text) {
  sync_errc as = sync_errc::denied;
  if (code == close_code::invite_unknown) as = sync_errc::invite_unknown;
  if (code == close_code::invite_used) as = sync_errc::invite_used;
  if (code == close_code::invite_expired) as = sync_errc::invite_expired;
  if (code == close_code::version) as = sync_errc::version;
  // Trouble that passes is no answer: the link is tried again until the time is up.
  if (code == close_code::busy || code == close_code::shutting_down ||
      code == close_code::store_failed || code == close_code::internal) {
    for (auto& [document, j] : joins_) {
      if (j.link.inviter == s.device) j.trouble = text;
    }
    return;
  }
  std::vector<doc_id> refused;
  for (const auto& [document, j] : joins_) {
    if (j.link.inviter == s.device && !j.admitted) refused.push_back(document);
  }
  for (const doc_id& document : refused) end_join(document, sync_error{as, text});
}

}  // namespace weft::sync
