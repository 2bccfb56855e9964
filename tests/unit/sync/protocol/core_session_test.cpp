// SPDX-License-Identifier: MIT
// Sessions: opening, versions, silence, duplicates, dialling.
#include "core_bench.hpp"

#include <algorithm>

using namespace weft::sync;

TEST_CASE("session: opens by hello and ready from both") {
  core_bench b;
  b.up(1, 2);
  CHECK(b.said<msg::hello>(1).size() == 1);
  CHECK_FALSE(b.core.connected(test_key(2).id()));
  b.say(1, b.hello_of(2));
  CHECK(b.said<msg::ready>(1).size() == 1);
  CHECK_FALSE(b.core.connected(test_key(2).id()));
  b.say(1, msg::ready{1, {}});
  CHECK(b.core.connected(test_key(2).id()));
}

TEST_CASE("session: the highest common version is spoken") {
  core_config config;
  config.proto_max = 2;
  core_bench b(config);
  b.up(1, 2);
  b.say(1, b.hello_of(2));
  REQUIRE(b.said<msg::ready>(1).size() == 1);
  CHECK(b.said<msg::ready>(1)[0].proto == 1);
  b.up(2, 3);
  msg::hello newer = b.hello_of(3);
  newer.proto_max = 7;
  b.say(2, newer);
  CHECK(b.said<msg::ready>(2)[0].proto == 2);
  b.say(2, msg::ready{1, {}});
  CHECK(b.closed.at(2).code == close_code::protocol);
}

TEST_CASE("session: versions without overlap end in a sentence that names both") {
  core_bench b;
  b.up(1, 2);
  msg::hello other = b.hello_of(2);
  other.proto_min = 2;
  other.proto_max = 3;
  b.say(1, other);
  REQUIRE(b.closed.at(1).code == close_code::version);
  const auto errors = b.said<msg::error>(1);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].fatal);
  CHECK(errors[0].text.find("version 1") != std::string::npos);
  CHECK(errors[0].text.find("versions 2 to 3") != std::string::npos);
}

TEST_CASE("session: features are those that both know") {
  core_config config;
  config.features = {1, 3, 5};
  core_bench b(config);
  b.up(1, 2);
  msg::hello other = b.hello_of(2);
  other.features = {3, 4, 5};
  b.say(1, other);
  CHECK(b.said<msg::ready>(1)[0].features == std::vector<std::uint16_t>{3, 5});
  b.say(1, msg::ready{1, {3, 4, 5}});
  CHECK(b.closed.at(1).code == close_code::protocol);
}

TEST_CASE("session: a second hello, and a message before opening, break the protocol") {
  core_bench b;
  b.up(1, 2);
  b.say(1, b.hello_of(2));
  b.say(1, b.hello_of(2));
  CHECK(b.closed.at(1).code == close_code::protocol);
  b.up(2, 3);
  b.say(2, msg::subscribe{1, {}, {}, {}});
  CHECK(b.closed.at(2).code == close_code::protocol);
  b.open(3, 4);
  b.say(3, msg::changes{99, {}});
  CHECK(b.closed.at(3).code == close_code::protocol);
}

TEST_CASE("session: bytes that are no message close it") {
  core_bench b;
  b.open(1, 2);
  b.feed(ev::received{1, bytes(64, 0xff)});
  CHECK(b.closed.contains(1));
  CHECK_FALSE(b.core.connected(test_key(2).id()));
}

TEST_CASE("session: opening takes at most 10 seconds") {
  core_bench b;
  b.up(1, 2);
  b.say(1, b.hello_of(2));
  b.pass(9'900);
  CHECK_FALSE(b.closed.contains(1));
  b.pass(200);
  CHECK(b.closed.contains(1));
}

TEST_CASE("session: a ping after 15 s of silence, the end after 45 s") {
  core_bench b;
  b.open(1, 2);
  b.pass(14'900);
  CHECK(b.said<msg::ping>(1).empty());
  b.pass(200);
  CHECK(b.said<msg::ping>(1).size() == 1);
  b.say(1, msg::pong{0});
  b.pass(44'000);
  CHECK_FALSE(b.closed.contains(1));
  b.pass(1'500);
  CHECK(b.closed.contains(1));
  b.open(2, 3);
  b.say(2, msg::ping{77});
  CHECK(b.said<msg::pong>(2).at(0).token == 77);
}

TEST_CASE("session: of two sessions with a device the one dialled by the smaller id stays") {
  const bool we_are_smaller = test_key(1).id() < test_key(2).id();
  core_bench b;
  b.open(1, 2, we_are_smaller);
  b.up(2, 2, !we_are_smaller);
  b.say(2, b.hello_of(2));
  REQUIRE(b.said<msg::ping>(1).size() == 1);  // is the older one alive?
  b.say(1, msg::pong{b.said<msg::ping>(1)[0].token});
  CHECK(b.closed.contains(2));
  CHECK(b.core.connected(test_key(2).id()));

  core_bench c;
  c.open(1, 2, !we_are_smaller);
  c.up(2, 2, we_are_smaller);
  c.say(2, c.hello_of(2));
  c.say(1, msg::pong{c.said<msg::ping>(1)[0].token});
  CHECK(c.closed.contains(1));
  c.say(2, msg::ready{1, {}});
  CHECK(c.core.connected(test_key(2).id()));
}

TEST_CASE("session: a new session replaces one that does not answer") {
  core_bench b;
  b.open(1, 2);
  b.up(2, 2);
  b.say(2, b.hello_of(2));
  b.say(2, msg::ready{1, {}});
  CHECK_FALSE(b.closed.contains(1));
  b.pass(5'100);
  CHECK(b.closed.contains(1));
  CHECK_FALSE(b.closed.contains(2));
  CHECK(b.core.connected(test_key(2).id()));
}

TEST_CASE("session: one device from two stores is a clone, and neither is kept") {
  core_bench b;
  b.open(1, 2);
  b.up(2, 2);
  msg::hello other = b.hello_of(2);
  other.instance = {99};
  b.say(2, other);
  b.say(1, msg::pong{b.said<msg::ping>(1)[0].token});
  CHECK(b.closed.at(1).code == close_code::clone);
  CHECK(b.closed.at(2).code == close_code::clone);
}

TEST_CASE("session: a stranger hears nothing, and may only try an invitation") {
  core_bench b;
  b.up(1, 5, false, false);
  b.say(1, b.hello_of(5));
  CHECK(b.heard.find(1) == b.heard.end());
  b.say(1, msg::ready{1, {}});
  CHECK(b.closed.at(1).code == close_code::protocol);
  for (session_id id = 10; id < 40; ++id) b.up(id, static_cast<std::uint8_t>(id), false, false);
  const auto turned_away = std::count_if(b.closed.begin(), b.closed.end(), [](const auto& c) {
    return c.second.code == close_code::busy;
  });
  CHECK(turned_away > 0);
}

TEST_CASE("dialling: jitter below a growing cap, reset after a long session") {
  core_bench b;
  stored_peer peer;
  peer.key = test_key(2).public_part();
  peer.addresses = {"host:1"};
  b.feed(ev::add_peer{peer});
  REQUIRE(b.effects<fx::dial>().size() == 1);
  std::vector<std::int64_t> waits;
  for (std::size_t n = 1; n <= 12; ++n) {
    const time_point failed = b.now;
    b.feed(ev::dial_failed{test_key(2).id(), "refused"});
    while (b.effects<fx::dial>().size() == n) b.pass(10);
    waits.push_back((b.now - failed).count());
    CHECK(waits.back() <= 10'100);
    if (n == 1) CHECK(waits.back() <= 600);
    if (n == 2) CHECK(waits.back() <= 1'100);
  }
  CHECK(*std::max_element(waits.begin(), waits.end()) > 1'500);
  b.open(1, 2, true);
  for (int i = 0; i < 7; ++i) {
    b.pass(10'000);
    b.say(1, msg::pong{0});
  }
  const std::size_t before = b.effects<fx::dial>().size();
  b.feed(ev::session_down{1, close_reason::network, ""});
  b.pass(600);
  CHECK(b.effects<fx::dial>().size() == before + 1);
}

TEST_CASE("dialling: offline means silence, online means soon") {
  core_bench b;
  stored_peer peer;
  peer.key = test_key(2).public_part();
  peer.addresses = {"host:1"};
  b.feed(ev::add_peer{peer});
  const doc_id document = b.create();
  b.grant(document, 2, role::editor);
  b.open(1, 2, true);
  CHECK(b.core.status(document)->peers.at(0).connected);
  b.forget();
  b.feed(ev::set_online{false});
  CHECK(b.closed.contains(1));
  CHECK_FALSE(b.core.status(document)->peers.at(0).connected);
  b.pass(120'000);
  CHECK(b.effects<fx::dial>().empty());
  b.feed(ev::set_online{true});
  b.pass(300);
  CHECK(b.effects<fx::dial>().size() == 1);
  b.feed(ev::shut_down{});
  b.up(9, 2, true);
  CHECK(b.closed.contains(9));
}

TEST_CASE("pins: members, known peers, and whether an invitation is open") {
  core_bench b;
  const doc_id document = b.create();
  b.grant(document, 2, role::reader);
  REQUIRE_FALSE(b.effects<fx::pins>().empty());
  fx::pins pins = b.effects<fx::pins>().back();
  CHECK(pins.known == std::vector<public_key>{test_key(2).public_part()});
  CHECK_FALSE(pins.open_to_invited);
  member_entry e;
  e.kind = entry_kind::invite;
  e.document = document;
  e.parents = b.core.members(document)->heads();
  e.author = b.key.public_part();
  e.invite = test_key(9).public_part();
  e.granted = role::editor;
  e.max_uses = 1;
  e.sign(b.key);
  b.feed(ev::local_members{document, {e}});
  CHECK(b.effects<fx::pins>().back().open_to_invited);
}
