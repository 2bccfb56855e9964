// SPDX-License-Identifier: MIT
#include "history/replica_table.hpp"

#include <catch2/catch.hpp>

#include <cstring>
#include <map>
#include <random>

using namespace weft::crdt;

TEST_CASE("replica table: numbers ids as they come, and finds them") {
  std::mt19937_64 random(5);
  replica_table table;
  std::map<replica_id, replica_index> plain;
  CHECK(table.find({}) == no_index);
  for (int i = 0; i < 2'000; ++i) {
    const replica_id id = replica_id::from_number(random() % 1'500);
    const auto [at, fresh] = plain.try_emplace(id, static_cast<replica_index>(plain.size()));
    CHECK(table.find(id) == (fresh ? no_index : at->second));
    CHECK(table.intern(id) == at->second);
    CHECK(table[at->second] == id);
  }
  CHECK(table.size() == plain.size());
  table.check_invariants();
}

TEST_CASE("replica table: what came last leaves again") {
  replica_table table;
  for (std::uint64_t kept = 0; kept < 40; ++kept) {
    for (std::uint64_t n = kept; n < 3 * kept + 7; ++n) {
      CHECK(table.intern(replica_id::from_number(n)) == n);
    }
    const std::uint32_t stay = static_cast<std::uint32_t>(kept) + 1;
    table.cut(stay);
    table.check_invariants();
    CHECK(table.find(replica_id::from_number(stay - 1)) == stay - 1);
    CHECK(table.find(replica_id::from_number(stay)) == no_index);
  }
}

// Ids that std::hash takes to one number, as a peer could choose them, and ids that count up. A
// hash that does not keep them apart makes a chain of thousands.
TEST_CASE("replica table: neither ids made to collide nor ids in a row form a chain") {
  constexpr std::uint64_t count = 50'000;
  const auto made = [](std::uint64_t low) {
    replica_id id;
    const std::uint64_t high = low * 0x9e37'79b9'7f4a'7c15U;
    std::memcpy(id.bytes.data(), &high, sizeof high);
    std::memcpy(id.bytes.data() + sizeof high, &low, sizeof low);
    return id;
  };
  REQUIRE(std::hash<replica_id>{}(made(1)) == std::hash<replica_id>{}(made(2)));
  replica_table colliding;
  replica_table in_a_row;
  for (std::uint64_t n = 0; n < count; ++n) {
    colliding.intern(made(n));
    in_a_row.intern(replica_id::from_number(n));
  }
  CHECK(colliding.longest_search() < 200);
  CHECK(in_a_row.longest_search() < 200);
}
