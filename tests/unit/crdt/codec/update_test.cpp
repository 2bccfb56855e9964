// SPDX-License-Identifier: MIT
#include "codec/op_batch.hpp"
#include "codec/update_codec.hpp"
#include "weft/crdt/document/document.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace weft::crdt {
namespace {

// On two containers, so that it is no keystroke.
bytes small_after(std::string_view before) {
  document d(replica_id::from_number(1));
  d.get_text("body").insert({0}, before);
  const version_vector seen = d.version();
  d.get_text("body").insert({1}, "x");
  d.get_counter("n").add(1);
  return d.export_updates(seen);
}

// Many maps below one another's keys, all with keys of their own.
bytes many_names(int count) {
  document d(replica_id::from_number(2));
  for (int i = 0; i < count; ++i) {
    map m = d.get_map("map " + std::to_string(i));
    m.set("key " + std::to_string(i), std::int64_t{i});
    m.ensure_counter("n").add(1);
  }
  return d.export_updates({}, 0);
}

}  // namespace

TEST_CASE("update: a batch that is filled again holds the new update and nothing else") {
  const limits bounds;
  op_batch batch;
  for (const bytes& update : {many_names(20), small_after("abc"), small_after("\u00e4\u00e4"),
                              many_names(2), small_after("z")}) {
    REQUIRE(decode_update(update, bounds, batch));
    CHECK(encode_update(batch, 0, update_form::best) == update);
    const auto fresh = decode_update(update, bounds);
    REQUIRE(fresh);
    CHECK(encode_update(*fresh, 0, update_form::best) == update);
  }
}

TEST_CASE("update: a refused one leaves nothing behind in the batch of the next") {
  const limits bounds;
  op_batch batch;
  bytes broken = many_names(20);
  broken.resize(broken.size() / 2);
  CHECK_FALSE(decode_update(broken, bounds, batch));
  const bytes good = small_after("abc");
  REQUIRE(decode_update(good, bounds, batch));
  CHECK(encode_update(batch, 0, update_form::best) == good);
}

TEST_CASE("update: a name that is defined twice is refused, among few names and among many") {
  for (const int count : {2, 20}) {
    document d(replica_id::from_number(3));
    for (int i = 0; i < count; ++i) {
      d.get_map("map").set("key " + std::to_string(100 + i), true);
    }
    for (int i = 0; i < count; ++i) {
      d.get_counter("sum " + std::to_string(100 + i)).add(1);
    }
    const bytes update = d.export_canonical();
    const limits bounds;
    op_batch batch;
    REQUIRE(decode_update(update, bounds, batch));
    batch.keys.back() = batch.keys.front();
    CHECK_FALSE(decode_update(encode_update(batch, 0, update_form::canonical), bounds));
    REQUIRE(decode_update(update, bounds, batch));
    batch.containers.back().key = batch.containers[1].key;
    CHECK_FALSE(decode_update(encode_update(batch, 0, update_form::canonical), bounds));
  }
}

TEST_CASE("update: an import that was large leaves the next small one as it was") {
  document a(replica_id::from_number(1));
  document b(replica_id::from_number(2));
  a.get_text("body").insert({0}, std::string(200'000, 'x'));
  REQUIRE(b.import(a.export_updates()));
  for (std::uint32_t i = 0; i < 100; ++i) {
    const version_vector seen = a.version();
    a.get_text("body").insert({i * 7}, i % 2 == 0 ? "y" : "\u00fc");
    REQUIRE(b.import(a.export_updates(seen)));
  }
  CHECK(b.get_text("body").to_string() == a.get_text("body").to_string());
}

TEST_CASE("update: parents listed in pairs are those of the operations, near by and far away") {
  // Two who write at the same time and learn of each other late, so that pairs take one byte an
  // integer, and more.
  for (const std::uint32_t length : {1U, 5U, 90U, 20'000U}) {
    document a(replica_id::from_number(1));
    document b(replica_id::from_number(2));
    for (int round = 0; round < 6; ++round) {
      const version_vector before = a.version();
      a.get_text("body").insert({0}, std::string(length, 'a'));
      b.get_text("body").insert({0}, std::string(length, 'b'));
      a.get_counter("n").add(1);
      const bytes from_a = a.export_updates(b.version());
      b.get_text("body").insert({0}, std::string(length, 'c'));
      REQUIRE(a.import(b.export_updates(before)).has_value());
      REQUIRE(b.import(from_a).has_value());
    }
    document c(replica_id::from_number(3));
    REQUIRE(c.import(a.export_updates()).has_value());
    CHECK(c.export_canonical() == a.export_canonical());
    limits strict;
    strict.max_parents = 1;
    document d(replica_id::from_number(4));
    const auto refused = d.import(a.export_updates(), strict);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == errc::limit_exceeded);
  }
}

}  // namespace weft::crdt
