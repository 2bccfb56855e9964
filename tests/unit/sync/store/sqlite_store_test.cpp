// SPDX-License-Identifier: MIT
#include "writer.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <cstdlib>
#include <random>

using namespace weft;
using namespace weft::sync;
using namespace weft::test;

namespace {

const doc_id document = document_number(1);

std::unique_ptr<sqlite_store> open_store(const std::filesystem::path& folder) {
  auto s = sqlite_store::open(folder);
  if (!s) UNSCOPED_INFO(s.error().what);
  REQUIRE(s);
  return *std::move(s);
}

member_entry founding_entry() {
  member_entry e;
  e.kind = entry_kind::create;
  e.nonce = digest16{1};
  e.author = key_number(1).public_part();
  e.name = "Ana";
  e.sign(key_number(1));
  return e;
}

void check_sound(const sqlite_store& s) {
  for (const std::string& fault : s.scrub()) FAIL_CHECK(fault);
}

}  // namespace

TEST_CASE("everything that was committed is there after closing and opening again") {
  const scratch_folder folder;
  writer ana(document, replica_number(1), 1);
  const auto founding = founding_entry();
  stored_peer peer{key_number(2).public_part(), "Bea", {"127.0.0.1:1", "host:2"}, -5};
  store_instance instance;
  stored_doc before;
  {
    auto s = open_store(folder.path());
    instance = s->instance();
    REQUIRE(s->commit(new_document(document, "Notes")));
    ana.type("hello");
    REQUIRE(ana.save(*s));
    store_txn txn;
    txn.members.push_back({document, {founding, founding}});
    txn.acks.push_back({key_number(2).id(), document, {{replica_number(1), 1}}});
    txn.peers.push_back(peer);
    txn.titles.push_back({document, "Better notes"});
    txn.quarantine.push_back({document, key_number(3).id(), "bad", bytes{1, 2}});
    REQUIRE(s->commit(txn));
    store_txn lower;
    lower.acks.push_back({key_number(2).id(), document, {{replica_number(1), 0}}});
    REQUIRE(s->commit(lower));
    REQUIRE(s->put_blob("undo/1", bytes{9}));
    REQUIRE(s->put_blob("undo/1", bytes{9, 8}));
    before = s->documents().front();
  }
  auto s = open_store(folder.path());
  CHECK(s->instance() == instance);
  REQUIRE(s->documents().size() == 1);
  const stored_doc doc = s->documents().front();
  CHECK(doc.title == "Better notes");
  CHECK(doc.change_count == 1);
  CHECK(doc.last_lsn == before.last_lsn);
  CHECK(doc.log_digest == before.log_digest);
  CHECK(doc.log_digest == s->heads(document).front().last.hash);
  CHECK(s->member_entries(document) == std::vector<member_entry>{founding});
  CHECK(s->acks(document).at(key_number(2).id()) == seq_vector{{replica_number(1), 1}});
  REQUIRE(s->peers().size() == 1);
  CHECK(s->peers().front().addresses == peer.addresses);
  CHECK(s->peers().front().last_seen_ms == -5);
  CHECK(s->get_blob("undo/1") == bytes{9, 8});
  CHECK(!s->get_blob("undo/2"));
  CHECK(s->stats().quarantined == 1);
  writer reader(document, replica_number(9), 9);
  REQUIRE(reader.import_from(*s));
  CHECK(reader.text() == "hello");
  check_sound(*s);
}

TEST_CASE("the SQLite store and its slow twin agree on a random history") {
  const char* fixed = std::getenv("WEFT_SEED");
  const unsigned seed = fixed != nullptr ? static_cast<unsigned>(std::atoi(fixed)) : 20'261'121U;
  INFO("WEFT_SEED=" << seed);
  std::minstd_rand random(seed);
  const scratch_folder folder;
  memory_store twin{store_instance{}};
  auto s = open_store(folder.path());
  const std::vector<doc_id> documents = {document_number(1), document_number(2)};
  std::vector<std::vector<writer>> writers(2);
  for (std::size_t d = 0; d < 2; ++d) {
    REQUIRE(s->commit(new_document(documents[d])));
    REQUIRE(twin.commit(new_document(documents[d])));
    for (std::uint8_t w = 0; w < 3; ++w) {
      writers[d].emplace_back(documents[d], replica_number(10 + w), w);
    }
  }
  for (int step = 0; step < 300; ++step) {
    const std::size_t d = random() % 2;
    writer& w = writers[d][random() % 3];
    if (random() % 4 == 0) REQUIRE(w.import_from(*s));
    w.type_at_front(std::string(1 + random() % 5, static_cast<char>('a' + random() % 26)));
    auto sealed = w.seal(twin.lookup(documents[d]));
    REQUIRE(sealed);
    REQUIRE(w.receive(twin, *sealed));
    REQUIRE(w.receive(*s, *sealed));
    // Twice is once.
    if (random() % 8 == 0) REQUIRE(w.receive(*s, *sealed));
    if (random() % 40 == 0) REQUIRE(s->compact(random() % 2 == 0));
    if (random() % 40 == 0) {
      s->close();
      s = open_store(folder.path());
    }
  }
  for (const doc_id& id : documents) {
    const auto ours = s->read_after(id, {}, SIZE_MAX);
    const auto theirs = twin.read_after(id, {}, SIZE_MAX);
    REQUIRE(ours);
    REQUIRE(theirs);
    REQUIRE(ours->size() == theirs->size());
    for (std::size_t i = 0; i < ours->size(); ++i) {
      CHECK((*ours)[i].header == (*theirs)[i].header);
      CHECK((*ours)[i].body == (*theirs)[i].body);
    }
    const auto a = s->lookup(id);
    const auto b = twin.lookup(id);
    for (const auto& c : *ours) {
      const auto meta = b.by_seq(c.header.replica, c.header.seq);
      REQUIRE(meta);
      CHECK(a.by_seq(c.header.replica, c.header.seq)->hash == meta->hash);
      CHECK(a.by_last_op({meta->replica, meta->end_counter() - 1})->seq == meta->seq);
      if (meta->op_count > 1) {
        CHECK(!a.by_last_op({meta->replica, meta->end_counter() - 2}));
      }
    }
    CHECK(!a.by_last_op({replica_number(77), 0}));
    CHECK(counts_of(*s, id) == counts_of(twin, id));
  }
  CHECK(s->documents()[0].log_digest == twin.documents()[0].log_digest);
  CHECK(s->documents()[1].log_digest == twin.documents()[1].log_digest);
  check_sound(*s);
}

TEST_CASE("reading in parts gives whole signed runs and ends") {
  const scratch_folder folder;
  auto s = open_store(folder.path());
  REQUIRE(s->commit(new_document(document)));
  writer ana(document, replica_number(1), 1);
  writer bea(document, replica_number(2), 2);
  for (int i = 0; i < 120; ++i) {
    writer& w = i % 3 == 0 ? bea : ana;
    w.type_at_front("some text");
    REQUIRE(w.save(*s));
    if (i % 10 == 0) {
      REQUIRE(ana.import_from(*s));
      REQUIRE(bea.import_from(*s));
    }
    if (i == 70) REQUIRE(s->compact(true));
  }
  CHECK(s->stats().packed_changes > 0);
  CHECK(s->stats().change_rows > 0);
  // A peer that takes it part by part, and checks each as foreign.
  memory_store peer{store_instance{}};
  REQUIRE(peer.commit(new_document(document)));
  int parts = 0;
  for (;; ++parts) {
    REQUIRE(parts < 1000);
    auto part = s->read_after(document, counts_of(peer, document), 100);
    REQUIRE(part);
    if (part->empty()) break;
    REQUIRE(ana.receive(peer, *std::move(part)));
  }
  CHECK(parts > 4);
  CHECK(counts_of(peer, document) == counts_of(*s, document));
  CHECK(peer.documents().front().log_digest == s->documents().front().log_digest);
  // Nothing more for one who has more than we.
  auto more = counts_of(*s, document);
  for (auto& [replica, count] : more) count += 5;
  const auto nothing = s->read_after(document, more, 100);
  REQUIRE(nothing);
  CHECK(nothing->empty());
}

TEST_CASE("reading everything gives what reading from nothing gives, packed or not") {
  const scratch_folder folder;
  auto s = open_store(folder.path());
  REQUIRE(s->commit(new_document(document)));
  CHECK(s->read_all(document)->empty());
  writer ana(document, replica_number(1), 1);
  writer bea(document, replica_number(2), 2);
  for (int round = 0; round < 6; ++round) {
    for (writer* w : {&ana, &bea}) {
      w->type("word ");
      REQUIRE(w->save(*s));
      REQUIRE((w == &ana ? bea : ana).import_from(*s));
    }
    if (round == 3) REQUIRE(s->compact(true));
  }
  for (int opening = 0; opening < 2; ++opening) {
    const auto all = s->read_all(document);
    REQUIRE(all);
    const auto plain = s->read_after(document, {}, SIZE_MAX);
    REQUIRE(plain);
    REQUIRE(all->size() == plain->size());
    for (std::size_t i = 0; i < all->size(); ++i) {
      const checked_change& c = (*all)[i];
      CHECK(c.sealed == (*plain)[i]);
      CHECK(c.meta.hash == hash_of(c.sealed.header));
      CHECK(c.meta.seq == c.sealed.header.seq);
      CHECK(c.meta.end_counter() == c.sealed.header.first_counter + c.sealed.header.op_count);
      const bool anas = c.meta.replica == replica_number(1);
      CHECK(c.author == (anas ? ana : bea).key().public_part());
    }
    s.reset();
    s = open_store(folder.path());  // nothing is in memory yet
  }
}

TEST_CASE("a transaction that cannot be applied changes nothing") {
  const scratch_folder folder;
  auto s = open_store(folder.path());
  REQUIRE(s->commit(new_document(document, "t")));
  writer ana(document, replica_number(1), 1);
  ana.type("abc");
  auto sealed = ana.seal(s->lookup(document));
  REQUIRE(sealed);
  auto checked = check_batch(document, *sealed, s->lookup(document));
  REQUIRE(checked);
  store_txn txn;
  txn.changes.push_back({document, *checked});
  txn.titles.push_back({document_number(8), "no such document"});
  const auto refused = s->commit(txn);
  REQUIRE(!refused);
  CHECK(refused.error().code == sync_errc::not_found);
  CHECK(s->heads(document).empty());
  CHECK(!s->lookup(document).by_seq(replica_number(1), 0));
  store_txn gap;
  checked->front().meta.seq = 4;
  gap.changes.push_back({document, *checked});
  CHECK(!s->commit(gap));
  REQUIRE(ana.receive(*s, *sealed));
  CHECK(s->documents().front().change_count == 1);
  check_sound(*s);
}

TEST_CASE("replica ids are used again only after a clean close") {
  const scratch_folder folder;
  writer ana(document, replica_number(1), 1);
  auto s = open_store(folder.path());
  CHECK(!s->own_replica(document));
  REQUIRE(s->commit(new_document(document)));
  const auto first = s->own_replica(document);
  REQUIRE(first);
  CHECK(*s->own_replica(document) == *first);
  writer self(document, *first, 1);
  self.type("mine");
  REQUIRE(self.save(*s));
  s.reset();
  s = open_store(folder.path());
  CHECK(*s->own_replica(document) == *first);
  SECTION("a forced one is remembered too") {
    const auto forced = s->own_replica(document, replica_number(5));
    REQUIRE(forced);
    CHECK(*forced == replica_number(5));
    CHECK(*s->own_replica(document) == replica_number(5));
    s.reset();
    s = open_store(folder.path());
    CHECK(s->own_replicas(document) == std::vector<replica_id>{*first, replica_number(5)});
    CHECK(*s->own_replica(document) == replica_number(5));
  }
  SECTION("without the lease there is a new one, and a new instance") {
    const auto instance = s->instance();
    s.reset();
    std::filesystem::remove(folder.path() / "weft.lease");
    s = open_store(folder.path());
    CHECK(*s->own_replica(document) != *first);
    CHECK(s->instance() != instance);
    CHECK(s->own_replicas(document).size() == 2);
  }
}

TEST_CASE("an open store has no files but its own, new or found") {
  const scratch_folder folder;
  for (int opening = 0; opening < 2; ++opening) {
    const auto s = open_store(folder.path());
    REQUIRE(s->commit(new_document(document)));
    CHECK_FALSE(std::filesystem::exists(folder.path() / "weft.db-shm"));
  }
}

TEST_CASE("in the background rows are packed when they outweigh what is packed") {
  const scratch_folder folder;
  auto s = open_store(folder.path());
  REQUIRE(s->commit(new_document(document)));
  writer ana(document, replica_number(1), 1);
  const auto type = [&](int keys) {
    for (int i = 0; i < keys; ++i) {
      ana.type("k");
      REQUIRE(ana.save(*s));
    }
    REQUIRE(s->compact(false));
    return s->stats().change_rows;
  };
  CHECK(type(31) == 31);  // a few are not worth it
  CHECK(type(1) == 0);
  CHECK(type(31) == 31);
  CHECK(type(1) == 0);
  CHECK(s->stats().packed_changes == 64);
  check_sound(*s);
}

TEST_CASE("a closed store says so") {
  const scratch_folder folder;
  auto s = open_store(folder.path());
  REQUIRE(s->commit(new_document(document)));
  s->close();
  s->close();
  CHECK(s->commit(new_document(document)).error().code == sync_errc::closed);
  CHECK(s->read_after(document, {}, 1).error().code == sync_errc::closed);
  CHECK(s->compact(true).error().code == sync_errc::closed);
  CHECK(s->put_blob("a", {}).error().code == sync_errc::closed);
  CHECK(s->own_replica(document).error().code == sync_errc::closed);
  CHECK(!s->get_blob("a"));
  CHECK(s->scrub().size() == 1);
  CHECK(!s->lookup(document).by_seq(replica_number(1), 0));
}
