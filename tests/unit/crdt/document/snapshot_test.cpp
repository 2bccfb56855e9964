// SPDX-License-Identifier: MIT
#include "codec/snapshot_codec.hpp"
#include "weft/crdt/document/document.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace weft::crdt {
namespace {

document make(std::uint64_t number) {
  return document(replica_id::from_number(number));
}

document sample() {
  document d = make(1);
  d.get_text("t").insert({0}, "visible text");
  d.get_map("m").set("k", std::int64_t{1});
  d.get_map("m").ensure_map("sub").ensure_counter("n").add(3);
  document other = make(2);
  other.get_text("t").insert({0}, "> ");
  REQUIRE(d.import(other.export_updates()));
  return d;
}

}  // namespace

TEST_CASE("snapshot: what was visible is visible at once, and history follows on need") {
  document d = sample();
  auto opened = document::open(replica_id::from_number(9), d.export_snapshot());
  REQUIRE(opened);
  CHECK(opened->get_text("t").to_string() == d.get_text("t").to_string());
  CHECK(opened->version() == d.version());
  CHECK(opened->frontier() == d.frontier());
  CHECK(opened->op_count() == d.op_count());
  CHECK(opened->get_map("m").ensure_map("sub").ensure_counter("n").value() == 3);
  text t = opened->get_text("t");
  REQUIRE(opened->load_history());
  CHECK(opened->export_canonical() == d.export_canonical());
  t.insert({0}, "first ");
  REQUIRE(d.import(opened->export_updates(d.version())));
  CHECK(d.get_text("t").to_string() == t.to_string());
  opened->check_invariants();
}

TEST_CASE("snapshot: its history can stay where it is until it is needed") {
  document d = sample();
  const bytes saved = d.export_snapshot();
  unsigned asked = 0;
  bool reachable = false;
  auto opened = document::open(replica_id::from_number(9), saved, [&]() -> result<bytes> {
    ++asked;
    if (!reachable) {
      return unexpected(errc::missing_parent, 0, "the disk is away");
    }
    return saved;
  });
  REQUIRE(opened);
  CHECK(opened->get_text("t").to_string() == d.get_text("t").to_string());
  CHECK(opened->version() == d.version());
  CHECK(asked == 0);
  CHECK(opened->load_history().error().code == errc::missing_parent);
  CHECK(opened->get_text("t").to_string() == d.get_text("t").to_string());
  reachable = true;
  REQUIRE(opened->load_history());
  CHECK(asked == 2);
  opened->get_text("t").insert({0}, "first ");
  REQUIRE(d.import(opened->export_updates(d.version())));
  CHECK(d.export_canonical() == opened->export_canonical());
  CHECK(asked == 2);

  // Another snapshot than the one that was opened is noticed.
  document stranger = make(3);
  stranger.get_text("t").insert({0}, "something else");
  auto mixed = document::open(replica_id::from_number(9), saved,
                              [&] { return result<bytes>(stranger.export_snapshot()); });
  REQUIRE(mixed);
  CHECK(mixed->load_history().error().code == errc::malformed);
  CHECK(mixed->get_text("t").to_string() != "something else");
}

TEST_CASE("snapshot: an edit before anything else loads the history") {
  document d = sample();
  auto opened = document::open(replica_id::from_number(9), d.export_snapshot(0));
  REQUIRE(opened);
  text t = opened->get_text("t");
  t.insert({t.length()}, "!");
  REQUIRE(d.import(opened->export_updates(d.version())));
  CHECK(d.export_canonical() == opened->export_canonical());
}

TEST_CASE("snapshot: can be imported like an update, and holds empty documents") {
  document d = make(5);
  REQUIRE(d.import(sample().export_snapshot()));
  CHECK(d.export_canonical() == sample().export_canonical());
  auto empty = document::open(replica_id::from_number(9), make(1).export_snapshot());
  REQUIRE(empty);
  CHECK(empty->op_count() == 0);
  REQUIRE(empty->load_history());
}

TEST_CASE("snapshot: a history that does not give the state shown is told, and harms nothing") {
  document d = sample();
  const bytes snapshot = d.export_snapshot();  // what is decoded views it
  const auto honest = decode_snapshot(snapshot, limits{});
  REQUIRE(honest);
  const auto lying = [&](auto change_it) {
    const bytes source = d.export_snapshot();
    auto parts = decode_snapshot(source, limits{});
    REQUIRE(parts);
    change_it(parts->state);
    auto opened = document::open(replica_id::from_number(9),
                                 encode_snapshot(parts->state, parts->history, 3));
    REQUIRE(opened);
    const std::string shown = opened->get_text("t").to_string();
    opened->get_text("t").insert({0}, "ignored");
    CHECK(opened->get_text("t").to_string() == shown);
    CHECK(opened->load_history().error().code == errc::malformed);
    CHECK(opened->import(d.export_updates()).error().code == errc::malformed);
    CHECK(opened->export_updates().empty());
    CHECK_FALSE(opened->get_text("t").resolve({op_id{replica_id::from_number(1), 0}, side::after}));
  };
  lying([](snapshot_state& s) { s.containers.front().text = "something else"; });
  lying([](snapshot_state& s) { s.op_count += 1; });
  lying([](snapshot_state& s) { s.version.include(replica_id::from_number(8), 1); });
  lying([](snapshot_state& s) { s.tip.clear(); });
  lying([](snapshot_state& s) {
    shown_container extra;
    extra.name = {container_type::counter, no_parent, "extra"};
    extra.sum = 1;
    s.containers.push_back(extra);
  });
}

}  // namespace weft::crdt
