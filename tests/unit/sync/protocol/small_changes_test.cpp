// SPDX-License-Identifier: MIT
// The small form of changes says everything: what comes out is what went in, bit by bit.
#include "protocol/small_changes.hpp"

#include "core_bench.hpp"

#include <algorithm>
#include <random>

namespace crdt = weft::crdt;
using namespace weft::sync;

namespace {

/// Two writers who hear of each other now and then, and everything they wrote in a causal order.
struct conversation {
  doc_id document{digest32{5}};
  foreign_writer one{document, 1, 100};
  foreign_writer two{document, 2, 200};
  std::vector<checked_change> all;

  explicit conversation(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<checked_change> unheard[2];
    for (int i = 0; i < 60; ++i) {
      const std::size_t who = random() % 2;
      foreign_writer& w = who == 0 ? one : two;
      if (random() % 2 == 0) {
        w.app.take(unheard[who]);
        unheard[who].clear();
      }
      for (const checked_change& c : w.write(i % 9 == 0 ? "some words" : "x")) {
        all.push_back(c);
        unheard[1 - who].push_back(c);
      }
    }
  }
};

void commit(memory_store& to, const doc_id& document, std::span<const checked_change> changes) {
  store_txn txn;
  txn.changes.push_back({document, {changes.begin(), changes.end()}});
  REQUIRE(to.commit(txn));
}

}  // namespace

TEST_CASE("small changes: headers, bodies and signatures come back") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const conversation talk(seed);
    memory_store store(store_instance{});
    store_txn found;
    found.documents.push_back({talk.document, {}});
    REQUIRE(store.commit(found));
    const std::size_t before = seed * 2;
    const std::span<const checked_change> known(talk.all.data(), before);
    commit(store, talk.document, known);
    std::vector<sealed_change> batch;
    for (std::size_t i = before; i < talk.all.size() && batch.size() < 12; ++i) {
      batch.push_back(talk.all[i].sealed);
    }
    const auto small = as_small(1, batch);
    REQUIRE(small);
    const auto back = open_small(talk.document, small->changes, store.lookup(talk.document));
    REQUIRE(back);
    CHECK(*back == batch);

    // Fewer signatures are enough.
    drop_covered_signatures(batch);
    CHECK(std::count_if(batch.begin(), batch.end(),
                        [](const sealed_change& c) { return !c.signature.empty(); }) <= 2);
    CHECK(check_batch(talk.document, batch, store.lookup(talk.document)));
  }
}

TEST_CASE("small changes: what they name must be known") {
  const conversation talk(3);
  memory_store store(store_instance{});
  for (std::size_t i = 1; i < talk.all.size(); ++i) {
    const std::vector<sealed_change> one{talk.all[i].sealed};
    const auto small = as_small(1, one);
    REQUIRE(small);
    const auto back = open_small(talk.document, small->changes, store.lookup(talk.document));
    const change_header& h = one[0].header;
    CHECK(back.has_value() == (h.seq == 0 && h.deps.empty()));
    if (!back) CHECK(back.error().code == crdt::errc::missing_parent);
  }
}

TEST_CASE("small changes: large batches and large changes stay blocks") {
  const conversation talk(4);
  std::vector<sealed_change> batch;
  for (int i = 0; i < 40; ++i) {
    for (const checked_change& c : talk.all) batch.push_back(c.sealed);
  }
  CHECK_FALSE(as_small(1, batch));
  CHECK_FALSE(as_small(1, {}));
  std::vector<sealed_change> one{talk.all[0].sealed};
  one[0].body = bytes(5'000, 1);
  CHECK_FALSE(as_small(1, one));
  one[0] = talk.all[0].sealed;
  one[0].header.key_epoch = 1;  // such bodies are not for everybody to read
  CHECK_FALSE(as_small(1, one));
}

TEST_CASE("small changes: a batch that ends unsigned keeps the signatures it has") {
  const conversation talk(5);
  std::vector<sealed_change> batch;
  for (const checked_change& c : talk.all) {
    if (c.meta.replica == crdt::replica_id::from_number(100)) batch.push_back(c.sealed);
  }
  batch.resize(3);
  batch[2].signature.clear();
  drop_covered_signatures(batch);
  CHECK(batch[0].signature.empty());
  CHECK(batch[1].signature.size() == 64);
}
