// SPDX-License-Identifier: MIT
#include "sim_world.hpp"

#include <algorithm>
#include <ostream>
#include <tuple>

namespace weft::sim {

namespace {

constexpr std::size_t send_buffer = std::size_t{1} << 20U;
/// More than this on its way between two peers means that somebody does not wait for room.
constexpr std::size_t max_on_way = std::size_t{12} << 20U;

sync::digest32 seed_bytes(std::uint64_t a, std::uint64_t b) {
  sync::digest32 out{};
  for (std::size_t i = 0; i < 8; ++i) {
    out[i] = static_cast<std::uint8_t>(a >> (8 * i));
    out[8 + i] = static_cast<std::uint8_t>(b >> (8 * i));
  }
  return out;
}

sync::digest16 half(std::uint64_t a, std::uint64_t b) {
  const sync::digest32 whole = seed_bytes(a, b);
  sync::digest16 out{};
  std::copy_n(whole.begin(), out.size(), out.begin());
  return out;
}

bool lacks(const sync::seq_vector& have, const sync::seq_vector& all) {
  return std::any_of(all.begin(), all.end(), [&](const auto& entry) {
    const auto found = have.find(entry.first);
    return found == have.end() || found->second < entry.second;
  });
}

sync::seq_vector heads_of(const sync::store_view& store, const doc_id& document) {
  sync::seq_vector out;
  for (const sync::replica_head& head : store.heads(document)) {
    out[head.last.replica] = head.last.seq + 1;
  }
  return out;
}

/// Honest peers never close like this.
bool is_accusation(sync::close_code code) {
  switch (code) {
    case sync::close_code::protocol:
    case sync::close_code::limit:
    case sync::close_code::penalty:
    case sync::close_code::clone:
    case sync::close_code::internal:
      return true;
    default:
      return false;
  }
}

}  // namespace

world::world(std::uint64_t seed) : random(seed) {}

std::int64_t world::latency() {
  const auto span = static_cast<std::size_t>(sky.latency_max - sky.latency_min + 1);
  return sky.latency_min + static_cast<std::int64_t>(random.below(span));
}

peer& world::add_peer(const peer_plan& plan) {
  auto p = std::make_unique<peer>();
  p->index = peers_.size();
  p->plan = plan;
  p->key = sync::key_pair::from_seed(seed_bytes(random.next(), p->index + 1));
  p->store = std::make_unique<sync::memory_store>(half(random.next(), p->index));
  peers_.push_back(std::move(p));
  start(peers_.back()->index);
  return *peers_.back();
}

// Time.

void world::at_time(time_point when, std::function<void()> action) {
  queue_.emplace(std::pair{std::max(when, now_), next_event_++}, std::move(action));
}

void world::run_for(std::int64_t ms) {
  const time_point until = now_ + time_point{ms};
  while (!queue_.empty() && queue_.begin()->first.first <= until) {
    const auto first = queue_.begin();
    now_ = first->first.first;
    const std::function<void()> action = std::move(first->second);
    queue_.erase(first);
    action();
  }
  now_ = until;
}

void world::step(peer& p, sync::event e) {
  if (!p.core) return;
  std::vector<sync::effect> effects;
  p.core->step(now_, wall(), std::move(e), effects);
  perform(p, effects);
}

void world::perform(peer& p, std::vector<sync::effect>& effects) {
  for (sync::effect& e : effects) {
    if (auto* f = std::get_if<sync::fx::send>(&e)) send(p, *f);
    if (auto* f = std::get_if<sync::fx::close>(&e)) close(p, *f);
    if (auto* f = std::get_if<sync::fx::dial>(&e)) dial(p, *f);
    if (auto* f = std::get_if<sync::fx::commit>(&e)) commit(p, *f);
    if (auto* f = std::get_if<sync::fx::deliver>(&e)) deliver(p, *f);
    if (auto* f = std::get_if<sync::fx::status>(&e)) p.status[f->now.document] = f->now;
    if (auto* f = std::get_if<sync::fx::document_added>(&e)) open_app(p, f->document);
    if (auto* f = std::get_if<sync::fx::join_done>(&e)) p.joins_done[f->document] = f->error;
    if (auto* f = std::get_if<sync::fx::pins>(&e)) p.pins = *f;
    if (auto* f = std::get_if<sync::fx::deliver_presence>(&e)) {
      if (f->payload.empty()) {
        p.seen_presence.erase({f->document, f->replica});
      } else {
        p.seen_presence[{f->document, f->replica}] = f->payload;
      }
    }
    if (auto* f = std::get_if<sync::fx::wake>(&e)) {
      p.wake = f->at;
      at_time(f->at, [this, &p, life = p.life, at = f->at] {
        if (p.life == life && p.wake == at) step(p, sync::ev::tick{});
      });
    }
  }
}

// Acts of users.

void world::open_app(peer& p, const doc_id& document) {
  if (p.apps.contains(document)) return;
  // Most programs begin a new incarnation; one that was closed well may go on as before.
  crdt::replica_id self = crdt::replica_id::from_number(next_replica_++);
  for (const sync::replica_head& head : p.store->heads(document)) {
    if (head.author == p.key.public_part() && random.chance(50)) self = head.last.replica;
  }
  p.apps.emplace(document, app_document(document, self, *p.store));
}

doc_id world::create(std::size_t owner) {
  peer& p = at(owner);
  sync::member_entry e;
  e.kind = sync::entry_kind::create;
  e.author = p.key.public_part();
  e.wall_ms = wall();
  e.nonce = half(random.next(), random.next());
  e.name = "peer" + std::to_string(owner);
  e.sign(p.key);
  const doc_id document = sync::document_of(e);
  step(p, sync::ev::create_document{document, "notes", e});
  open_app(p, document);
  return document;
}

void world::grant(std::size_t owner, const doc_id& document, std::size_t subject, sync::role as) {
  peer& p = at(owner);
  if (!p.core || p.core->members(document) == nullptr) return;
  sync::member_entry e;
  e.kind = sync::entry_kind::grant;
  e.document = document;
  e.parents = p.core->members(document)->heads();
  e.author = p.key.public_part();
  e.wall_ms = wall();
  e.subject = at(subject).key.public_part();
  e.granted = as;
  e.name = "peer" + std::to_string(subject);
  e.sign(p.key);
  step(p, sync::ev::local_members{document, {e}});
}

sync::join_link world::invite(std::size_t owner, const doc_id& document, sync::role as,
                              std::uint32_t max_uses, std::int64_t expires_ms,
                              std::size_t admitted_by) {
  peer& p = at(owner);
  sync::join_link link;
  link.document = document;
  link.inviter = at(admitted_by).key.id();
  link.addresses = {"peer" + std::to_string(admitted_by)};
  link.secret = half(random.next(), random.next());
  sync::member_entry e;
  e.kind = sync::entry_kind::invite;
  e.document = document;
  e.parents = p.core->members(document)->heads();
  e.author = p.key.public_part();
  e.wall_ms = wall();
  e.invite = link.invite_key().public_part();
  e.granted = as;
  e.max_uses = max_uses;
  e.expires_ms = expires_ms;
  e.sign(p.key);
  step(p, sync::ev::local_members{document, {e}});
  return link;
}

void world::join(std::size_t who, const sync::join_link& link, std::int64_t timeout_ms) {
  peer& p = at(who);
  sync::member_entry e;
  e.kind = sync::entry_kind::redeem;
  e.document = link.document;
  e.author = p.key.public_part();
  e.invite = link.invite_key().public_part();
  e.name = "peer" + std::to_string(who);
  const sync::key_pair invite_key = link.invite_key();
  e.sign(p.key, &invite_key);
  p.joins_done.erase(link.document);
  step(p, sync::ev::join{link, e, timeout_ms});
}

void world::introduce(std::size_t who, std::size_t other, bool dials) {
  sync::stored_peer row;
  row.key = at(other).key.public_part();
  row.name = "peer" + std::to_string(other);
  if (dials) row.addresses = {"peer" + std::to_string(other)};
  step(at(who), sync::ev::add_peer{row});
}

void world::seal(peer& p, const doc_id& document) {
  const auto app = p.apps.find(document);
  if (app == p.apps.end()) return;
  std::vector<sync::checked_change> changes = app->second.seal(p.key, wall());
  if (!changes.empty()) step(p, sync::ev::local_changes{document, std::move(changes)});
}

void world::edit(std::size_t who, const doc_id& document) {
  peer& p = at(who);
  const auto app = p.apps.find(document);
  if (!p.core || app == p.apps.end()) return;
  const sync::membership* members = p.core->members(document);
  if (members == nullptr) return;
  if (members->role_of(p.key.id()) < sync::role::editor && !p.plan.rogue) return;
  app->second.edit(random);
  seal(p, document);
}

void world::insert(std::size_t who, const doc_id& document, std::string_view text) {
  peer& p = at(who);
  const auto app = p.apps.find(document);
  if (!p.core || app == p.apps.end()) return;
  app->second.insert(text);
  seal(p, document);
}

void world::presence(std::size_t who, const doc_id& document, std::string_view payload) {
  peer& p = at(who);
  const auto app = p.apps.find(document);
  if (app == p.apps.end()) return;
  const crdt::byte_view view = crdt::as_bytes(payload);
  step(p, sync::ev::local_presence{document, app->second.self(), {view.begin(), view.end()}});
}

void world::set_online(std::size_t who, bool online) {
  step(at(who), sync::ev::set_online{online});
}

// Faults.

void world::crash(std::size_t who) {
  peer& p = at(who);
  if (!p.core) return;
  p.core.reset();
  p.apps.clear();
  p.seen_presence.clear();
  p.pins = {};
  ++p.life;
  for (auto& [id, c] : connections_) {
    for (std::size_t i : {0U, 1U}) {
      if (c.ends[i].peer != who || !c.ends[i].up) continue;
      c.ends[i].up = false;
      c.ends[i].broken = true;
      // Half of the deaths are announced by the system, the others by silence.
      if (random.chance(50)) {
        end_down(c, 1 - i, std::max(c.ends[i].last, now_ + time_point{latency()}),
                 sync::close_reason::network);
      } else {
        c.ends[1 - i].broken = true;
      }
    }
  }
}

void world::start(std::size_t who) {
  peer& p = at(who);
  if (p.core) return;
  ++p.life;
  sync::core_config config;
  config.name = "peer" + std::to_string(who);
  config.seed = random.next();
  config.defects = p.plan.defects;
  config.proto_max = p.plan.proto_max;
  config.batch_bytes = p.plan.batch_bytes;
  p.core = std::make_unique<sync::node_core>(config, p.key, *p.store);
  for (const sync::stored_doc& row : p.store->documents()) open_app(p, row.id);
  step(p, sync::ev::tick{});
}

void world::block(std::size_t a, std::size_t b, bool is_blocked) {
  const auto pair = std::minmax(a, b);
  if (!is_blocked) {
    blocked_.erase(pair);
    return;
  }
  if (!blocked_.insert(pair).second) return;
  for (auto& [id, c] : connections_) {
    if (std::minmax(c.ends[0].peer, c.ends[1].peer) == pair) break_stream(c);
  }
}

bool world::blocked(std::size_t a, std::size_t b) const {
  return blocked_.contains(std::minmax(a, b));
}

void world::break_something() {
  std::vector<connection*> up;
  for (auto& [id, c] : connections_) {
    if (c.ends[0].up && c.ends[1].up) up.push_back(&c);
  }
  if (!up.empty()) break_stream(*up[random.below(up.size())]);
}

/// From now on nothing more goes through; what is on its way may still arrive. Both ends may hear
/// of it, one of them soon and the other late or never, or none.
void world::break_stream(connection& c) {
  if (c.ends[0].broken && c.ends[1].broken) return;
  c.ends[0].broken = c.ends[1].broken = true;
  const std::size_t one = random.below(2);
  switch (random.below(4)) {
    case 0:
      end_down(c, 0, now_ + time_point{latency()}, sync::close_reason::network);
      end_down(c, 1, now_ + time_point{latency()}, sync::close_reason::network);
      break;
    case 1:
      end_down(c, one, now_, sync::close_reason::network);
      break;
    case 2:
      break;
    default:
      end_down(c, one, now_, sync::close_reason::network);
      end_down(c, 1 - one, now_ + time_point{20'000}, sync::close_reason::network);
      break;
  }
}

void world::fail_next_commit(std::size_t who) {
  at(who).store->fail_next(random.chance(50) ? sync::sync_errc::disk_full : sync::sync_errc::io);
}

void world::inject(std::size_t who, const crdt::bytes& data) {
  connection* newest = nullptr;
  std::size_t receiver = 0;
  for (auto& [id, c] : connections_) {
    for (const std::size_t i : {0U, 1U}) {
      if (c.ends[i].peer != who || !c.ends[i].up) continue;
      newest = &c;
      receiver = i;
    }
  }
  if (newest == nullptr) return;
  newest->damaged = true;
  at(newest->ends[1 - receiver].peer).misquoted = true;
  step(at(who), sync::ev::received{newest->ends[receiver].session, data});
}

void world::heal() {
  damage_.clear();
  for (auto& [id, c] : connections_) {
    if (c.damaged) break_stream(c);
  }
}

void world::damage_next_frame(std::size_t who, std::uint8_t where) {
  damage_[who] = where;
}

void world::end_down(connection& c, std::size_t which, time_point when, sync::close_reason why) {
  at_time(when, [this, id = c.id, which, why] {
    const auto found = connections_.find(id);
    if (found == connections_.end() || !found->second.ends[which].up) return;
    connection::end& end = found->second.ends[which];
    end.up = false;
    end.broken = true;
    step(at(end.peer), sync::ev::session_down{end.session, why, {}});
  });
}

// The network.

std::pair<connection*, std::size_t> world::find(const peer& p, session_id session) {
  const auto found = connections_.find(session);
  if (found == connections_.end()) return {nullptr, 0};
  return {&found->second, found->second.ends[0].peer == p.index ? 0U : 1U};
}

peer* world::find_device(const sync::device_id& device) {
  for (auto& p : peers_) {
    if (p->key.id() == device) return p.get();
  }
  return nullptr;
}

void world::dial(peer& p, const sync::fx::dial& e) {
  peer* target = find_device(e.device);
  const auto fail = [&](const char* why) {
    at_time(now_ + time_point{latency()}, [this, &p, life = p.life, device = e.device, why] {
      if (p.life == life) step(p, sync::ev::dial_failed{device, why});
    });
  };
  const std::string wanted = target == nullptr ? "" : "peer" + std::to_string(target->index);
  if (target == nullptr ||
      std::find(e.addresses.begin(), e.addresses.end(), wanted) == e.addresses.end()) {
    return fail("no such address");
  }
  at_time(now_ + time_point{latency()}, [this, from = p.index, to = target->index, life = p.life,
                                         redeem = e.redeem] { connect(from, to, life, redeem); });
}

void world::connect(std::size_t from, std::size_t to, std::uint64_t life,
                    const std::optional<sync::join_link>& redeem) {
  peer& p = at(from);
  peer& target = at(to);
  if (p.life != life) return;
  const bool known = std::find(target.pins.known.begin(), target.pins.known.end(),
                               p.key.public_part()) != target.pins.known.end();
  if (!target.core || blocked(from, to) || (!known && !target.pins.open_to_invited)) {
    at_time(now_ + time_point{latency()}, [this, &p, life, device = target.key.id()] {
      if (p.life == life) step(p, sync::ev::dial_failed{device, "no answer"});
    });
    return;
  }
  const std::uint64_t id = next_id_++;
  connection& c = connections_[id];
  c.id = id;
  c.ends[0].peer = from;
  c.ends[1].peer = to;
  c.ends[0].session = c.ends[1].session = id;
  c.ends[1].up = true;
  c.ends[1].last = now_ + time_point{latency()};
  at_time(c.ends[1].last, [this, id, life, redeem] {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    connection::end& end = found->second.ends[0];
    peer& dialler = at(end.peer);
    if (dialler.life != life || found->second.ends[0].broken) return;
    end.up = true;
    step(dialler, sync::ev::session_up{id, at(found->second.ends[1].peer).key.public_part(), true,
                                       true, redeem});
  });
  step(target, sync::ev::session_up{id, p.key.public_part(), false, known, std::nullopt});
}

void world::send(peer& p, const sync::fx::send& e) {
  auto [c, which] = find(p, e.session);
  if (c == nullptr || !c->ends[which].up) return;
  connection::end& end = c->ends[which];
  ++frames_sent;
  bytes_sent += e.frame.size();
  if (end.broken) return;
  crdt::bytes data = e.frame;
  if (const auto damage = damage_.find(p.index); damage != damage_.end()) {
    data[damage->second % data.size()] ^= static_cast<std::uint8_t>(1U << (damage->second % 8U));
    damage_.erase(damage);
    c->damaged = p.misquoted = true;
  }
  const bool cut = random.chance(sky.cut_percent);
  if (cut) data.resize(random.below(data.size() + 1));
  end.on_way += data.size();
  if (end.on_way > max_on_way)
    throw oracle_failure("memory: a peer sends without waiting for room");
  const auto arrives = [&](crdt::bytes part) {
    const auto transfer = static_cast<std::int64_t>(part.size()) / sky.bytes_per_ms;
    end.last = std::max(end.last, now_ + time_point{latency()}) + time_point{transfer};
    at_time(end.last,
            [this, id = c->id, from = which, moved = std::move(part)] { arrive(id, from, moved); });
  };
  if (data.size() > 1 && random.chance(sky.frame_splits_percent)) {
    const auto at = static_cast<std::ptrdiff_t>(1 + random.below(data.size() - 1));
    arrives({data.begin(), data.begin() + at});
    arrives({data.begin() + at, data.end()});
  } else {
    arrives(std::move(data));
  }
  if (cut) break_stream(*c);
}

void world::arrive(std::uint64_t connection_id, std::size_t from, crdt::bytes data) {
  const auto found = connections_.find(connection_id);
  if (found == connections_.end()) return;
  connection::end& sender = found->second.ends[from];
  const connection::end receiver = found->second.ends[1 - from];
  sender.on_way -= data.size();
  sender.unreported += data.size();
  const bool report = sender.up && sender.unreported >= (sender.on_way == 0 ? 65'536U : 262'144U);
  if (report) {
    sender.unreported = 0;
    const std::size_t room = send_buffer - std::min(send_buffer, sender.on_way);
    step(at(sender.peer), sync::ev::writable{sender.session, room});
  }
  if (receiver.up) {
    step(at(receiver.peer), sync::ev::received{receiver.session, std::move(data)});
  }
}

void world::close(peer& p, const sync::fx::close& e) {
  if (honest && is_accusation(e.code)) {
    throw oracle_failure("peer " + std::to_string(p.index) + " accuses an honest peer: " + e.text);
  }
  p.closes.push_back(e.text);
  auto [c, which] = find(p, e.session);
  if (c == nullptr || !c->ends[which].up) return;
  c->ends[which].up = false;
  if (!c->ends[which].broken) {
    end_down(*c, 1 - which, std::max(c->ends[which].last, now_ + time_point{latency()}),
             sync::close_reason::peer_closed);
  }
}

// The disk.

void world::commit(peer& p, const sync::fx::commit& e) {
  const auto span = static_cast<std::size_t>(sky.disk_max - sky.disk_min + 1);
  const time_point when =
      now_ + time_point{sky.disk_min + static_cast<std::int64_t>(random.below(span))};
  at_time(when, [this, &p, life = p.life, txn = e] {
    if (p.life != life) return;
    if (random.chance(sky.disk_fails_percent)) fail_next_commit(p.index);
    const auto done = p.store->commit(txn.data);
    if (done) {
      committed(p, txn.data);
    } else {
      ++p.commits_failed;
      if (done.error().code == sync::sync_errc::corrupt) {
        throw oracle_failure("the store refuses: " + done.error().what);
      }
    }
    // The machine may die between the fsync and the answer.
    at_time(now_ + time_point{static_cast<std::int64_t>(random.below(2))},
            [this, &p, life, id = txn.txn, done] {
              if (p.life != life) return;
              if (done) {
                step(p, sync::ev::stored{id});
              } else {
                step(p, sync::ev::store_failed{id, done.error()});
              }
            });
  });
}

void world::committed(const peer& p, const sync::store_txn& txn) {
  for (const auto& row : txn.changes) {
    for (const sync::checked_change& c : row.changes) {
      const auto [known, first] =
          ever_.try_emplace({row.document, c.meta.replica, c.meta.seq}, c.meta.hash);
      if (!first && known->second != c.meta.hash) {
        throw oracle_failure("a sequence number was used for two different changes");
      }
    }
  }
  for (const auto& row : txn.acks) {
    const peer* other = find_device(row.device);
    if (other == nullptr) throw oracle_failure("an acknowledgement of nobody");
    if (!other->misquoted && lacks(heads_of(*other->store, row.document), row.seqs)) {
      throw oracle_failure("peer " + std::to_string(p.index) +
                           " keeps an acknowledgement that is not true of the store of peer " +
                           std::to_string(other->index));
    }
  }
  for (const auto& row : txn.quarantine) {
    const peer* from = find_device(row.from);
    if (from != nullptr && !from->plan.rogue && honest) {
      throw oracle_failure("an honest peer's changes were set aside: " + row.reason);
    }
  }
}

void world::deliver(peer& p, const sync::fx::deliver& e) {
  const sync::change_lookup stored = p.store->lookup(e.document);
  for (const sync::checked_change& c : e.changes) {
    const auto row = stored.by_seq(c.meta.replica, c.meta.seq);
    if (!row || row->hash != c.meta.hash) {
      throw oracle_failure("a change was delivered before it was durable");
    }
  }
  const auto app = p.apps.find(e.document);
  if (app == p.apps.end()) throw oracle_failure("a delivery for a document that was not announced");
  app->second.take(e.changes);
}

// Questions.

std::string world::text(std::size_t who, const doc_id& document) {
  const auto app = at(who).apps.find(document);
  return app == at(who).apps.end() ? std::string("(none)") : app->second.text();
}

bool world::connected(std::size_t a, std::size_t b) const {
  const auto& core = peers_[a]->core;
  return core && core->connected(peers_[b]->key.id());
}

sync::doc_status world::status(std::size_t who, const doc_id& document) const {
  const auto found = peers_[who]->status.find(document);
  return found == peers_[who]->status.end() ? sync::doc_status{} : found->second;
}

const sync::peer_status* world::status_of(std::size_t who, const doc_id& document,
                                          std::size_t other) const {
  const auto found = peers_[who]->status.find(document);
  if (found == peers_[who]->status.end()) return nullptr;
  for (const sync::peer_status& s : found->second.peers) {
    if (s.device == peers_[other]->key.id()) return &s;
  }
  return nullptr;
}

bool world::agree(const doc_id& document, const std::vector<std::size_t>& who,
                  std::string* difference) {
  const auto differ = [&](std::size_t a, const char* what) {
    if (difference != nullptr) {
      *difference = "peer " + std::to_string(a) + " and peer " + std::to_string(who.front()) +
                    " differ in " + what;
    }
    return false;
  };
  peer& first = at(who.front());
  for (const std::size_t i : who) {
    peer& p = at(i);
    if (!p.core || !p.apps.contains(document)) return differ(i, "having the document");
    if (heads_of(*p.store, document) != heads_of(*first.store, document)) {
      return differ(i, "sequence vectors");
    }
    if (p.core->members(document)->digest() != first.core->members(document)->digest()) {
      return differ(i, "membership");
    }
    const auto digest = [&](const peer& of) {
      for (const sync::stored_doc& row : of.store->documents()) {
        if (row.id == document) return row.log_digest;
      }
      return sync::digest32{};
    };
    if (digest(p) != digest(first)) return differ(i, "log digest");
    if (p.apps.at(document).text() != first.apps.at(document).text()) return differ(i, "text");
    if (p.apps.at(document).canonical() != first.apps.at(document).canonical()) {
      return differ(i, "canonical export");
    }
  }
  return true;
}

void world::check_acks() const {
  for (const auto& p : peers_) {
    for (const sync::stored_doc& row : p->store->documents()) {
      for (const auto& [device, seqs] : p->store->acks(row.id)) {
        for (const auto& other : peers_) {
          if (other->key.id() == device && !other->misquoted &&
              lacks(heads_of(*other->store, row.id), seqs)) {
            throw oracle_failure("an acknowledgement is not true of the store it speaks of");
          }
        }
      }
    }
  }
}

void world::dump(std::ostream& out) const {
  out << "at " << now_.count() << " ms\n";
  for (const auto& p : peers_) {
    out << "peer " << p->index << (p->core ? "" : " is down") << ":\n";
    for (const auto& [document, error] : p->joins_done) {
      out << "  join: " << (error ? error->what : "done") << '\n';
    }
    if (p->core) p->core->dump(out);
  }
}

}  // namespace weft::sim
