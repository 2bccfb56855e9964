// SPDX-License-Identifier: MIT
// Imports in steps: nothing shows before the end, nothing is lost by what happens in between.
#include "weft/crdt/document/import_task.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace weft::crdt {
namespace {

document make(std::uint64_t n) {
  return document(replica_id::from_number(n));
}

// Two that write in turns without hearing of each other, then do: concurrent runs to merge.
bytes long_history() {
  document a = make(1);
  document b = make(2);
  for (std::uint32_t i = 0; i < 400; ++i) {
    a.get_text("t").insert({i % 7 == 0 ? 0 : a.get_text("t").length()}, "abc");
    b.get_text("t").insert({i % 5 == 0 ? 0 : b.get_text("t").length()}, "xyz");
    b.get_map("m").set("k", std::int64_t{i});
    if (i % 100 == 99) {
      REQUIRE(a.import(b.export_updates(a.version())));
    }
  }
  REQUIRE(a.import(b.export_updates(a.version())));
  return a.export_updates();
}

document imported_whole(const bytes& update) {
  document d = make(9);
  REQUIRE(d.import(update));
  return d;
}

}  // namespace

TEST_CASE("import in steps: gives what an import gives, and shows nothing before") {
  const bytes update = long_history();
  document whole = imported_whole(update);
  for (const std::uint64_t work : {1U, 3U, 50U, 100'000U}) {
    document d = make(9);
    unsigned events = 0;
    d.subscribe([&](const event&) { ++events; });
    import_task task(d, update);
    REQUIRE(task.progress() == import_progress{});
    std::uint64_t before = 0;
    unsigned steps = 1;
    for (; !task.step(work).value(); ++steps) {
      REQUIRE(d.get_text("t").to_string().empty());
      REQUIRE(task.progress().done >= before);
      REQUIRE(task.progress().done <= task.progress().total);
      before = task.progress().done;
    }
    REQUIRE((work > 1'000 ? steps == 1 : steps > 20));
    REQUIRE(events == 1);
    REQUIRE(task.report().applied == whole.op_count());
    REQUIRE(task.step(1).value());
    REQUIRE(d.get_text("t").to_string() == whole.get_text("t").to_string());
    REQUIRE(d.export_canonical() == whole.export_canonical());
    d.check_invariants();
  }
}

TEST_CASE("import in steps: edits in between are kept and the import still ends") {
  const bytes update = long_history();
  document d = make(9);
  d.get_text("t").insert({0}, "first ");
  import_task task(d, update);
  unsigned steps = 0;
  while (!task.step(20).value()) {
    ++steps;
    d.get_text("t").insert({d.get_text("t").length()}, "!");
    REQUIRE(d.get_text("t").to_string() == "first " + std::string(steps, '!'));
  }
  REQUIRE(steps == import_task::most_restarts);
  document other = make(9);
  other.get_text("t").insert({0}, "first ");
  for (unsigned i = 0; i < steps; ++i) {
    other.get_text("t").insert({other.get_text("t").length()}, "!");
  }
  REQUIRE(other.import(update));
  REQUIRE(d.export_canonical() == other.export_canonical());
  REQUIRE(d.get_text("t").to_string() == other.get_text("t").to_string());
}

TEST_CASE("import in steps: whatever asks for the version sees none of what is staged") {
  const bytes update = long_history();
  document d = make(9);
  d.get_text("t").insert({0}, "mine");
  const bytes own = d.export_updates();
  import_task task(d, update);
  REQUIRE_FALSE(task.step(700).value());
  REQUIRE(d.op_count() == 4);
  REQUIRE_FALSE(task.step(700).value());
  REQUIRE(d.export_updates() == own);
  REQUIRE_FALSE(task.step(700).value());
  // A container made in between outlives what is given up.
  text fresh = d.get_text("another");
  REQUIRE(d.frontier().size() == 1);
  fresh.insert({0}, "there");
  while (!task.step(50).value()) {
  }
  REQUIRE(fresh.to_string() == "there");
  REQUIRE(d.get_text("t").length() > 4);
  d.check_invariants();
}

TEST_CASE("import in steps: one that is dropped leaves no trace") {
  document d = make(9);
  d.get_text("t").insert({0}, "mine");
  {
    import_task task(d, long_history());
    REQUIRE_FALSE(task.step(500).value());
  }
  REQUIRE(d.get_text("t").to_string() == "mine");
  REQUIRE(d.op_count() == 4);
  d.check_invariants();
  REQUIRE(d.import(long_history()));
}

TEST_CASE("import in steps: two at once both end") {
  const bytes update = long_history();
  document c = make(3);
  c.get_text("t").insert({0}, "a third one");
  document d = make(9);
  import_task one(d, update);
  import_task two(d, c.export_updates());
  bool first = false;
  bool second = false;
  for (unsigned i = 0; i < 10'000 && !(first && second); ++i) {
    first = one.step(1).value();
    second = two.step(1).value();
  }
  REQUIRE((first && second));
  document other = imported_whole(update);
  REQUIRE(other.import(c.export_updates()));
  REQUIRE(d.export_canonical() == other.export_canonical());
}

TEST_CASE("import in steps: bad bytes end it, and the document is as it was") {
  bytes update = long_history();
  update[update.size() / 2] ^= 1U;
  document d = make(9);
  d.get_text("t").insert({0}, "mine");
  import_task task(d, update);
  REQUIRE(task.step(10).error().code == errc::checksum_mismatch);
  REQUIRE(task.step(10).error().code == errc::checksum_mismatch);
  REQUIRE(d.get_text("t").to_string() == "mine");

  // An error that shows late: a position outside of its author's text.
  document a = make(1);
  a.get_text("t").insert({0}, std::string(50, 'a'));
  std::vector<change> changes = a.export_changes(a.replica(), 0);
  document shorter = make(1);
  shorter.get_text("t").insert({0}, "b");
  REQUIRE(d.import(shorter.export_updates()));
  import_task clash(d, a.export_updates());
  result<bool> done = clash.step(1);
  while (done && !*done) {
    done = clash.step(1);
  }
  REQUIRE(done.error().code == errc::equivocation);
  REQUIRE(d.op_count() == 5);
  d.check_invariants();
}

TEST_CASE("import in steps: takes snapshots and single keystrokes as well") {
  const bytes update = long_history();
  document source = imported_whole(update);
  document d = make(8);
  import_task task(d, source.export_snapshot());
  while (!task.step(100).value()) {
  }
  REQUIRE(d.export_canonical() == source.export_canonical());
  const version_vector before = source.version();
  source.get_text("t").insert({5}, "k");
  import_task key(d, source.export_updates(before));
  REQUIRE(key.step(1).value());
  REQUIRE(key.report().applied == 1);
  REQUIRE(d.get_text("t").to_string() == source.get_text("t").to_string());
}

}  // namespace weft::crdt
