// SPDX-License-Identifier: MIT
// One session: opening, versions, silence, duplicates, errors.
#include "protocol/core_state.hpp"

#include <algorithm>
#include <iterator>

namespace weft::sync {

namespace {

/// Codes after which dialling soon again cannot help.
bool is_refusal(close_code code) {
  switch (code) {
    case close_code::version:
    case close_code::unsupported:
    case close_code::denied:
    case close_code::penalty:
    case close_code::clone:
      return true;
    default:
      return false;
  }
}

std::string range(std::uint16_t low, std::uint16_t high) {
  if (low == high) return "version " + std::to_string(low);
  return "versions " + std::to_string(low) + " to " + std::to_string(high);
}

std::string short_text(std::string text, std::size_t max) {
  if (text.size() > max) text.resize(max);
  return text;
}

}  // namespace

session* node_core::state::find_session(session_id id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || found->second.doomed) return nullptr;
  return &found->second;
}

std::vector<session*> node_core::state::live_sessions() {
  std::vector<session*> out;
  for (auto& [id, s] : sessions_) {
    if (!s.doomed) out.push_back(&s);
  }
  return out;
}

bool node_core::state::session_with(const device_id& device) const {
  return std::any_of(sessions_.begin(), sessions_.end(), [&](const auto& entry) {
    return entry.second.device == device && !entry.second.doomed;
  });
}

std::size_t node_core::state::send(session& s, const message& m) {
  if (s.doomed) return 0;
  bytes frame = s.out.write(m);
  const std::size_t size = frame.size();
  s.room -= static_cast<std::int64_t>(frame.size());
  s.last_sent = now_;
  out_->push_back(fx::send{s.id, std::move(frame)});
  if (s.room < -static_cast<std::int64_t>(limit::unread_bytes)) {
    doom(s, close_code::limit, "The other device does not read what is sent.",
         close_reason::network);
  }
  return size;
}

void node_core::state::doom(session& s, close_code code, std::string text, close_reason why) {
  if (!s.doomed) s.doomed = session::end{code, short_text(std::move(text), 200), why};
}

void node_core::state::reap() {
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    session& s = it->second;
    if (!s.doomed) {
      ++it;
      continue;
    }
    const session::end end = *s.doomed;
    if (end.code != close_code::none) {
      out_->push_back(fx::send{s.id, s.out.write(msg::error{end.code, end.text, 0, 0, true})});
    }
    out_->push_back(fx::close{s.id, end.code, end.text});
    forget_session(s, is_refusal(end.code) ? close_reason::denied : end.why);
    sessions_.erase(it);
    it = sessions_.begin();  // forgetting one may end another
  }
}

/// All state of a session dies with it. What the peer has durably is in the acks.
void node_core::state::forget_session(session& s, close_reason why) {
  if (!s.doomed) s.doomed = session::end{close_code::none, {}, why};
  drop_presence_via(s.id);
  for (auto& [id, other] : sessions_) {
    if (other.probed_for == s.id && !other.doomed) settle_duplicate(other, false);
  }
  if (broken(defect::keep_session_state)) {
    for (auto& [document, sub] : s.subs) kept_sent_[{s.device, document}] = sub.sent;
  }
  const auto dial = diallers_.find(s.device);
  if (dial != diallers_.end()) {
    dial->second.dialling = false;
    if (s.open && now_ - s.opened_at >= limit::backoff_reset) dial->second.failures = 0;
    if (online_ && why != close_reason::replaced) {
      retry_later(s.device, why == close_reason::denied);
    }
  }
  for (auto& [document, sub] : s.subs) touch(document);
}

void node_core::state::begin_session(session& s) {
  const auto dial = diallers_.find(s.device);
  if (dial != diallers_.end()) dial->second.dialling = false;
  if (!online_ || stopping_) return doom(s, close_code::shutting_down, "This device is offline.");
  if (s.device == self_) return doom(s, close_code::denied, "A device cannot be its own peer.");
  if (sessions_.size() > limit::sessions) {
    return doom(s, close_code::busy, "This device has too many sessions.");
  }
  wake_by(now_ + limit::opening);
  if (!s.known) {
    const auto unknown = std::count_if(sessions_.begin(), sessions_.end(),
                                       [](const auto& entry) { return !entry.second.known; });
    if (static_cast<std::size_t>(unknown) > limit::unknown_sessions) {
      doom(s, close_code::busy, "Too many devices are being invited at this moment.");
    }
    return;  // Not a byte for a stranger.
  }
  send_hello(s);
  if (s.redeem) {
    if (!joins_.contains(s.redeem->document)) {  // given up meanwhile
      return doom(s, close_code::none, "The link is not needed any more.");
    }
    for (const auto& [document, j] : joins_) {
      if (j.link.inviter == s.device) redeem_over(s, j);
    }
  }
  meet_duplicate(s);
}

void node_core::state::send_hello(session& s) {
  s.hello_sent = true;
  msg::hello m;
  m.proto_min = config_.proto_min;
  m.proto_max = config_.proto_max;
  m.features = config_.features;
  m.agent = short_text(config_.agent, 64);
  m.instance = view_.instance();
  m.wall_ms = wall_ms_;
  m.node_role = config_.node_role;
  m.name = short_text(config_.name, 64);
  m.max_frame = static_cast<std::uint32_t>(max_frame_bytes);
  send(s, m);
}

/// A second session with a device. Which one lives is decided when the older one has shown, by
/// the answer to a ping of its own, that it is not a dead connection.
void node_core::state::meet_duplicate(session& s) {
  session* older = nullptr;
  for (session* other : live_sessions()) {
    if (other->id == s.id || other->device != s.device || !other->known) continue;
    if (other->probed_for != 0) {
      doom(*other, close_code::none, "A newer session takes its place.", close_reason::replaced);
    } else {
      older = other;
    }
  }
  if (older == nullptr) return;
  s.probed_for = older->id;
  s.probe_token = next_token_++;
  s.probe_until = now_ + limit::probe;
  wake_by(s.probe_until);
  send(*older, msg::ping{s.probe_token});
}

void node_core::state::settle_duplicate(session& s, bool old_alive) {
  session* older = find_session(s.probed_for);
  if (older != nullptr && old_alive) {
    if (!s.hello) {
      s.probe_answered = true;
      return;
    }
    if (older->hello && older->hello->instance != s.hello->instance) {
      const char* text = "The same device key is used by two copies of a profile.";
      troubles_[s.device] = text;
      doom(s, close_code::clone, text);
      doom(*older, close_code::clone, text);
      return;
    }
    const auto dialled_by = [this](const session& x) { return x.dialled ? self_ : x.device; };
    const bool keep_older = s.dialled == older->dialled || dialled_by(*older) < dialled_by(s);
    session& loser = keep_older ? s : *older;
    doom(loser, close_code::none, "Another session with this device is kept.",
         close_reason::replaced);
    if (keep_older) return;
  } else if (older != nullptr) {
    doom(*older, close_code::none, "The session did not answer any more.", close_reason::replaced);
  }
  s.probed_for = 0;
  if (s.hello && s.hello_sent && !s.ready_sent) answer_hello(s);
}

void node_core::state::receive(session& s, const message& m) {
  if (const auto* error = std::get_if<msg::error>(&m)) return on_error(s, *error);
  if (const auto* hello = std::get_if<msg::hello>(&m)) return on_hello(s, *hello);
  if (const auto* use = std::get_if<msg::invite_use>(&m)) return on_invite_use(s, *use);
  if (!s.known) {
    if (std::holds_alternative<msg::ping>(m)) return;  // a stranger gets no answer
    return doom(s, close_code::protocol, "Only an invitation may be used here.",
                close_reason::protocol);
  }
  if (const auto* ping = std::get_if<msg::ping>(&m)) {
    send(s, msg::pong{ping->token});
    return;
  }
  if (const auto* pong = std::get_if<msg::pong>(&m)) return on_pong(s, *pong);
  if (const auto* ready = std::get_if<msg::ready>(&m)) return on_ready(s, *ready);
  if (const auto* unknown = std::get_if<msg::unknown>(&m)) {
    if (unknown->critical) {
      send(s, msg::error{close_code::unsupported, "This message is not known here.", 0, 0, false});
    }
    return;
  }
  if (!s.open) {
    return doom(s, close_code::protocol, "A message came before the session was open.",
                close_reason::protocol);
  }
  if (const auto* p = std::get_if<msg::subscribe>(&m)) return on_subscribe(s, *p);
  if (const auto* p = std::get_if<msg::subscribed>(&m)) return on_subscribed(s, *p);
  if (const auto* p = std::get_if<msg::have>(&m)) return on_have(s, *p);
  if (std::holds_alternative<msg::changes>(m) || std::holds_alternative<msg::small_changes>(m)) {
    return on_changes(s, m);
  }
  if (const auto* p = std::get_if<msg::ack>(&m)) return on_ack(s, *p);
  if (const auto* p = std::get_if<msg::members>(&m)) return on_members(s, *p);
  if (const auto* p = std::get_if<msg::presence>(&m)) return on_presence(s, *p);
}

void node_core::state::on_hello(session& s, const msg::hello& m) {
  if (s.hello) {
    return doom(s, close_code::protocol, "A second hello.", close_reason::protocol);
  }
  s.hello = m;
  const std::uint16_t best = std::min(config_.proto_max, m.proto_max);
  if (m.proto_min > m.proto_max || best < config_.proto_min || best < m.proto_min) {
    const std::string ours = range(config_.proto_min, config_.proto_max);
    const std::string theirs = range(m.proto_min, m.proto_max);
    troubles_[s.device] = "It speaks " + theirs + " of the protocol, this device " + ours +
                          ". Update the older program.";
    touch_all();
    return doom(s, close_code::version,
                "This device speaks " + ours + " of the protocol, yours " + theirs +
                    ". Update the older program.",
                close_reason::denied);
  }
  s.proto = best;
  std::set_intersection(config_.features.begin(), config_.features.end(), m.features.begin(),
                        m.features.end(), std::back_inserter(s.features));
  if (!s.known) return;
  if (s.probed_for != 0) {
    if (s.probe_answered) settle_duplicate(s, true);
    return;
  }
  answer_hello(s);
}

void node_core::state::answer_hello(session& s) {
  s.ready_sent = true;
  send(s, msg::ready{s.proto, s.features});
  try_open(s);
}

void node_core::state::on_ready(session& s, const msg::ready& m) {
  if (!s.hello || s.ready_seen || m.proto != s.proto || m.features != s.features) {
    return doom(s, close_code::protocol, "The other device is ready for something else.",
                close_reason::protocol);
  }
  s.ready_seen = true;
  try_open(s);
}

void node_core::state::try_open(session& s) {
  if (s.open || s.doomed || !s.known || !s.ready_sent || !s.ready_seen) return;
  s.open = true;
  s.opened_at = now_;
  troubles_.erase(s.device);
  const auto peer = peers_.find(s.device);
  if (peer != peers_.end()) {
    peer->second.last_seen_ms = wall_ms_;
    if (!s.hello->name.empty()) peer->second.name = s.hello->name;
    next_.peers.push_back(peer->second);
    flush_acks_at_ = std::min(flush_acks_at_, now_ + limit::ack_flush);
    wake_by(flush_acks_at_);
  }
  wake_by(now_ + limit::ping_after);
  if (!s.redeem) {
    for (const auto& [document, j] : joins_) {
      if (j.link.inviter == s.device) redeem_over(s, j);
    }
  }
  subscribe_all(s);
  touch_all();
}

void node_core::state::on_pong(session& s, const msg::pong& m) {
  if (m.token == 0) return;
  for (session* other : live_sessions()) {
    if (other->probed_for == s.id && other->probe_token == m.token) {
      settle_duplicate(*other, true);
    }
  }
  for (auto& [document, sub] : s.subs) {
    if (sub.restart_token == m.token) sub.restart_token = 0;
  }
}

void node_core::state::on_error(session& s, const msg::error& m) {
  log("peer reports error " + std::to_string(static_cast<unsigned>(m.code)) +
      (m.fatal ? ", fatal" : ""));
  const bool about_invite =
      m.code >= close_code::invite_used && m.code <= close_code::invite_unknown;
  if (about_invite || (s.redeem && m.fatal)) join_refused(s, m.code, m.text);
  if (subscription* sub = sub_by_mine(s, m.doc_ref); sub != nullptr && !m.fatal) {
    if (m.code == close_code::denied) {
      sub->refused = true;
      clear_window(s, *sub);
      touch(sub->document);
    }
    return;
  }
  if (!m.fatal) return;
  if (is_refusal(m.code) || m.code == close_code::store_failed) troubles_[s.device] = m.text;
  doom(s, close_code::none, "The other device ended the session: " + m.text,
       is_refusal(m.code) ? close_reason::denied : close_reason::peer_closed);
}

void node_core::state::run_opening_timers(session& s) {
  if (s.probed_for != 0 && s.probe_until <= now_) {
    if (s.probe_answered) {
      doom(s, close_code::none, "Another session with this device is kept.",
           close_reason::replaced);
    } else {
      settle_duplicate(s, false);
    }
  } else if (s.probed_for != 0) {
    wake_by(s.probe_until);
  }
  const time_point until = s.up_at + (s.known && !s.redeem ? limit::opening : limit::pairing);
  if (until <= now_) {
    doom(s, close_code::none, "The session did not open in time.", close_reason::network);
  } else {
    wake_by(until);
  }
}

void node_core::state::run_session_timers(session& s) {
  if (!s.open) return run_opening_timers(s);
  if (!broken(defect::ignore_silence)) {
    if (s.last_received + limit::dead_after <= now_) {
      return doom(s, close_code::none, "Nothing was heard for 45 seconds.", close_reason::network);
    }
    wake_by(s.last_received + limit::dead_after);
  }
  if (s.last_sent + limit::ping_after <= now_) send(s, msg::ping{0});
  wake_by(s.last_sent + limit::ping_after);
}

}  // namespace weft::sync
