// SPDX-License-Identifier: MIT
// Replication, membership, joining, presence and status, one rule a test.
#include "core_bench.hpp"
#include "protocol/small_changes.hpp"
#include "sim_world.hpp"

namespace crdt = weft::crdt;
using namespace weft::sync;

namespace {

/// A document of the bench, shared with device 2 on session 1, which has subscribed as 7.
struct shared {
  core_bench b;
  doc_id document = b.create();
  explicit shared(role as = role::editor) {
    b.grant(document, 2, as);
    b.open(1, 2);
    b.say(1, msg::subscribe{7, document, {}, b.core.members(document)->digest()});
  }
  std::uint32_t ref() const { return b.said<msg::subscribe>(1).at(0).doc_ref; }
};

join_link link_for(core_bench& b, const doc_id& document, role as, std::uint32_t uses,
                   std::int64_t expires) {
  join_link link;
  link.document = document;
  link.inviter = b.key.id();
  link.addresses = {"host:1"};
  link.secret = {3};
  member_entry e;
  e.kind = entry_kind::invite;
  e.document = document;
  e.parents = b.core.members(document)->heads();
  e.author = b.key.public_part();
  e.invite = link.invite_key().public_part();
  e.granted = as;
  e.max_uses = uses;
  e.expires_ms = expires;
  e.sign(b.key);
  b.feed(ev::local_members{document, {e}});
  return link;
}

member_entry redeem_entry(const join_link& link, std::uint8_t device) {
  member_entry e;
  e.kind = entry_kind::redeem;
  e.document = link.document;
  e.author = test_key(device).public_part();
  e.invite = link.invite_key().public_part();
  const key_pair invite_key = link.invite_key();
  e.sign(test_key(device), &invite_key);
  return e;
}

}  // namespace

TEST_CASE("changes: nothing leaves before its commit, then it is streamed and saved") {
  shared s;
  s.b.auto_commit = false;
  foreign_writer own(s.document, 1, 100);
  s.b.feed(ev::local_changes{s.document, own.write("hello")});
  CHECK(s.b.offers(1) == 0);
  CHECK(s.b.core.status(s.document)->unsaved == 1);
  REQUIRE(s.b.commits.size() == 1);
  s.b.commit();
  CHECK(s.b.offers(1) == 1);
  CHECK(s.b.said<msg::small_changes>(1).at(0).doc_ref == 7);
  CHECK(s.b.effects<fx::saved>().size() == 1);
  CHECK(s.b.core.status(s.document)->unsaved == 0);
}

TEST_CASE("changes: local ones gather while a commit is on its way") {
  shared s;
  s.b.auto_commit = false;
  foreign_writer own(s.document, 1, 100);
  for (int i = 0; i < 5; ++i) s.b.feed(ev::local_changes{s.document, own.write("x")});
  REQUIRE(s.b.commits.size() == 1);
  s.b.commit();
  REQUIRE(s.b.commits.size() == 1);
  CHECK(s.b.commits[0].data.changes.at(0).changes.size() == 4);
}

TEST_CASE("changes: acknowledged and delivered only when durable") {
  shared s;
  s.b.auto_commit = false;
  foreign_writer other(s.document, 2, 200);
  s.b.say(1, msg::changes{s.ref(), foreign_writer::block(other.write("hi"))});
  CHECK(s.b.said<msg::ack>(1).empty());
  CHECK(s.b.effects<fx::deliver>().empty());
  s.b.commit();
  CHECK(s.b.effects<fx::deliver>().size() == 1);
  REQUIRE(s.b.said<msg::ack>(1).size() == 1);
  CHECK(s.b.said<msg::ack>(1)[0].seqs.at(crdt::replica_id::from_number(200)) == 1);
}

TEST_CASE("changes: a few keystrokes go in the small form, one signature for all of a batch") {
  shared s;
  s.b.auto_commit = false;
  foreign_writer own(s.document, 1, 100);
  for (int i = 0; i < 5; ++i) s.b.feed(ev::local_changes{s.document, own.write("x")});
  s.b.commit();
  s.b.commit();
  const auto sent = s.b.said<msg::small_changes>(1);
  REQUIRE(sent.size() == 2);
  CHECK(sent[0].changes.size() == 1);
  REQUIRE(sent[1].changes.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(sent[1].changes[i].signature.size() == (i == 3 ? 64U : 0U));
  }
}

TEST_CASE("changes: the small form is taken like a block") {
  shared s;
  foreign_writer other(s.document, 2, 200);
  std::vector<sealed_change> batch;
  for (const char* word : {"a", "b", "c"}) {
    for (const checked_change& c : other.write(word)) batch.push_back(c.sealed);
  }
  const auto small = as_small(s.ref(), batch);
  REQUIRE(small);
  SECTION("whole") {
    s.b.say(1, *small);
    CHECK(s.b.effects<fx::deliver>().size() == 1);
    CHECK(s.b.said<msg::ack>(1).at(0).seqs.at(crdt::replica_id::from_number(200)) == 3);
  }
  SECTION("without the change before, it makes us ask again") {
    msg::small_changes later = *small;
    later.changes.erase(later.changes.begin());
    s.b.say(1, later);
    CHECK(s.b.said<msg::have>(1).size() == 1);
    CHECK(s.b.effects<fx::deliver>().empty());
  }
  SECTION("with a wrong signature it is a penalty") {
    msg::small_changes bad = *small;
    bad.changes.back().signature[5] ^= 1U;
    s.b.say(1, bad);
    CHECK(s.b.closed.at(1).code == close_code::penalty);
    CHECK(s.b.effects<fx::deliver>().empty());
  }
  SECTION("with a body that is none it is a penalty, and set aside") {
    msg::small_changes bad = *small;
    bad.changes[1].body = {0xff, 0xff};
    s.b.say(1, bad);
    CHECK(s.b.closed.at(1).code == close_code::penalty);
    CHECK(s.b.effects<fx::deliver>().empty());
  }
  SECTION("with another time, it is not what was signed") {
    msg::small_changes bad = *small;
    bad.changes[2].wall_ms += 1'000;
    s.b.say(1, bad);
    CHECK(s.b.closed.at(1).code == close_code::penalty);
  }
  SECTION("of nobody who may write, it is refused") {
    foreign_writer stranger(s.document, 9, 900);
    std::vector<sealed_change> theirs;
    for (const checked_change& c : stranger.write("no")) theirs.push_back(c.sealed);
    s.b.say(1, as_small(s.ref(), theirs).value());
    CHECK_FALSE(s.b.closed.contains(1));
    CHECK(s.b.said<msg::error>(1).at(0).code == close_code::denied);
    CHECK(s.b.effects<fx::deliver>().empty());
  }
}

TEST_CASE("changes: what comes twice is stored once") {
  shared s;
  foreign_writer other(s.document, 2, 200);
  const bytes block = foreign_writer::block(other.write("hi"));
  s.b.say(1, msg::changes{s.ref(), block});
  s.b.say(1, msg::changes{s.ref(), block});
  CHECK(s.b.effects<fx::deliver>().size() == 1);
  CHECK(s.b.store.documents().at(0).change_count == 1);
  CHECK_FALSE(s.b.closed.contains(1));
}

TEST_CASE("changes: without their dependencies they make us ask again, a bounded number of times") {
  shared s;
  foreign_writer other(s.document, 2, 200);
  const auto first = other.write("a");
  const auto second = other.write("b");
  s.b.say(1, msg::changes{s.ref(), foreign_writer::block(second)});
  REQUIRE(s.b.said<msg::have>(1).size() == 1);
  CHECK(s.b.said<msg::have>(1)[0].seqs.empty());
  // What was on its way before the peer heard of it does not count.
  s.b.say(1, msg::changes{s.ref(), foreign_writer::block(second)});
  CHECK(s.b.said<msg::have>(1).size() == 1);
  for (int i = 0; i < 10 && !s.b.closed.contains(1); ++i) {
    s.b.say(1, msg::pong{s.b.said<msg::ping>(1).back().token});
    s.b.say(1, msg::changes{s.ref(), foreign_writer::block(second)});
  }
  CHECK(s.b.closed.at(1).code == close_code::protocol);
  CHECK(s.b.store.documents().at(0).change_count == 0);
}

TEST_CASE("changes: a wish to begin again is followed from what the peer has") {
  shared s;
  foreign_writer own(s.document, 1, 100);
  s.b.feed(ev::local_changes{s.document, own.write("one")});
  s.b.feed(ev::local_changes{s.document, own.write("two")});
  CHECK(s.b.offers(1) == 2);
  s.b.say(1, msg::have{7, {}});
  CHECK(s.b.offers(1) == 3);
  s.b.say(1, msg::have{7, {{crdt::replica_id::from_number(100), 2}}});
  CHECK(s.b.offers(1) == 3);
}

TEST_CASE("changes: of somebody who may only read they are set aside, and the session stays") {
  shared s(role::reader);
  foreign_writer reader(s.document, 2, 200);
  s.b.say(1, msg::changes{s.ref(), foreign_writer::block(reader.write("mine"))});
  CHECK(s.b.effects<fx::deliver>().empty());
  CHECK(s.b.store.documents().at(0).change_count == 0);
  REQUIRE(s.b.said<msg::error>(1).size() == 1);
  CHECK(s.b.said<msg::error>(1)[0].code == close_code::denied);
  CHECK_FALSE(s.b.said<msg::error>(1)[0].fatal);
  CHECK(s.b.core.connected(test_key(2).id()));
}

TEST_CASE("changes: authority is the author's, not the carrier's") {
  shared s(role::reader);
  s.b.grant(s.document, 3, role::editor);
  foreign_writer editor(s.document, 3, 300);
  s.b.say(1, msg::changes{s.ref(), foreign_writer::block(editor.write("carried"))});
  CHECK(s.b.effects<fx::deliver>().size() == 1);
}

TEST_CASE("changes: damaged ones close the session and leave a trace") {
  shared s;
  foreign_writer other(s.document, 2, 200);
  auto changes = other.write("hi");
  changes.back().sealed.signature[3] ^= 1U;
  s.b.auto_commit = false;
  s.b.say(1, msg::changes{s.ref(), foreign_writer::block(changes)});
  CHECK(s.b.closed.at(1).code == close_code::penalty);
  REQUIRE(s.b.commits.size() == 1);
  CHECK(s.b.commits[0].data.quarantine.size() == 1);
  CHECK(s.b.commits[0].data.changes.empty());
}

TEST_CASE("changes: a second history of one replica is set aside, the carrier stays") {
  shared s;
  foreign_writer one(s.document, 2, 200);
  foreign_writer two(s.document, 2, 200);
  s.b.say(1, msg::changes{s.ref(), foreign_writer::block(one.write("left"))});
  s.b.say(1, msg::changes{s.ref(), foreign_writer::block(two.write("right"))});
  CHECK(s.b.store.documents().at(0).change_count == 1);
  CHECK(s.b.core.connected(test_key(2).id()));
  CHECK(s.b.said<msg::error>(1).size() == 1);
}

TEST_CASE("changes: a peer that does not acknowledge gets a bounded amount") {
  core_config config;
  config.batch_bytes = 64 << 10U;
  core_bench b(config);
  const doc_id document = b.create();
  b.grant(document, 2, role::editor);
  b.open(1, 2);
  b.say(1, msg::subscribe{7, document, {}, b.core.members(document)->digest()});
  foreign_writer own(document, 1, 100);
  std::uint64_t noise = 1;
  seq_vector all;
  for (int i = 0; i < 80; ++i) {
    std::string text;
    for (int k = 0; k < 60'000; ++k) {
      noise = noise * 6364136223846793005U + 1442695040888963407U;
      text.push_back(static_cast<char>(' ' + (noise >> 33U) % 94));
    }
    b.feed(ev::local_changes{document, own.write(text)});
    b.feed(ev::writable{1, std::size_t{64} << 20U});
    all[crdt::replica_id::from_number(100)] = static_cast<std::uint64_t>(i) + 1;
  }
  const auto total = [&] {
    std::size_t size = 0;
    for (const msg::changes& c : b.said<msg::changes>(1)) size += c.block.size();
    return size;
  };
  CHECK(total() < (std::size_t{3} << 20U));
  const std::size_t before = total();
  b.say(1, msg::ack{b.said<msg::subscribe>(1).at(0).doc_ref, {{all.begin()->first, 20}}});
  CHECK(total() > before);
}

TEST_CASE("changes: without room nothing is sent, with room it is") {
  shared s;
  foreign_writer own(s.document, 1, 100);
  s.b.feed(ev::writable{1, 0});
  s.b.feed(ev::local_changes{s.document, own.write("later")});
  CHECK(s.b.offers(1) == 0);
  s.b.feed(ev::writable{1, 100'000});
  CHECK(s.b.offers(1) == 1);
}

TEST_CASE("acks: are kept, clamped to what we have, and shown") {
  shared s;
  foreign_writer own(s.document, 1, 100);
  s.b.feed(ev::local_changes{s.document, own.write("a")});
  s.b.feed(ev::local_changes{s.document, own.write("b")});
  CHECK(s.b.core.status(s.document)->peers.at(0).missing_there == 2);
  const auto replica = crdt::replica_id::from_number(100);
  s.b.say(1, msg::ack{s.ref(), {{replica, 1}}});
  CHECK(s.b.core.status(s.document)->peers.at(0).missing_there == 1);
  s.b.say(1, msg::ack{s.ref(), {{replica, 99}}});
  CHECK(s.b.core.status(s.document)->peers.at(0).missing_there == 0);
  s.b.pass(300);
  CHECK(s.b.store.acks(s.document).at(test_key(2).id()).at(replica) == 2);
  CHECK(s.b.core.status(s.document)->peers.at(0).missing_here == 97);
}

TEST_CASE("store: after a failure local changes are kept and tried again") {
  shared s;
  foreign_writer own(s.document, 1, 100);
  s.b.store.fail_next(sync_errc::disk_full);
  s.b.feed(ev::local_changes{s.document, own.write("keep me")});
  CHECK(s.b.closed.at(1).code == close_code::store_failed);
  CHECK(s.b.core.status(s.document)->unsaved == 1);
  CHECK_FALSE(s.b.core.status(s.document)->trouble.empty());
  s.b.pass(5'100);
  CHECK(s.b.core.status(s.document)->unsaved == 0);
  CHECK(s.b.core.status(s.document)->trouble.empty());
  CHECK(s.b.store.documents().at(0).change_count == 1);
}

TEST_CASE("membership: entries go before changes, and only when digests differ") {
  core_bench b;
  const doc_id document = b.create();
  b.grant(document, 2, role::editor);
  foreign_writer own(document, 1, 100);
  b.feed(ev::local_changes{document, own.write("x")});
  b.open(1, 2);
  b.say(1, msg::subscribe{7, document, {}, {}});
  std::vector<std::string> order;
  for (const message& m : b.heard.at(1)) {
    if (std::holds_alternative<msg::members>(m)) order.emplace_back("members");
    if (std::holds_alternative<msg::small_changes>(m)) order.emplace_back("changes");
  }
  CHECK(order == std::vector<std::string>{"members", "changes"});
  shared same;
  CHECK(same.b.said<msg::members>(1).empty());
}

TEST_CASE("membership: a new grant lets a peer in at once") {
  core_bench b;
  const doc_id document = b.create();
  b.open(1, 2);
  CHECK(b.said<msg::subscribe>(1).empty());
  b.grant(document, 2, role::editor);
  CHECK(b.said<msg::subscribe>(1).size() == 1);
}

TEST_CASE("subscribe: a document that is not here and one that is not shared look the same") {
  core_bench b;
  const doc_id document = b.create();
  b.open(1, 2);
  b.say(1, msg::subscribe{7, document, {}, {}});
  b.say(1, msg::subscribe{8, doc_id{{42}}, {}, {}});
  const auto answers = b.said<msg::subscribe>(1);
  REQUIRE(answers.size() == 2);
  for (const msg::subscribe& a : answers) {
    CHECK(a.have.empty());
    CHECK(a.member_digest == digest32{});
  }
  CHECK(b.offers(1) == 0);
  CHECK(b.said<msg::members>(1).empty());
}

TEST_CASE("join: any member admits, and the redemption is durable before a word is said") {
  core_bench b;
  const doc_id document = b.create();
  const join_link link = link_for(b, document, role::editor, 1, 0);
  b.auto_commit = false;
  b.up(1, 5, false, false);
  b.say(1, b.hello_of(5));
  b.say(1, msg::invite_use{document, redeem_entry(link, 5).encode()});
  CHECK(b.heard.find(1) == b.heard.end());
  b.commit();
  CHECK(b.said<msg::hello>(1).size() == 1);
  CHECK(b.said<msg::ready>(1).size() == 1);
  b.say(1, msg::ready{1, {}});
  CHECK(b.said<msg::subscribe>(1).size() == 1);
  CHECK(b.core.members(document)->role_of(test_key(5).id()) == role::editor);
}

TEST_CASE("join: the refusal is precise") {
  core_bench b;
  const doc_id document = b.create();
  const join_link link = link_for(b, document, role::editor, 1, b.wall + 1'000);
  const auto refusal = [&](session_id id, std::uint8_t device, const doc_id& of,
                           const join_link& with) {
    b.up(id, device, false, false);
    b.say(id, b.hello_of(device));
    b.say(id, msg::invite_use{of, redeem_entry(with, device).encode()});
    return b.closed.contains(id) ? b.closed.at(id).code : close_code::none;
  };
  join_link unknown = link;
  unknown.secret = {77};
  CHECK(refusal(1, 5, document, unknown) == close_code::invite_unknown);
  join_link elsewhere = link;
  elsewhere.document = doc_id{{42}};
  CHECK(refusal(2, 5, elsewhere.document, elsewhere) == close_code::invite_unknown);
  CHECK(refusal(3, 5, document, link) == close_code::none);
  CHECK(refusal(4, 6, document, link) == close_code::invite_used);
  core_bench late;
  const doc_id other = late.create();
  const join_link expired = link_for(late, other, role::editor, 1, late.wall - 1);
  late.up(1, 5, false, false);
  late.say(1, msg::invite_use{other, redeem_entry(expired, 5).encode()});
  CHECK(late.closed.at(1).code == close_code::invite_expired);
}

TEST_CASE("join: a redemption must be the joiner's own") {
  core_bench b;
  const doc_id document = b.create();
  const join_link link = link_for(b, document, role::editor, 0, 0);
  b.up(1, 6, false, false);
  b.say(1, msg::invite_use{document, redeem_entry(link, 5).encode()});
  CHECK(b.closed.at(1).code == close_code::protocol);
}

TEST_CASE("join: the joiner learns why it was refused, or that nobody answered") {
  core_bench b;
  join_link link;
  link.document = doc_id{{42}};
  link.inviter = test_key(2).id();
  link.addresses = {"host:1"};
  b.feed(ev::join{link, redeem_entry(link, 1)});
  REQUIRE(b.effects<fx::dial>().size() == 1);
  CHECK(b.effects<fx::dial>()[0].redeem.has_value());
  b.up(1, 2, true, true, link);
  CHECK(b.said<msg::invite_use>(1).size() == 1);
  b.say(1, msg::error{close_code::invite_expired, "This invitation has expired.", 0, 0, true});
  REQUIRE(b.effects<fx::join_done>().size() == 1);
  CHECK(b.effects<fx::join_done>()[0].error->code == sync_errc::invite_expired);

  b.forget();
  b.feed(ev::join{link, redeem_entry(link, 1), 2'000});
  b.pass(2'500);
  REQUIRE(b.effects<fx::join_done>().size() == 1);
  CHECK(b.effects<fx::join_done>()[0].error->code == sync_errc::timeout);
}

TEST_CASE("presence: the latest wins, goes on to others, and expires") {
  shared s;
  s.b.grant(s.document, 3, role::editor);
  s.b.open(2, 3);
  s.b.say(2, msg::subscribe{9, s.document, {}, s.b.core.members(s.document)->digest()});
  const auto replica = crdt::replica_id::from_number(200);
  s.b.say(1, msg::presence{s.ref(), replica, 5, 15'000, {1}});
  s.b.say(1, msg::presence{s.ref(), replica, 4, 15'000, {2}});
  REQUIRE(s.b.effects<fx::deliver_presence>().size() == 1);
  CHECK(s.b.effects<fx::deliver_presence>()[0].payload == bytes{1});
  REQUIRE(s.b.said<msg::presence>(2).size() == 1);
  CHECK(s.b.said<msg::presence>(2)[0].doc_ref == 9);
  CHECK(s.b.said<msg::presence>(1).empty());
  s.b.pass(15'100);
  REQUIRE(s.b.effects<fx::deliver_presence>().size() == 2);
  CHECK(s.b.effects<fx::deliver_presence>()[1].payload.empty());
  s.b.say(1, msg::presence{s.ref(), replica, 5, 15'000, {1}});  // an old message on a detour
  CHECK(s.b.effects<fx::deliver_presence>().size() == 2);
}

TEST_CASE("presence: is refreshed every 5 s, and gone with the session") {
  shared s;
  const auto own = crdt::replica_id::from_number(100);
  s.b.feed(ev::local_presence{s.document, own, {7}});
  CHECK(s.b.said<msg::presence>(1).size() == 1);
  s.b.pass(5'100);
  REQUIRE(s.b.said<msg::presence>(1).size() == 2);
  CHECK(s.b.said<msg::presence>(1)[1].clock > s.b.said<msg::presence>(1)[0].clock);
  s.b.feed(ev::local_presence{s.document, own, {}});
  CHECK(s.b.said<msg::presence>(1).back().payload.empty());
  s.b.say(1, msg::presence{s.ref(), crdt::replica_id::from_number(200), 1, 15'000, {1}});
  s.b.feed(ev::session_down{1, close_reason::network, ""});
  CHECK(s.b.effects<fx::deliver_presence>().back().payload.empty());
}

TEST_CASE("presence: at most 256 of one document, and at most 4 KiB each") {
  shared s;
  for (std::uint64_t n = 0; n < 400; ++n) {
    s.b.say(1, msg::presence{s.ref(), crdt::replica_id::from_number(1'000 + n), 1, 15'000, {1}});
  }
  CHECK(s.b.effects<fx::deliver_presence>().size() == 256);
  s.b.feed(ev::local_presence{s.document, crdt::replica_id::from_number(1), bytes(5'000, 1)});
  CHECK(s.b.said<msg::presence>(1).empty());
}

TEST_CASE("status: is told once per change") {
  shared s;
  s.b.forget();
  s.b.pass(14'000);
  CHECK(s.b.effects<fx::status>().empty());
  s.b.feed(ev::session_down{1, close_reason::network, ""});
  CHECK(s.b.effects<fx::status>().size() == 1);
}

TEST_CASE("two cores: versions 1 to 2 and 1 alone agree") {
  weft::sim::world w(7);
  weft::sim::peer_plan newer;
  newer.proto_max = 2;
  w.add_peer(newer);
  w.add_peer();
  const doc_id document = w.create(0);
  w.introduce(0, 1, true);
  w.introduce(1, 0, false);
  w.grant(0, document, 1, role::editor);
  w.run_for(3'000);
  w.insert(0, document, "hello ");
  w.run_for(200);
  w.insert(1, document, "world");
  w.run_for(1'000);
  CHECK(w.agree(document, {0, 1}));
  CHECK(w.text(0, document) == "hello world");
  CHECK(w.status_of(0, document, 1)->missing_there == 0);
}

TEST_CASE("two cores: edits made offline arrive after coming back") {
  weft::sim::world w(8);
  w.add_peer();
  w.add_peer();
  const doc_id document = w.create(0);
  w.run_for(50);
  w.join(1, w.invite(0, document, role::editor, 1, 0, 0));
  w.run_for(2'000);
  REQUIRE(w.at(1).joins_done.contains(document));
  CHECK_FALSE(w.at(1).joins_done.at(document).has_value());
  w.set_online(1, false);
  w.insert(1, document, "written on a train");
  w.run_for(60'000);
  CHECK(w.status(1, document).peers.at(0).missing_there == 1);
  CHECK_FALSE(w.status(1, document).peers.at(0).connected);
  CHECK(w.text(0, document).empty());
  w.set_online(1, true);
  w.run_for(2'000);
  CHECK(w.text(0, document) == "written on a train");
  CHECK(w.status(1, document).peers.at(0).missing_there == 0);
}

TEST_CASE("two cores: a slow reader costs a vector, and catches up in larger batches") {
  weft::sim::world w(9);
  w.add_peer();
  w.add_peer();
  const doc_id document = w.create(0);
  w.introduce(0, 1, true);
  w.introduce(1, 0, false);
  w.grant(0, document, 1, role::reader);
  w.run_for(2'000);
  w.sky.bytes_per_ms = 1;
  for (int i = 0; i < 300; ++i) {
    w.insert(0, document, "x");
    w.run_for(5);
  }
  w.sky.bytes_per_ms = 10'000;
  w.run_for(60'000);
  CHECK(w.agree(document, {0, 1}));
}
