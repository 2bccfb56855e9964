// SPDX-License-Identifier: MIT
#include "node_fixture.hpp"

#include <algorithm>
#include <thread>

using namespace weft::sync;
using namespace weft::testing;
using namespace std::chrono_literals;

namespace {

/// Two devices with one document between them.
struct pair_of_devices {
  run_loop loop;
  device ana{loop, "Ana"};
  device ben{loop, "Ben"};
  std::shared_ptr<shared_document> a;
  std::shared_ptr<shared_document> b;

  pair_of_devices() {
    ana.start();
    ben.start(false);
    auto made = ana.node().create("Plans");
    REQUIRE(made);
    a = *made;
    const auto link = ana.node().share(a->id(), role::editor, 1, 0);
    if (!link) FAIL(link.error().what);
    b = join_and_open(loop, ben, *link);
  }
  [[nodiscard]] bool equal_soon(const std::string& expected) {
    return eventually(loop, [&] { return text_of(*a) == expected && text_of(*b) == expected; });
  }
  [[nodiscard]] bool all_synced() {
    return eventually(loop, [&] {
      const doc_status s = a->status();
      return s.unsaved == 0 && s.peers.size() == 1 && s.peers[0].connected &&
             s.peers[0].missing_there == 0 && s.peers[0].missing_here == 0;
    });
  }
};

}  // namespace

TEST_CASE("node: a document is created, shared, joined by link, and edits go both ways") {
  pair_of_devices two;
  type(*two.a, 0, "one");
  REQUIRE(two.equal_soon("one"));
  type(*two.b, 3, " two");
  REQUIRE(two.equal_soon("one two"));
  type(*two.a, 0, ">");
  type(*two.b, 7, "<");
  REQUIRE(eventually(
      two.loop, [&] { return text_of(*two.a).size() == 9 && text_of(*two.a) == text_of(*two.b); }));
  CHECK(two.a->document().export_canonical() == two.b->document().export_canonical());
  CHECK(two.all_synced());

  CHECK(two.b->title() == "Plans");
  REQUIRE(eventually(two.loop, [&] { return two.ben.node().documents()[0].title == "Plans"; }));
  const membership members = two.b->members();
  CHECK(members.role_of(two.ana.node().id()) == role::owner);
  CHECK(members.role_of(two.ben.node().id()) == role::editor);
  CHECK(members.members().at(two.ben.node().id()).name == "Ben");
  CHECK(two.ana.node().wire().sessions == 1);
  CHECK(two.ana.node().wire().sent_bytes > 0);
  const auto log = two.a->log();
  REQUIRE(log);
  CHECK(log->front().author == "Ana");
  CHECK(two.ana.node().scrub().empty());
}

TEST_CASE("node: what two wrote while one was offline meets when it returns") {
  pair_of_devices two;
  type(*two.a, 0, "base ");
  REQUIRE(two.equal_soon("base "));
  two.ben.node().set_online(false);
  REQUIRE(eventually(two.loop, [&] { return !two.a->status().peers[0].connected; }));
  for (int i = 0; i < 50; ++i) {
    type(*two.a, 5, "a");
    type(*two.b, 5, "b");
    two.a->seal();
    two.b->seal();
  }
  CHECK(two.a->wait_saved());
  CHECK(two.b->wait_saved());
  CHECK(eventually(two.loop, [&] { return two.a->status().peers[0].missing_there >= 50; }));
  two.ben.node().set_online(true);
  REQUIRE(eventually(two.loop, [&] {
    return text_of(*two.a).size() == 105 && text_of(*two.a) == text_of(*two.b);
  }));
  CHECK(two.all_synced());
}

TEST_CASE("run loop: tasks of all threads run in order, on the thread that runs it") {
  run_loop loop;
  std::vector<int> seen;
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) loop.post([&seen, i] { seen.push_back(i); });
  });
  CHECK(loop.run_until([&] { return seen.size() == 100; }, 60s));
  other.join();
  CHECK(std::is_sorted(seen.begin(), seen.end()));
  CHECK_FALSE(loop.run_until([] { return false; }, 0ms));
}

TEST_CASE("node: a change names the membership entries in force only when they are new") {
  pair_of_devices two;
  for (int i = 0; i < 6; ++i) {
    type(*two.a, 0, "k");
    two.a->seal();
  }
  CHECK(two.a->wait_saved());
  const auto log = two.a->log();
  REQUIRE(log);
  REQUIRE(log->size() >= 6);
  const auto names_entries = [](const auto& entry) {
    return !entry.header.membership_heads.empty();
  };
  CHECK(std::none_of(log->end() - 5, log->end(), names_entries));
  CHECK(std::any_of(log->begin(), log->end(), names_entries));
}

TEST_CASE("node: a closed node has packed its long logs, and opens them again") {
  pair_of_devices two;
  for (int i = 0; i < 600; ++i) {
    type(*two.b, 0, "k");
    two.b->seal();
  }
  CHECK(two.b->wait_saved());
  REQUIRE(eventually(two.loop, [&] { return text_of(*two.a).size() == 600; }));
  const doc_id id = two.b->id();
  CHECK(two.ben.node().store().packed_changes == 0);
  two.b.reset();
  two.ben.stop();

  two.ben.start(false);
  CHECK(two.ben.node().store().packed_changes >= 600);
  const auto again = two.ben.node().open_document(id);
  REQUIRE(again);
  CHECK(text_of(**again).size() == 600);
  CHECK(two.ben.node().scrub().empty());
}

TEST_CASE("node: a restarted device shows what was saved, keeps its replica and continues") {
  pair_of_devices two;
  type(*two.b, 0, "before");
  REQUIRE(two.equal_soon("before"));
  const auto former = two.b->document().replica();
  const doc_id id = two.b->id();
  two.b.reset();
  two.ben.stop();
  type(*two.a, 6, " and after");
  CHECK(two.a->wait_saved());

  two.ben.start(false);
  const auto again = two.ben.node().open_document(id);
  REQUIRE(again);
  two.b = *again;
  CHECK(text_of(*two.b).substr(0, 6) == "before");
  CHECK(two.b->document().replica() == former);
  REQUIRE(two.equal_soon("before and after"));
  type(*two.b, 0, "!");
  REQUIRE(two.equal_soon("!before and after"));
  CHECK(two.b->document().version() == two.a->document().version());
}

TEST_CASE("node: an edit that was not sealed is saved by closing the document or the node") {
  run_loop loop;
  device ana(loop, "Ana");
  ana.start(false);
  auto made = ana.node().create("Notes");
  REQUIRE(made);
  const doc_id id = (*made)->id();
  type(**made, 0, "x");
  made->reset();
  auto again = ana.node().open_document(id);
  REQUIRE(again);
  CHECK(text_of(**again) == "x");
  type(**again, 1, "y");
  ana.stop();
  CHECK(text_of(**again) == "xy");  // the document outlives its node
  type(**again, 0, "lost, and nothing breaks ");
  CHECK((*again)->wait_saved().error().code == sync_errc::closed);
  again->reset();
  ana.start(false);
  auto reopened = ana.node().open_document(id);
  REQUIRE(reopened);
  CHECK(text_of(**reopened) == "xy");
  CHECK(ana.node().documents().size() == 1);
  CHECK(ana.node().documents()[0].title == "Notes");
}

TEST_CASE("node: presence arrives, the last value wins, and leaves with its session") {
  pair_of_devices two;
  REQUIRE(two.all_synced());
  std::vector<bytes> seen;
  two.b->on_presence = [&](const replica_id& replica, const device_id& from, const bytes& payload) {
    CHECK(replica == two.a->document().replica());
    CHECK(from == two.ana.node().id());
    seen.push_back(payload);
  };
  for (std::uint8_t i = 1; i <= 100; ++i) two.a->send_presence({i});
  REQUIRE(eventually(two.loop, [&] { return !seen.empty() && seen.back() == bytes{100}; }));
  CHECK(seen.size() < 10);
  two.ana.node().set_online(false);
  REQUIRE(eventually(two.loop, [&] { return seen.back().empty(); }));
}

TEST_CASE("node: held changes wait, are listed, and come in with what they rest on") {
  pair_of_devices two;
  const replica_id from = two.a->document().replica();
  REQUIRE(two.all_synced());
  const std::uint64_t start = two.a->seal();
  two.b->set_hold(true);
  for (const char* word : {"1", "2", "3"}) {
    type(*two.a, 0, word);
    two.a->seal();
  }
  REQUIRE(eventually(two.loop, [&] {
    const auto there = two.b->available();
    return there.contains(from) && there.at(from) == start + 3;
  }));
  CHECK(text_of(*two.b).empty());
  CHECK(two.b->import_upto({{from, start + 4}}).error().code == sync_errc::not_found);
  CHECK(text_of(*two.b).empty());
  REQUIRE(two.b->import_upto({{from, start + 2}}));
  CHECK(text_of(*two.b) == "21");
  two.b->set_hold(false);
  CHECK(text_of(*two.b) == "321");
  CHECK(two.b->available().empty());
}

TEST_CASE("node: wrong, used up and expired links are refused with their reasons") {
  pair_of_devices two;
  device eve(two.loop, "Eve");
  eve.start(false);
  const doc_id id = two.a->id();

  const auto used = two.ana.node().share(id, role::editor, 1, 0);
  REQUIRE(used);
  device cid(two.loop, "Cid");
  cid.start(false);
  const auto c = join_and_open(two.loop, cid, *used);
  // No invitation is open: a stranger hears no word, and is told what that means.
  const sync_error closed = join_refusal(two.loop, eve, *used);
  CHECK(closed.code == sync_errc::invite_used);
  CHECK(closed.what.find("new link") != std::string::npos);
  // Another invitation stays open, or a stranger would not be let in to hear the reason.
  REQUIRE(two.ana.node().share(id, role::reader, 0, 0));
  CHECK(join_refusal(two.loop, eve, *used).code == sync_errc::invite_used);

  const auto expired = two.ana.node().share(id, role::editor, 0, 1);
  REQUIRE(expired);
  CHECK(join_refusal(two.loop, eve, *expired).code == sync_errc::invite_expired);

  join_link wrong = *expired;
  wrong.secret[0] ^= 1U;
  CHECK(join_refusal(two.loop, eve, wrong).code == sync_errc::invite_unknown);
  join_link elsewhere = *expired;
  elsewhere.document.bytes[0] ^= 1U;
  CHECK(join_refusal(two.loop, eve, elsewhere).code == sync_errc::invite_unknown);
  join_link nobody = *expired;
  nobody.addresses = {"127.0.0.1:1"};
  const sync_error silence = join_refusal(two.loop, eve, nobody, 300);
  CHECK(silence.code == sync_errc::timeout);
  CHECK(silence.what.find("127.0.0.1:1") != std::string::npos);
  CHECK(eve.node().documents().empty());
  CHECK(two.ben.node().share(id, role::editor, 1, 0, {"127.0.0.1:9"}).error().code ==
        sync_errc::denied);
}

TEST_CASE("node: a granted device gets the document without a link") {
  run_loop loop;
  device ana(loop, "Ana");
  device ben(loop, "Ben");
  ana.start();
  ben.start();
  auto made = ana.node().create("Granted");
  REQUIRE(made);
  type(**made, 0, "hello");
  bool told = false;
  ben.node().on_documents = [&] { told = true; };
  REQUIRE(ben.node().add_peer({ana.node().key(), "Ana", {}, 0}));
  REQUIRE(ana.node().grant((*made)->id(), ben.node().key(), role::editor, "Ben",
                           {ben.node().listening()->format()}));
  REQUIRE(eventually(loop, [&] { return told && !ben.node().documents().empty(); }));
  auto opened = ben.node().open_document((*made)->id());
  REQUIRE(opened);
  CHECK(eventually(loop, [&] { return text_of(**opened) == "hello"; }));
}

TEST_CASE("node: a profile in use, a taken port and an unknown document are sentences") {
  run_loop loop;
  device ana(loop, "Ana");
  ana.start();
  node_options same;
  same.profile = ana.folder() / "profile";
  same.run = loop.get_executor();
  const auto twice = node::open(same);
  REQUIRE_FALSE(twice);
  CHECK(twice.error().code == sync_errc::in_use);

  node_options port;
  port.profile = ana.folder() / "other";
  port.listen = ana.node().listening();
  port.run = loop.get_executor();
  const auto taken = node::open(port);
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == sync_errc::in_use);
  CHECK(ana.node().open_document(doc_id{}).error().code == sync_errc::not_found);

  CHECK_FALSE(ana.node().get_blob("undo"));
  REQUIRE(ana.node().put_blob("undo", weft::crdt::as_bytes("steps")));
  CHECK(ana.node().get_blob("undo")->size() == 5);
}

TEST_CASE("node: a long history crosses in slices, and a large paste in signed runs") {
  pair_of_devices two;
  {
    const std::string paste(1'500'000, 'p');
    type(*two.a, 0, paste);
  }
  for (std::uint32_t i = 0; i < 3'000; ++i) type(*two.a, i * 2, "k");
  REQUIRE(eventually(two.loop, [&] { return text_of(*two.b).size() == 1'503'000; }, 60s));
  CHECK(text_of(*two.a) == text_of(*two.b));
  CHECK(two.all_synced());
}

TEST_CASE("node: an application that hangs gets the rest from the store when it wakes") {
  run_loop awake;
  run_loop asleep;
  device ana(awake, "Ana");
  device ben(asleep, "Ben");
  ana.start();
  ben.start(false);
  auto made = ana.node().create("Long");
  REQUIRE(made);
  const auto link = ana.node().share((*made)->id(), role::editor, 1, 0);
  REQUIRE(link);
  std::optional<result<doc_id>> joined;
  ben.node().join(*link, [&](result<doc_id> r) { joined = std::move(r); });
  REQUIRE(eventually(asleep, [&] { return joined.has_value(); }));
  auto there = ben.node().open_document((*made)->id());
  REQUIRE(there);

  // Twice what the mailbox of a document holds; durable there while its application does nothing.
  for (int i = 0; i < 160; ++i) {
    type(**made, 0, std::string(100'000, static_cast<char>('a' + i % 26)));
    (*made)->seal();
  }
  REQUIRE(eventually(
      awake,
      [&] {
        const doc_status s = (*made)->status();
        return s.unsaved == 0 && s.peers.size() == 1 && s.peers[0].connected &&
               s.peers[0].missing_there == 0;
      },
      60s));
  REQUIRE(eventually(asleep, [&] { return text_of(**there).size() == 16'000'000; }, 60s));
  CHECK(text_of(**there) == text_of(**made));
  type(**made, 0, "!");
  (*made)->seal();
  CHECK(eventually(asleep, [&] { return text_of(**there).front() == '!'; }));
}
