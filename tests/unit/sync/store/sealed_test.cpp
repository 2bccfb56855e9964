// SPDX-License-Identifier: MIT
#include "weft/sync/sealed.hpp"

#include "writer.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <functional>

using namespace weft;
using namespace weft::sync;
using namespace weft::test;

namespace {

const doc_id document = document_number(1);

struct fixture {
  memory_store store{store_instance{}};
  writer ana{document, replica_number(1), 1};
  writer bea{document, replica_number(2), 2};
  fixture() { REQUIRE(store.commit(new_document(document))); }
};

sync_errc error_of(std::vector<sealed_change> batch, const store_view& s) {
  auto checked = check_batch(document, std::move(batch), s.lookup(document));
  REQUIRE(!checked);
  CHECK(!checked.error().what.empty());
  return checked.error().code;
}

}  // namespace

TEST_CASE("sealed changes form a chain whose last link is signed") {
  fixture f;
  std::vector<sealed_change> all;
  f.ana.type("one");
  auto first = f.ana.seal(f.store.lookup(document));
  REQUIRE(first);
  REQUIRE(first->size() == 1);
  REQUIRE(f.ana.receive(f.store, *first));
  const change_header& h = first->front().header;
  CHECK(h.seq == 0);
  CHECK(h.author == f.ana.key().public_part());
  CHECK(!h.prev);
  CHECK(h.lamport == 1);
  CHECK(h.op_count == 3);
  CHECK(h.wall_ms == 1'700'000'000'000);
  CHECK(h.body_digest == sha256(first->front().body));
  f.ana.type("two");
  auto second = f.ana.seal(f.store.lookup(document), -1);
  REQUIRE(second);
  REQUIRE(second->size() == 1);
  const change_header& g = second->front().header;
  CHECK(g.seq == 1);
  CHECK(g.prev == hash_of(h));
  CHECK(!g.author);
  CHECK(g.lamport == 4);
  CHECK(g.first_counter == 3);
  CHECK(g.wall_ms == -1000);
  CHECK(second->front().signature.size() == 64);
  CHECK(verify(f.ana.key().public_part(), hash_of(g), second->front().signature));
}

TEST_CASE("what one replica sealed another one reads back into its engine") {
  fixture f;
  f.ana.type("hello ");
  REQUIRE(f.ana.save(f.store));
  REQUIRE(f.bea.import_from(f.store));
  f.bea.type("there");
  REQUIRE(f.bea.save(f.store));
  // Ana's next change follows Bea's, which follows Ana's first: her own predecessor is implied.
  REQUIRE(f.ana.import_from(f.store));
  f.ana.type("!");
  REQUIRE(f.ana.save(f.store));
  // And one that is truly concurrent.
  f.bea.type_at_front("oh ");
  REQUIRE(f.bea.save(f.store));
  REQUIRE(f.ana.import_from(f.store));
  f.ana.type("?");
  REQUIRE(f.ana.save(f.store));
  writer reader(document, replica_number(9), 9);
  const auto read = reader.import_from(f.store);
  if (!read) UNSCOPED_INFO(read.error().what);
  REQUIRE(read);
  CHECK(reader.text() == "oh hello there!?");
  CHECK(f.ana.text() == reader.text());
}

TEST_CASE("membership heads are written only when they change") {
  fixture f;
  const std::vector<digest16> heads = {digest16{3}, digest16{1}};
  const auto seal_with = [&](std::span<const digest16> members) {
    f.ana.type("x");
    const auto fresh = f.ana.doc().export_changes(
        replica_number(1),
        static_cast<std::uint32_t>(counts_of(f.store, document)[replica_number(1)]));
    auto sealed = seal(document, fresh, f.store.lookup(document), f.ana.key(), members, 1000);
    REQUIRE(sealed);
    REQUIRE(f.ana.receive(f.store, *sealed));
    return sealed->front().header.membership_heads;
  };
  CHECK(seal_with(heads) == std::vector<digest16>{digest16{1}, digest16{3}});
  CHECK(seal_with(heads).empty());
}

TEST_CASE("a batch is refused for every single thing that is wrong with it") {
  fixture f;
  f.ana.type("abc");
  REQUIRE(f.ana.save(f.store));
  REQUIRE(f.bea.import_from(f.store));
  f.bea.type("def");
  const auto good = f.bea.seal(f.store.lookup(document));
  REQUIRE(good);
  REQUIRE(check_batch(document, *good, f.store.lookup(document)));
  using mutation = std::function<void(sealed_change&)>;
  const std::vector<mutation> mutations = {
      [](sealed_change& c) { c.header.document[0] ^= 1U; },
      [](sealed_change& c) { c.header.seq = 1; },
      [](sealed_change& c) { c.header.prev = digest32{}; },
      [](sealed_change& c) { c.header.author.reset(); },
      [](sealed_change& c) { c.header.author = key_number(3).public_part(); },
      [](sealed_change& c) { c.header.deps.clear(); },
      [](sealed_change& c) { c.header.deps[0].hash[0] ^= 1U; },
      [](sealed_change& c) { c.header.deps[0].seq = 7; },
      [](sealed_change& c) { c.header.deps[0].replica = c.header.replica; },
      [](sealed_change& c) { c.header.deps.push_back(c.header.deps[0]); },
      [](sealed_change& c) { c.header.membership_heads = {digest16{2}, digest16{1}}; },
      [](sealed_change& c) { c.header.membership_heads = {digest16{2}}; },
      [](sealed_change& c) { c.header.first_counter = 1; },
      [](sealed_change& c) { c.header.op_count = 2; },
      [](sealed_change& c) { c.header.op_count = 0; },
      [](sealed_change& c) { c.header.op_count = 0xffff'ffffU; },
      [](sealed_change& c) { c.header.lamport += 1; },
      [](sealed_change& c) { c.header.wall_ms += 1000; },
      [](sealed_change& c) { c.header.key_epoch = 1; },
      [](sealed_change& c) { c.header.salt.assign(16, 1); },
      [](sealed_change& c) { c.header.body_digest[5] ^= 1U; },
      [](sealed_change& c) { c.body.push_back(0); },
      [](sealed_change& c) { c.body.clear(); },
      [](sealed_change& c) { c.signature.clear(); },
      [](sealed_change& c) { c.signature[10] ^= 1U; },
      [](sealed_change& c) { c.signature.pop_back(); },
  };
  for (std::size_t i = 0; i < mutations.size(); ++i) {
    INFO("mutation " << i);
    auto bad = *good;
    mutations[i](bad.back());
    const sync_errc code = error_of(bad, f.store);
    CHECK((code == sync_errc::bad_data || code == sync_errc::version));
  }
}

TEST_CASE("known changes are dropped, a second one with the same number is a fork") {
  fixture f;
  f.ana.type("abc");
  const auto first = f.ana.seal(f.store.lookup(document));
  REQUIRE(first);
  REQUIRE(f.ana.receive(f.store, *first));
  const auto again = check_batch(document, *first, f.store.lookup(document));
  REQUIRE(again);
  CHECK(again->empty());
  writer twin(document, replica_number(1), 1);
  twin.type("xyz");
  memory_store other{store_instance{}};
  REQUIRE(other.commit(new_document(document)));
  const auto fork = twin.seal(other.lookup(document));
  REQUIRE(fork);
  CHECK(error_of(*fork, f.store) == sync_errc::denied);
}

TEST_CASE("one signature covers the run before it; inner ones are dropped") {
  fixture f;
  std::vector<sealed_change> run;
  memory_store scratch{store_instance{}};
  REQUIRE(scratch.commit(new_document(document)));
  for (int i = 0; i < 4; ++i) {
    f.ana.type("k");
    auto one = f.ana.seal(scratch.lookup(document));
    REQUIRE(one);
    REQUIRE(f.ana.receive(scratch, *one));
    run.push_back(one->front());
  }
  const auto checked = check_batch(document, run, f.store.lookup(document));
  REQUIRE(checked);
  REQUIRE(checked->size() == 4);
  for (std::size_t i = 0; i < 3; ++i) CHECK((*checked)[i].sealed.signature.empty());
  CHECK(checked->back().sealed.signature.size() == 64);
  // A run whose end is cut off proves nothing.
  auto unsigned_end = run;
  unsigned_end.back().signature.clear();
  CHECK(error_of(unsigned_end, f.store) == sync_errc::bad_data);
  // A gap inside is seen.
  auto gap = run;
  gap.erase(gap.begin() + 1);
  CHECK(error_of(gap, f.store) == sync_errc::bad_data);
  // A change under a good chain with another author's signature is not the author's.
  auto stolen = run;
  const auto by_bea = f.bea.key().sign(hash_of(stolen.back().header));
  stolen.back().signature.assign(by_bea.begin(), by_bea.end());
  CHECK(error_of(stolen, f.store) == sync_errc::bad_data);
}

TEST_CASE("a block gives back the sealed changes, with outside links from the lookup") {
  fixture f;
  f.ana.type("abc");
  REQUIRE(f.ana.save(f.store));
  REQUIRE(f.bea.import_from(f.store));
  f.bea.type("def");
  const auto sealed = f.bea.seal(f.store.lookup(document));
  REQUIRE(sealed);
  const bytes block = crdt::encode_block(*sealed);
  const auto back = open_block(block, f.store.lookup(document));
  REQUIRE(back);
  CHECK(*back == *sealed);
  memory_store empty{store_instance{}};
  CHECK(!open_block(block, empty.lookup(document)));
}

TEST_CASE("sealing refuses what does not continue the log") {
  fixture f;
  f.ana.type("abc");
  REQUIRE(f.ana.save(f.store));
  f.bea.type("d");
  const auto all = f.bea.doc().export_changes(replica_number(2), 0);
  SECTION("another device's replica") {
    f.ana.type("x");
    const auto next = f.ana.doc().export_changes(replica_number(1), 3);
    CHECK(!seal(document, next, f.store.lookup(document), f.bea.key(), {}, 0));
  }
  SECTION("a gap") {
    auto late = all;
    late.front().first.counter = 5;
    CHECK(!seal(document, late, f.store.lookup(document), f.bea.key(), {}, 0));
  }
  SECTION("an unknown parent") {
    auto orphan = all;
    orphan.front().parents = {{replica_number(1), 1}};
    CHECK(!seal(document, orphan, f.store.lookup(document), f.bea.key(), {}, 0));
  }
  SECTION("a lamport of its own") {
    auto proud = all;
    proud.front().lamport = 9;
    CHECK(!seal(document, proud, f.store.lookup(document), f.bea.key(), {}, 0));
  }
}
