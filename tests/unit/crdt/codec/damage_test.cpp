// SPDX-License-Identifier: MIT
// Damaged updates and snapshots: an error that changes nothing, or a document that works.
#include "codec/columns.hpp"
#include "codec/crc32c.hpp"
#include "support/seeds.hpp"
#include "weft/crdt/document/document.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>

namespace weft::crdt {
namespace {

document author() {
  document d(replica_id::from_number(1));
  text t = d.get_text("t");
  t.insert({0}, "h\u00e4llo w\u00f6rld");
  t.erase({9}, 1);
  t.erase({8}, 1);
  t.erase({0}, 2);
  map m = d.get_map("m");
  m.set("key", std::string("value"));
  m.ensure_counter("n").add(5);
  m.erase("key");
  return d;
}

document with_others() {
  document a = author();
  document b(replica_id::from_number(2));
  b.get_text("t").insert({0}, "other ");
  REQUIRE(a.import(b.export_updates()));
  a.get_text("t").insert({3}, "after");
  return a;
}

// Imports into a document that has something; an error must leave it as it was.
void try_import(byte_view update) {
  document d(replica_id::from_number(3));
  d.get_text("t").insert({0}, "mine");
  const bytes before = d.export_canonical();
  if (d.import(update)) {
    d.get_text("t").insert({0}, "x");
    d.check_invariants();
    document copy(replica_id::from_number(4));
    REQUIRE(copy.import(d.export_updates()));
    REQUIRE(copy.export_canonical() == d.export_canonical());
  } else {
    REQUIRE(d.export_canonical() == before);
    d.check_invariants();
  }
}

// The checksum again, so that damage reaches what lies behind it.
void repair(bytes& update) {
  if (update.size() < 7 || update[1] != 'U') {
    return;
  }
  const std::uint32_t sum = crc32c(byte_view{update}.first(update.size() - 4));
  for (unsigned i = 0; i < 4; ++i) {
    update[update.size() - 4 + i] = static_cast<std::uint8_t>(sum >> (8 * i));
  }
}

template <class F>
void each_damage(const bytes& good, F&& f) {
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const unsigned flip : {1U, 2U, 8U, 0x40U, 0x80U, 0xffU}) {
      bytes damaged = good;
      damaged[i] = static_cast<std::uint8_t>(damaged[i] ^ flip);
      f(std::move(damaged));
    }
  }
}

}  // namespace

TEST_CASE("damage: every cut of an update is an error that changes nothing") {
  for (const bytes& update :
       {author().export_updates(), with_others().export_canonical(), author().export_snapshot()}) {
    for (std::size_t size = 0; size < update.size(); ++size) {
      document d(replica_id::from_number(3));
      const auto report = d.import(byte_view{update}.first(size));
      REQUIRE_FALSE(report);
      CHECK(report.error().offset <= update.size());
      CHECK(d.op_count() == 0);
    }
  }
}

TEST_CASE("damage: every changed byte of an update is refused or harmless") {
  each_damage(author().export_updates(), [](const bytes& b) { try_import(b); });
  each_damage(with_others().export_updates(), [](const bytes& b) { try_import(b); });
}

TEST_CASE("damage: a checksum finds any changed byte, and what passes it is still checked") {
  const bytes canonical = with_others().export_canonical();
  each_damage(canonical, [](bytes b) {
    document d(replica_id::from_number(3));
    REQUIRE_FALSE(d.import(b));
    repair(b);
    try_import(b);
  });
}

TEST_CASE("damage: several faults at once are refused or harmless, in both forms") {
  const bytes small = author().export_updates();
  const bytes columns = with_others().export_canonical();
  test::for_seeds(1500, [&](std::uint64_t seed) {
    test::rng random(seed);
    bytes b = random.chance(50) ? small : columns;
    for (std::size_t n = 0; n <= random.below(4); ++n) {
      const auto at = static_cast<std::ptrdiff_t>(3 + random.below(b.size() - 3));
      const auto byte = static_cast<std::uint8_t>(random.next());
      switch (random.below(4)) {
        case 0:
          b.insert(b.begin() + at, byte);
          break;
        case 1:
          b.erase(b.begin() + at);
          break;
        case 2:
          b[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(byte % 8);
          break;
        default:
          b[static_cast<std::size_t>(at)] = byte;
          break;
      }
    }
    repair(b);
    try_import(b);
  });
}

TEST_CASE("damage: a changed snapshot does not open, or shows its text and has no history") {
  document author = with_others();
  const std::string text = author.get_text("t").to_string();
  const bytes snapshot = author.export_snapshot();
  each_damage(snapshot, [&](const bytes& b) {
    auto opened = document::open(replica_id::from_number(3), b);
    if (opened) {
      CHECK(opened->get_text("t").to_string() == text);
      CHECK_FALSE(opened->load_history());
      CHECK(opened->get_text("t").to_string() == text);
    }
    document d(replica_id::from_number(3));
    CHECK_FALSE(d.import(b));
  });
}

TEST_CASE("damage: a snapshot that is given away opens like one that is copied") {
  document author = with_others();
  const bytes snapshot = author.export_snapshot();
  auto copied = document::open(replica_id::from_number(3), byte_view{snapshot});
  auto given = document::open(replica_id::from_number(3), bytes(snapshot));
  REQUIRE(copied);
  REQUIRE(given);
  CHECK(copied->get_text("t").to_string() == given->get_text("t").to_string());
  CHECK(copied->export_canonical() == given->export_canonical());
  bytes broken(snapshot.begin(), snapshot.begin() + 20);
  CHECK_FALSE(document::open(replica_id::from_number(3), std::move(broken)));
}

TEST_CASE("damage: other formats and versions are told apart") {
  document d(replica_id::from_number(3));
  bytes update = author().export_updates();
  update[2] = 0x21;
  CHECK(d.import(update).error().code == errc::unsupported);
  update[2] = 0x12;
  CHECK(d.import(update).error().code == errc::unsupported);
  update = author().export_updates();
  update[1] = 'Z';
  CHECK(d.import(update).error().code == errc::unsupported);
  CHECK(d.import(as_bytes("hello")).error().code == errc::malformed);
  CHECK_FALSE(document::open(replica_id::from_number(3), author().export_updates()));
  limits small;
  small.max_input_bytes = 10;
  CHECK(d.import(author().export_updates(), small).error().code == errc::limit_exceeded);
}

}  // namespace weft::crdt
