// SPDX-License-Identifier: MIT
#include "net/transport.hpp"

#include "net/connection.hpp"
#include "net/dialler.hpp"
#include "net/event_loop_state.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <list>
#include <map>
#include <set>

namespace weft::sync::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct transport::state : std::enable_shared_from_this<transport::state> {
  asio::io_context& io;
  std::shared_ptr<connection_base> base = std::make_shared<connection_base>();
  public_key own{};
  transport_events events;
  std::set<public_key> known;
  bool open_to_invited = false;
  std::optional<tcp::acceptor> acceptor;
  asio::steady_timer accept_again;
  std::list<std::shared_ptr<connection>> half_open;  ///< oldest first
  std::map<session_id, std::shared_ptr<connection>> sessions;
  std::set<std::shared_ptr<connection>> draining;
  std::map<std::uint64_t, std::shared_ptr<dialler>> dials;
  session_id last_session = 0;

  state(asio::io_context& context, const key_pair& device, transport_events e)
      : io(context), own(device.public_part()), events(std::move(e)), accept_again(context) {}

  [[nodiscard]] bool may_connect(const public_key& key) const {
    return key != own && (open_to_invited || known.contains(key));
  }

  void count_sessions() { base->counters.sessions = sessions.size(); }
  void accept();
  void accepted(tcp::socket socket);
  void session_up(const std::shared_ptr<connection>& c, const public_key& key,
                  std::uint64_t attempt, bool is_known);
  void stop();
};

void transport::state::accept() {
  acceptor->async_accept([weak = weak_from_this()](const error_code& failed, tcp::socket socket) {
    const auto self = weak.lock();
    if (!self || !self->acceptor || failed == asio::error::operation_aborted) return;
    if (!failed) {
      self->accepted(std::move(socket));
      return self->accept();
    }
    // Out of descriptors, most likely: others must close first.
    self->accept_again.expires_after(std::chrono::milliseconds(100));
    self->accept_again.async_wait([weak](const error_code& stopped) {
      const auto later = weak.lock();
      if (later && later->acceptor && !stopped) later->accept();
    });
  });
}

void transport::state::accepted(tcp::socket socket) {
  const auto c = std::make_shared<connection>(base, std::move(socket));
  const auto same_host = [&](const auto& other) {
    return other->remote_host() == c->remote_host();
  };
  if (static_cast<std::size_t>(std::count_if(half_open.begin(), half_open.end(), same_host)) >=
      base->limits.half_open_per_host) {
    return c->abort();
  }
  if (half_open.size() >= base->limits.half_open) {
    half_open.front()->abort();
    half_open.pop_front();
  }
  half_open.push_back(c);
  const auto weak = weak_from_this();
  c->handshake(
      false,
      [weak](const public_key& key) {
        const auto self = weak.lock();
        return self && self->may_connect(key);
      },
      [weak, c](std::optional<public_key> key, const std::string& /*why*/) {
        const auto self = weak.lock();
        if (!self) return;
        self->half_open.remove(c);
        // The rules may have changed during the handshake.
        if (key && self->may_connect(*key)) {
          self->session_up(c, *key, 0, self->known.contains(*key));
        } else {
          c->close();
        }
      });
}

void transport::state::session_up(const std::shared_ptr<connection>& c, const public_key& key,
                                  std::uint64_t attempt, bool is_known) {
  const session_id id = ++last_session;
  sessions.emplace(id, c);
  count_sessions();
  if (events.up) events.up(id, key, attempt, is_known);
  const auto weak = weak_from_this();
  connection::handlers h;
  h.received = [weak, id](bytes data) {
    const auto self = weak.lock();
    if (self && self->events.received) self->events.received(id, std::move(data));
  };
  h.writable = [weak, id](std::size_t room) {
    const auto self = weak.lock();
    if (self && self->events.writable) self->events.writable(id, room);
  };
  h.down = [weak, id, dying = std::weak_ptr<connection>(c)](close_reason why, std::string detail) {
    const auto self = weak.lock();
    if (!self) return;
    if (const auto drained = dying.lock()) {
      if (self->draining.erase(drained) > 0) return;
    }
    self->sessions.erase(id);
    self->count_sessions();
    if (self->events.down) self->events.down(id, why, std::move(detail));
  };
  c->start(std::move(h));
}

void transport::state::stop() {
  events = {};
  acceptor.reset();
  accept_again.cancel();
  for (auto& [attempt, d] : dials) d->cancel();
  dials.clear();
  for (auto& c : half_open) c->abort();
  half_open.clear();
  const auto ending = std::exchange(sessions, {});
  for (const auto& [id, c] : ending) c->abort();
  const auto drained = std::exchange(draining, {});
  for (const auto& c : drained) c->abort();
  base->counters.sessions = 0;
}

transport::transport(std::shared_ptr<state> s) : state_(std::move(s)) {}
transport::~transport() {
  state_->stop();
}

result<std::unique_ptr<transport>> transport::make(event_loop& loop, const key_pair& device,
                                                   transport_events events,
                                                   transport_limits limits) {
  auto tls = make_tls_context(device);
  if (!tls) return tls.error();
  auto s = std::make_shared<state>(loop.internals().io, device, std::move(events));
  s->base->tls = *tls;
  s->base->limits = limits;
  return std::unique_ptr<transport>(new transport(std::move(s)));
}

result<endpoint> transport::listen(const endpoint& at) {
  stop_listening();
  error_code failed;
  tcp::resolver resolver(state_->io);
  const auto found =
      resolver.resolve(at.host, std::to_string(at.port), tcp::resolver::passive, failed);
  const auto refusal = [&](sync_errc code, const std::string& why) {
    return sync_error{code, "Cannot listen on " + at.format() + ": " + why};
  };
  if (failed || found.empty()) {
    return refusal(sync_errc::network, "this address is not known here.");
  }
  const tcp::endpoint where = found.begin()->endpoint();
  tcp::acceptor acceptor(state_->io);
  acceptor.open(where.protocol(), failed);
  if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed) acceptor.bind(where, failed);
  if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed == asio::error::address_in_use) {
    return refusal(sync_errc::in_use,
                   "another program uses this port. Choose another one, or 0 for any free port.");
  }
  if (failed) return refusal(sync_errc::network, failed.message() + ".");
  endpoint bound{at.host, acceptor.local_endpoint(failed).port()};
  state_->acceptor.emplace(std::move(acceptor));
  state_->accept();
  return bound;
}

void transport::stop_listening() {
  state_->acceptor.reset();
  state_->accept_again.cancel();
}

void transport::allow(std::vector<public_key> known, bool open_to_invited) {
  state_->known = {known.begin(), known.end()};
  state_->open_to_invited = open_to_invited;
}

void transport::dial(std::uint64_t attempt, const device_id& wanted,
                     std::vector<std::string> addresses) {
  const auto job = std::make_shared<dialler>(state_->io, state_->base, wanted);
  state_->dials[attempt] = job;
  const auto weak = state_->weak_from_this();
  job->run(std::move(addresses), [weak, attempt](const std::shared_ptr<connection>& c,
                                                 const public_key& key, std::string why) {
    const auto self = weak.lock();
    if (!self) return;
    self->dials.erase(attempt);
    if (c) {
      self->session_up(c, key, attempt, true);
    } else if (self->events.dial_failed) {
      self->events.dial_failed(attempt, std::move(why));
    }
  });
}

void transport::cancel_dial(std::uint64_t attempt) {
  const auto at = state_->dials.find(attempt);
  if (at == state_->dials.end()) return;
  at->second->cancel();
  state_->dials.erase(at);
}

void transport::cancel_dials() {
  for (auto& [attempt, d] : state_->dials) d->cancel();
  state_->dials.clear();
}

void transport::send(session_id session, bytes frame) {
  const auto at = state_->sessions.find(session);
  if (at != state_->sessions.end()) at->second->send(std::move(frame));
}

void transport::close(session_id session) {
  const auto at = state_->sessions.find(session);
  if (at == state_->sessions.end()) return;
  // The caller has forgotten the session: nothing of it is reported any more.
  const auto c = at->second;
  state_->sessions.erase(at);
  state_->count_sessions();
  state_->draining.insert(c);
  c->close();
}

std::size_t transport::open_count() const {
  return state_->sessions.size() + state_->draining.size();
}

const transport_counters& transport::counters() const noexcept {
  return state_->base->counters;
}

}  // namespace weft::sync::net
