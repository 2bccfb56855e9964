// SPDX-License-Identifier: MIT
#include "weft/sync/node.hpp"

#include "node/document_session.hpp"
#include "node/hub.hpp"
#include "node/local_addresses.hpp"
#include "node/shared_document_state.hpp"
#include "node/wall_clock.hpp"

#include <algorithm>

namespace weft::sync {

namespace {

std::string limited_name(const std::string& name) {
  std::string out = name.substr(0, 64);
  while (!out.empty() && !crdt::is_valid_utf8(out)) out.pop_back();
  return out;
}

}  // namespace

struct node::state {
  std::shared_ptr<hub> h;
  std::map<doc_id, std::weak_ptr<shared_document>> open;
  bool online = true;

  [[nodiscard]] node_thread& thread() const { return *h->thread; }
  [[nodiscard]] result<void> add_entry(const doc_id& id, member_entry entry,
                                       std::optional<stored_peer> peer) const;
};

/// Signs and stores a membership entry that only an owner may make, and perhaps a peer with it.
result<void> node::state::add_entry(const doc_id& id, member_entry entry,
                                    std::optional<stored_peer> peer) const {
  node_thread& t = thread();
  return t.commit(
      [&t, id, entry = std::move(entry), peer = std::move(peer)]() -> result<std::vector<event>> {
        const membership* members = t.core().members(id);
        if (members == nullptr) {
          return sync_error{sync_errc::not_found, "This document is not on this device."};
        }
        if (members->role_of(t.key().id()) != role::owner) {
          return sync_error{sync_errc::denied,
                            "Only an owner of the document can let others in. Ask one of them."};
        }
        member_entry full = entry;
        full.document = id;
        full.parents = members->heads();
        full.author = t.key().public_part();
        full.wall_ms = wall_clock_ms();
        full.sign(t.key());
        std::vector<event> out;
        out.push_back(ev::local_members{id, {std::move(full)}});
        if (peer) out.push_back(ev::add_peer{*peer});
        return out;
      });
}

node::node(std::unique_ptr<state> s) : state_(std::move(s)) {
  state_->h->owner = this;
}

result<std::unique_ptr<node>> node::open(node_options options) {
  WEFT_ASSERT(options.run != nullptr, "a node is given an executor");
  auto h = std::make_shared<hub>();
  h->run = options.run;
  thread_options to;
  to.profile = std::move(options.profile);
  to.name = std::move(options.name);
  to.listen = std::move(options.listen);
  to.online = options.online;
  auto thread = node_thread::start(std::move(to), h->reports());
  if (!thread) return thread.error();
  h->thread = std::move(*thread);
  auto s = std::make_unique<state>();
  s->h = std::move(h);
  s->online = options.online;
  return std::unique_ptr<node>(new node(std::move(s)));
}

node::~node() {
  hub& h = *state_->h;
  for (const auto& [id, weak] : h.documents) {
    if (const auto d = weak.lock()) d->seal();
  }
  h.thread.reset();
  h.owner = nullptr;
  const auto waiting = std::exchange(h.joins, {});
  for (const auto& [id, done] : waiting) {
    if (done) done(sync_error{sync_errc::closed, "The profile was closed."});
  }
}

device_id node::id() const {
  return state_->thread().key().id();
}
const public_key& node::key() const {
  return state_->thread().key().public_part();
}
std::string node::name() const {
  return state_->thread().name();
}
std::optional<endpoint> node::listening() const {
  return state_->thread().listening();
}

std::vector<document_summary> node::documents() const {
  node_thread& t = state_->thread();
  const auto rows = t.call([&t] { return t.store().documents(); });
  std::vector<document_summary> out;
  for (const stored_doc& row : rows) out.push_back({row.id, row.title, row.change_count});
  return out;
}

result<std::shared_ptr<shared_document>> node::create(const std::string& title) {
  node_thread& t = state_->thread();
  member_entry genesis;
  genesis.kind = entry_kind::create;
  genesis.author = t.key().public_part();
  genesis.wall_ms = wall_clock_ms();
  random_bytes(genesis.nonce);
  genesis.name = limited_name(t.name());
  genesis.sign(t.key());
  const doc_id id = document_of(genesis);
  const auto founded = t.commit([id, title, genesis]() -> result<std::vector<event>> {
    std::vector<event> out;
    out.push_back(ev::create_document{id, title, genesis});
    return out;
  });
  if (!founded) return founded.error();
  auto made = open_document(id);
  if (made && !title.empty()) {
    (*made)->set_title(title);
    (*made)->seal();
  }
  state_->h->run([weak = std::weak_ptr<hub>(state_->h)] {
    if (const auto h = weak.lock()) h->documents_changed();
  });
  return made;
}

result<std::shared_ptr<shared_document>> node::open_document(const doc_id& id,
                                                             std::optional<replica_id> forced) {
  const auto known = state_->open.find(id);
  if (known != state_->open.end()) {
    if (auto still = known->second.lock()) return still;
  }
  auto from = state_->thread().attach(id, forced);
  if (!from) return from.error();
  auto session = document_session::open(state_->h, id, std::move(*from));
  if (!session) return session.error();
  state_->h->documents[id] = *session;
  auto inside = std::make_unique<shared_document::state>();
  inside->session = std::move(*session);
  std::shared_ptr<shared_document> out(new shared_document(std::move(inside)));
  state_->open[id] = out;
  return out;
}

result<join_link> node::share(const doc_id& id, role as, std::uint32_t max_uses,
                              std::int64_t expires_ms, std::vector<std::string> addresses) {
  node_thread& t = state_->thread();
  if (addresses.empty()) {
    const auto at = t.listening();
    if (!at) {
      return sync_error{sync_errc::network,
                        "This device accepts no connections, so nobody could use the link. Listen "
                        "on an address, or go online."};
    }
    addresses = reachable_at(*at);
  }
  join_link link;
  link.document = id;
  link.inviter = this->id();
  link.addresses = std::move(addresses);
  random_bytes(link.secret);
  // Also checks the addresses, before anything is written.
  if (const auto whole = join_link::parse(link.format()); !whole) return whole.error();
  member_entry invite;
  invite.kind = entry_kind::invite;
  invite.invite = link.invite_key().public_part();
  invite.granted = as;
  invite.max_uses = max_uses;
  invite.expires_ms = expires_ms;
  const auto done = state_->add_entry(id, std::move(invite), std::nullopt);
  if (!done) return done.error();
  return link;
}

void node::join(const join_link& link, std::function<void(result<doc_id>)> done,
                std::int64_t timeout_ms) {
  node_thread& t = state_->thread();
  const key_pair invite_key = link.invite_key();
  member_entry redeem;
  redeem.kind = entry_kind::redeem;
  redeem.document = link.document;
  redeem.author = t.key().public_part();
  redeem.wall_ms = wall_clock_ms();
  redeem.invite = invite_key.public_part();
  redeem.name = limited_name(t.name());
  redeem.sign(t.key(), &invite_key);
  auto& slot = state_->h->joins[link.document];
  if (auto former = std::exchange(slot, std::move(done))) {
    state_->h->run([former = std::move(former)] {
      former(sync_error{sync_errc::closed, "The link was used again."});
    });
  }
  t.post(ev::join{link, std::move(redeem), timeout_ms});
}

result<void> node::grant(const doc_id& id, const public_key& device, role as,
                         const std::string& name, std::vector<std::string> addresses) {
  member_entry grant;
  grant.kind = entry_kind::grant;
  grant.subject = device;
  grant.granted = as;
  grant.name = limited_name(name);
  stored_peer peer{device, grant.name, std::move(addresses), 0};
  return state_->add_entry(id, std::move(grant), std::move(peer));
}

result<void> node::add_peer(const stored_peer& peer) {
  return state_->thread().commit([peer]() -> result<std::vector<event>> {
    std::vector<event> out;
    out.push_back(ev::add_peer{peer});
    return out;
  });
}

std::vector<stored_peer> node::peers() const {
  node_thread& t = state_->thread();
  return t.call([&t] { return t.store().peers(); });
}

void node::set_online(bool online) {
  state_->online = online;
  state_->thread().set_online(online);
}

bool node::online() const {
  return state_->online;
}

wire_stats node::wire() const {
  const net::transport_counters& c = state_->thread().counters();
  return {c.sent_bytes, c.received_bytes, c.sessions};
}

store_stats node::store() const {
  node_thread& t = state_->thread();
  return t.call([&t] { return t.store().stats(); });
}

result<void> node::compact() {
  node_thread& t = state_->thread();
  return t.call([&t] { return t.store().compact(true); });
}

std::vector<std::string> node::scrub() const {
  node_thread& t = state_->thread();
  return t.call([&t] { return t.store().scrub(); });
}

std::optional<bytes> node::get_blob(const std::string& key) const {
  node_thread& t = state_->thread();
  return t.call([&t, &key] { return t.store().get_blob(key); });
}

result<void> node::put_blob(const std::string& key, byte_view value) {
  node_thread& t = state_->thread();
  return t.call([&t, &key, value] { return t.store().put_blob(key, value); });
}

}  // namespace weft::sync
