// SPDX-License-Identifier: MIT
#include "net/transport.hpp"

#include "raw_tls_client.hpp"

#include <catch2/catch.hpp>

#include <future>

using namespace weft::sync;
using namespace weft::sync::net;
using weft::testing::raw_tls_outcome;
using weft::testing::raw_tls_plan;
using weft::testing::run_raw_tls_client;
using namespace std::chrono_literals;

namespace {

/// One end: a transport that writes down what happens.
struct end {
  key_pair key = key_pair::generate();
  std::vector<session_id> ups;
  std::vector<public_key> up_keys;
  std::vector<bool> up_known;
  bytes received;
  std::vector<close_reason> downs;
  std::vector<std::string> details;
  std::vector<std::string> dial_failures;
  std::size_t room = 0;
  std::unique_ptr<transport> net;

  explicit end(event_loop& loop, transport_limits limits = {}) {
    transport_events e;
    e.up = [this](session_id s, const public_key& peer, std::uint64_t, bool known) {
      ups.push_back(s);
      up_keys.push_back(peer);
      up_known.push_back(known);
    };
    e.received = [this](session_id, bytes in) {
      received.insert(received.end(), in.begin(), in.end());
    };
    e.down = [this](session_id, close_reason why, std::string detail) {
      downs.push_back(why);
      details.push_back(std::move(detail));
    };
    e.writable = [this](session_id, std::size_t free) { room = free; };
    e.dial_failed = [this](std::uint64_t, std::string why) {
      dial_failures.push_back(std::move(why));
    };
    auto made = transport::make(loop, key, std::move(e), limits);
    REQUIRE(made);
    net = std::move(*made);
  }
  endpoint listen() {
    auto at = net->listen({"127.0.0.1", 0});
    REQUIRE(at);
    return *at;
  }
};

template <class Claim>
bool eventually(event_loop& loop, Claim claim, std::chrono::milliseconds limit = 10s) {
  const auto end = event_loop::now() + limit;
  while (!claim()) {
    if (event_loop::now() > end) return false;
    loop.run_one(20ms);
  }
  return true;
}

bytes text(std::string_view t) {
  const auto view = weft::crdt::as_bytes(t);
  return {view.begin(), view.end()};
}

/// Runs the foreign client while the loop turns.
raw_tls_outcome visit(event_loop& loop, const raw_tls_plan& plan) {
  auto answer = std::async(std::launch::async, [plan] { return run_raw_tls_client(plan); });
  eventually(loop, [&] { return answer.wait_for(0s) == std::future_status::ready; });
  return answer.get();
}

void check_refused(const raw_tls_outcome& seen, const end& server) {
  INFO(seen.error);
  CHECK(seen.received_bytes == 0);
  CHECK(seen.ended_by_peer);
  CHECK(server.ups.empty());
  CHECK(server.received.empty());
}

}  // namespace

TEST_CASE("transport: pinned devices meet, exchange bytes both ways and part") {
  event_loop loop;
  end a(loop);
  end b(loop);
  const endpoint at = b.listen();
  CHECK(at.port != 0);
  b.net->allow({a.key.public_part()}, false);
  a.net->dial(1, b.key.id(), {at.format()});
  REQUIRE(eventually(loop, [&] { return !a.ups.empty() && !b.ups.empty(); }));
  CHECK(a.up_keys[0] == b.key.public_part());
  CHECK(b.up_keys[0] == a.key.public_part());
  CHECK(b.up_known[0]);

  a.net->send(a.ups[0], text("one "));
  a.net->send(a.ups[0], text("two"));
  b.net->send(b.ups[0], bytes(3'000'000, 7));
  REQUIRE(
      eventually(loop, [&] { return b.received.size() == 7 && a.received.size() == 3'000'000; }));
  CHECK(b.received == text("one two"));
  CHECK(b.room == initial_send_room);
  CHECK(b.net->counters().sent_bytes == 3'000'000);
  CHECK(a.net->counters().received_bytes == 3'000'000);
  CHECK(a.net->counters().sessions == 1);

  // What was sent before a close arrives; the closing end hears nothing more of the session.
  a.net->send(a.ups[0], text("."));
  a.net->close(a.ups[0]);
  REQUIRE(eventually(loop, [&] { return !b.downs.empty(); }));
  CHECK(b.received.back() == '.');
  CHECK(b.downs[0] == close_reason::peer_closed);
  REQUIRE(eventually(loop, [&] { return a.net->open_count() == 0; }));
  CHECK(a.downs.empty());
}

TEST_CASE("transport: an unpinned device gets no byte of the application and is told why") {
  event_loop loop;
  end a(loop);
  end b(loop);
  b.net->allow({key_pair::generate().public_part()}, false);
  a.net->dial(1, b.key.id(), {b.listen().format()});
  // A dialler's handshake ends before it is judged: it may see the session come up, and go.
  REQUIRE(eventually(loop, [&] { return !a.downs.empty() || !a.dial_failures.empty(); }));
  CHECK(b.ups.empty());
  CHECK(a.received.empty());
  CHECK(b.net->counters().sent_bytes == 0);
  if (!a.downs.empty()) CHECK(a.downs[0] == close_reason::denied);
}

TEST_CASE("transport: an unknown key enters only while an invitation is open, marked unknown") {
  event_loop loop;
  end a(loop);
  end b(loop);
  b.net->allow({}, true);
  a.net->dial(1, b.key.id(), {b.listen().format()});
  REQUIRE(eventually(loop, [&] { return !b.ups.empty(); }));
  CHECK_FALSE(b.up_known[0]);
}

TEST_CASE("transport: a dial to the wrong device fails in the handshake, with a sentence") {
  event_loop loop;
  end a(loop);
  end b(loop);
  b.net->allow({a.key.public_part()}, false);
  a.net->dial(1, key_pair::generate().id(), {b.listen().format()});
  REQUIRE(eventually(loop, [&] { return !a.dial_failures.empty(); }));
  CHECK(a.dial_failures[0].find("another device answers") != std::string::npos);
  CHECK(a.ups.empty());
  CHECK(b.received.empty());
}

TEST_CASE("transport: a dial tries address after address, and lists what failed") {
  event_loop loop;
  end a(loop);
  end b(loop);
  b.net->allow({a.key.public_part()}, false);
  const std::string good = b.listen().format();
  a.net->dial(1, b.key.id(), {"127.0.0.1:1", "nonsense", good});
  REQUIRE(eventually(loop, [&] { return !a.ups.empty(); }));
  a.net->dial(2, b.key.id(), {"127.0.0.1:1", "nonsense"});
  REQUIRE(eventually(loop, [&] { return !a.dial_failures.empty(); }));
  CHECK(a.dial_failures[0].find("127.0.0.1:1") != std::string::npos);
  CHECK(a.dial_failures[0].find("nonsense") != std::string::npos);
}

TEST_CASE("transport: TLS 1.2, no certificate, RSA, a chain and a missing ALPN are refused") {
  event_loop loop;
  end server(loop);
  const key_pair friendly = key_pair::generate();
  server.net->allow({friendly.public_part()}, true);
  raw_tls_plan good;
  good.port = server.listen().port;
  good.device = &friendly;

  raw_tls_plan plan = good;
  plan.only_tls_1_2 = true;
  check_refused(visit(loop, plan), server);
  plan = good;
  plan.device = nullptr;
  check_refused(visit(loop, plan), server);
  plan = good;
  plan.rsa = true;
  check_refused(visit(loop, plan), server);
  plan = good;
  plan.extra_certificate = true;
  check_refused(visit(loop, plan), server);
  plan = good;
  plan.offer_alpn = false;
  check_refused(visit(loop, plan), server);

  // The same client is let in when nothing is wrong with it, and dates do not matter.
  auto answer = std::async(std::launch::async, [good] { return run_raw_tls_client(good); });
  REQUIRE(eventually(loop, [&] { return server.received.size() == 5; }));
  server.net->send(server.ups[0], text("welcome"));
  server.net->close(server.ups[0]);
  eventually(loop, [&] { return answer.wait_for(0s) == std::future_status::ready; });
  CHECK(answer.get().received_bytes == 7);
}

TEST_CASE("transport: a port in use is a sentence") {
  event_loop loop;
  end a(loop);
  end b(loop);
  const endpoint taken = a.listen();
  const auto refused = b.net->listen(taken);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == sync_errc::in_use);
  CHECK(refused.error().what.find(std::to_string(taken.port)) != std::string::npos);
  CHECK(b.net->listen({"no.such.host.invalid", 0}).error().code == sync_errc::network);
}

TEST_CASE("transport: a peer that never ends its handshake is dropped, and few wait at once") {
  event_loop loop;
  transport_limits limits;
  limits.handshake = 200ms;
  limits.connect = 200ms;
  limits.half_open_per_host = 1;
  end server(loop, limits);
  end silent(loop);
  end dialler(loop, limits);
  const endpoint at = server.listen();
  // A listener that accepts and says nothing: no transport is run behind this socket.
  event_loop idle;
  end mute(idle);
  const endpoint nobody = mute.listen();
  dialler.net->dial(1, mute.key.id(), {nobody.format()});
  REQUIRE(eventually(loop, [&] { return !dialler.dial_failures.empty(); }));
  CHECK(dialler.dial_failures[0].find("no answer in time") != std::string::npos);
  CHECK(server.net->listen(at));
}

TEST_CASE("transport: a peer that does not read fills a bounded buffer, and room comes back") {
  event_loop loop;
  event_loop frozen;
  transport_limits limits;
  limits.send_buffer = 256U << 10U;
  limits.send_buffer_hard = 64U << 20U;
  end a(loop, limits);
  end b(loop);
  b.net->allow({a.key.public_part()}, false);
  a.net->dial(1, b.key.id(), {b.listen().format()});
  REQUIRE(eventually(loop, [&] { return !a.ups.empty() && !b.ups.empty(); }));
  for (int i = 0; i < 40; ++i) a.net->send(a.ups[0], bytes(100'000, 1));
  REQUIRE(eventually(loop, [&] { return b.received.size() == 4'000'000; }));
  REQUIRE(eventually(loop, [&] { return a.room == (256U << 10U); }));
  for (int i = 0; i < 700; ++i) a.net->send(a.ups[0], bytes(100'000, 1));
  REQUIRE(eventually(loop, [&] { return !a.downs.empty(); }));
  CHECK(a.downs[0] == close_reason::network);
}
