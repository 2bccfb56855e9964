// SPDX-License-Identifier: MIT
// Documents of distinct threads share nothing but bytes.
#include "unit/crdt/threads/in_threads.hpp"
#include "weft/crdt/document/document.hpp"
#include "weft/crdt/document/undo.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <string>

using namespace weft::crdt;
using weft::test::in_threads;

namespace {

constexpr std::size_t threads = 4;

// What one writer does on top of `history`; gives what it would send and what it would save.
struct written {
  bytes update;
  bytes snapshot;
  std::string undone;
};

written write(std::uint64_t number, const bytes& history) {
  document d(replica_id::from_number(number));
  written out;
  if (!d.import(history)) {
    return out;
  }
  const version_vector before = d.version();
  undo_manager undo(d);
  text page = d.get_text("page");
  for (std::uint32_t i = 0; i < 300; ++i) {
    page.insert({i * 7U % (page.length() + 1)}, "thread " + std::to_string(number));
    if (i % 3 == 0) {
      page.erase({i % page.length()}, 1);
    }
    d.get_map("settings").set("key " + std::to_string(i % 5), std::to_string(number));
    d.get_counter("visits").add(1);
  }
  out.update = d.export_updates(before);
  out.snapshot = d.export_snapshot();
  undo.undo();
  out.undone = page.to_string();
  return out;
}

}  // namespace

TEST_CASE("threads: documents of several threads merge to the same as those of one") {
  document first(replica_id::from_number(1));
  first.get_text("page").insert({0}, "what all of them begin with");
  for (std::uint32_t i = 0; i < 2'000; ++i) {
    first.get_text("page").insert({i}, i % 2 == 0 ? "a" : "é");
  }
  const bytes history = first.export_updates();

  std::array<written, threads> apart;
  in_threads(threads, [&](std::size_t i) { apart[i] = write(10 + i, history); });
  document merged(replica_id::from_number(2));
  document expected(replica_id::from_number(3));
  REQUIRE(merged.import(history));
  REQUIRE(expected.import(history));
  for (std::size_t i = 0; i < threads; ++i) {
    const written alone = write(10 + i, history);
    CHECK(apart[i].undone == alone.undone);
    REQUIRE(merged.import(apart[i].update));
    REQUIRE(expected.import(alone.update));
  }
  CHECK(merged.export_canonical() == expected.export_canonical());
  CHECK(merged.get_counter("visits").value() == 300 * static_cast<std::int64_t>(threads));
}

TEST_CASE("threads: one update, and one saved document, are read by several threads at once") {
  const written once = [] {
    document empty(replica_id::from_number(1));
    empty.get_text("page").insert({0}, "begin");
    return write(7, empty.export_updates());
  }();
  std::array<std::string, threads> read;
  in_threads(threads, [&](std::size_t i) {
    result<document> opened = document::open(replica_id::from_number(20 + i), once.snapshot);
    document d(replica_id::from_number(30 + i));
    // The update lacks what it was made on.
    if (opened && d.import(once.update)) {
      read[i] = opened->get_text("page").to_string();
    }
  });
  for (const std::string& text : read) {
    CHECK(!text.empty());
    CHECK(text == read[0]);
  }
}
