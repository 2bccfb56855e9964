// SPDX-License-Identifier: MIT
// The frames of every keystroke: what a direction of a session remembers, and bytes of enemies.
#include "weft/sync/wire.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace weft::sync;
using weft::crdt::byte_writer;
using weft::crdt::errc;

namespace {

replica_id replica(std::uint64_t n) {
  return replica_id::from_number(n);
}

/// One key typed by `who`, as a canonical body has it.
msg::small_changes key(std::uint64_t who, std::uint64_t seq, std::uint8_t at) {
  msg::small_change c;
  c.self = {replica(who), seq};
  c.wall_ms = 1'700'000'000'000 + static_cast<std::int64_t>(seq % 1'000'000) * 1'000;
  c.body = {1, 0, 0, 1, 4, 't', 'e', 'x', 't', 4, at, 3, 'x'};
  c.signature = bytes(64, static_cast<std::uint8_t>(seq));
  return {7, {c}};
}

/// Both ends of one direction.
struct direction {
  frame_writer writer;
  frame_splitter reader;
  std::size_t last_size = 0;

  message pass(const message& m) {
    const bytes frame = writer.write(m);
    last_size = frame.size();
    reader.feed(frame);
    auto back = reader.next();
    REQUIRE(back);
    REQUIRE(back->has_value());
    return **back;
  }
};

errc refusal(frame_kind kind, const bytes& body, wire_memory memory = {}) {
  const auto back = decode_frame(kind, body, memory);
  REQUIRE_FALSE(back);
  CHECK(back.error().offset <= body.size());
  return back.error().code;
}

/// A frame body that names one replica in full.
byte_writer naming(std::uint64_t who) {
  byte_writer out;
  out.varint(7);
  out.varint(0);
  out.raw(byte_view(replica(who).bytes));
  return out;
}

}  // namespace

TEST_CASE("keystrokes: what was said once is not said again") {
  direction there;
  msg::small_changes m = key(1, 500, 9);
  CHECK(there.pass(m) == message(m));
  const std::size_t first = there.last_size;
  m = key(1, 501, 10);
  CHECK(there.pass(m) == message(m));
  CHECK(first > 64 + 16);
  CHECK(there.last_size <= 64 + 16);
  // One that depends on another replica names it once, too.
  m = key(1, 502, 11);
  m.changes[0].deps = {{replica(2), 90'000}};
  CHECK(there.pass(m) == message(m));
  m = key(1, 503, 12);
  m.changes[0].deps = {{replica(2), 90'001}};
  CHECK(there.pass(m) == message(m));
  CHECK(there.last_size <= 64 + 20);
}

TEST_CASE("keystrokes: an acknowledgement of a known replica takes six bytes at most") {
  direction there;
  msg::ack m{3, {{replica(1), 100'000}}};
  CHECK(there.pass(m) == message(m));
  m.seqs.begin()->second += 1;
  CHECK(there.pass(m) == message(m));
  CHECK(there.last_size <= 6);
  m.seqs = {{replica(1), 5}, {replica(2), ~std::uint64_t{0}}};  // also backwards, also the largest
  CHECK(there.pass(m) == message(m));
  CHECK(there.pass(m) == message(m));
}

TEST_CASE("keystrokes: presence counts on from what was told") {
  direction there;
  for (const std::uint32_t clock : {4'000'000'000U, 4'000'000'001U, 5U}) {
    const msg::presence m{3, replica(1), clock, 15'000, bytes(40, 1)};
    CHECK(there.pass(m) == message(m));
  }
  CHECK(there.last_size <= 40 + 11);
  const msg::presence left{3, replica(1), 6, 15'000, {}};
  CHECK(there.pass(left) == message(left));
}

TEST_CASE("keystrokes: replicas of several documents and times of all kinds come back") {
  direction there;
  std::mt19937_64 random(5);
  for (int round = 0; round < 3'000; ++round) {
    msg::small_changes m = key(random() % 5, random() % 3 == 0 ? random() : random() % 100, 1);
    m.doc_ref = static_cast<std::uint32_t>(random() % 3);
    msg::small_change& c = m.changes[0];
    if (c.self.seq == 0) c.author = digest32{1};
    if (random() % 4 == 0) c.wall_ms = static_cast<std::int64_t>(random());
    if (random() % 4 == 0) c.deps = {{replica(10 + random() % 3), random()}};
    if (random() % 4 == 0) c.body = bytes(random() % 200, static_cast<std::uint8_t>(random() % 3));
    if (random() % 4 == 0) c.signature.clear();
    if (random() % 4 == 0) m.changes.push_back(key(3, 1 + random() % 9, 2).changes[0]);
    REQUIRE(there.pass(m) == message(m));
  }
}

TEST_CASE("keystrokes: when all numbers are used both ends begin anew") {
  direction there;
  for (std::uint64_t n = 0; n < 2 * wire_memory::max_replicas + 100; ++n) {
    const msg::ack m{static_cast<std::uint32_t>(n % 3), {{replica(n), n + 1}, {replica(0), 1}}};
    REQUIRE(there.pass(m) == message(m));
  }
}

TEST_CASE("keystrokes: nothing that an enemy says is taken on trust") {
  const auto small = [](const byte_writer& body) {
    return refusal(frame_kind::small_changes, bytes(body.view().begin(), body.view().end()));
  };
  const auto ack = [](const byte_writer& body) {
    return refusal(frame_kind::ack, bytes(body.view().begin(), body.view().end()));
  };
  SECTION("a number that was never given") {
    byte_writer body;
    body.varint(7);
    body.varint(1);
    body.zigzag(1);
    CHECK(ack(body) == errc::bad_value);
  }
  SECTION("a number that was given for another document") {
    wire_memory memory;
    memory.add(7, replica(1));
    byte_writer body;
    body.varint(8);
    body.varint(1);
    body.zigzag(1);
    CHECK(refusal(frame_kind::ack, body.take(), memory) == errc::bad_value);
  }
  SECTION("an acknowledgement of nothing, or twice of the same") {
    byte_writer nothing = naming(1);
    nothing.zigzag(0);
    CHECK(ack(nothing) == errc::bad_value);
    byte_writer twice = naming(1);
    twice.zigzag(5);
    twice.varint(1);
    twice.zigzag(1);
    CHECK(ack(twice) == errc::bad_value);
  }
  SECTION("a document number above 32 bits") {
    byte_writer body;
    body.varint(std::uint64_t{1} << 32U);
    CHECK(ack(body) == errc::limit_exceeded);
  }
  SECTION("no change at all") {
    byte_writer body;
    body.varint(7);
    CHECK(small(body) == errc::truncated);
  }
  const auto change = [](std::uint8_t flags) {
    byte_writer out;
    out.varint(7);
    out.u8(flags);
    out.varint(0);
    out.raw(byte_view(replica(1).bytes));
    out.zigzag(5);
    return out;
  };
  SECTION("flags of the future") {
    CHECK(small(change(16)) == errc::unsupported);
  }
  SECTION("a beginning of a body that was never sent") {
    byte_writer body = change(0);
    body.zigzag(0);
    body.varint(1);
    body.varint(0);
    CHECK(small(body) == errc::limit_exceeded);
  }
  SECTION("a body that is longer than the frame") {
    byte_writer body = change(0);
    body.zigzag(0);
    body.varint(0);
    body.varint(60'000);
    CHECK(small(body) == errc::truncated);
  }
  SECTION("dependencies: none, on itself, not in order, more than there are bytes for") {
    byte_writer none = change(1);
    none.varint(0);
    CHECK(small(none) == errc::not_canonical);
    byte_writer itself = change(1);
    itself.varint(1);
    itself.varint(1);
    itself.zigzag(1);
    CHECK(small(itself) == errc::not_canonical);
    byte_writer twice = change(1);
    twice.varint(2);
    twice.varint(0);
    twice.raw(byte_view(replica(2).bytes));
    twice.zigzag(-9);
    twice.varint(2);
    twice.zigzag(0);
    CHECK(small(twice) == errc::not_canonical);
    byte_writer many = change(1);
    many.varint(1U << 20U);
    CHECK(small(many) == errc::truncated);
  }
  SECTION("membership heads: none, not in order") {
    byte_writer none = change(4);
    none.zigzag(0);
    none.varint(0);
    CHECK(small(none) == errc::not_canonical);
    byte_writer twice = change(4);
    twice.zigzag(0);
    twice.varint(2);
    twice.raw(byte_view(digest16{1}));
    twice.raw(byte_view(digest16{1}));
    CHECK(small(twice) == errc::not_canonical);
  }
  SECTION("more changes than a frame may hold") {
    msg::small_changes m = key(1, 1, 1);
    m.changes.resize(max_small_changes + 1, m.changes[0]);
    wire_memory memory;
    frame_splitter reader;
    reader.feed(encode_frame(m));
    CHECK(reader.next().error().code == errc::limit_exceeded);
  }
}

TEST_CASE("keystrokes: random bytes end in an error or in a message that comes back") {
  std::mt19937_64 random(77);
  std::size_t good = 0;
  for (int round = 0; round < 60'000; ++round) {
    wire_memory memory;
    memory.add(1, replica(1));
    memory.add(1, replica(2));
    memory.remember_body(bytes(20, 5));
    bytes body{1};
    // Small numbers more often: they get further.
    for (std::size_t n = random() % 120; n > 0; --n) {
      body.push_back(static_cast<std::uint8_t>(random() % 3 == 0 ? random() : random() % 4));
    }
    const auto kind = static_cast<frame_kind>(1 + random() % 3);
    const auto back = decode_frame(kind, body, memory);
    if (!back) {
      CHECK(back.error().offset <= body.size());
      continue;
    }
    ++good;
    direction there;
    REQUIRE(there.pass(*back) == *back);
  }
  CHECK(good > 1'000);
}
