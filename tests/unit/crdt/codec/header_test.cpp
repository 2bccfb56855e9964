// SPDX-License-Identifier: MIT
#include "weft/crdt/document/change.hpp"

#include <catch2/catch.hpp>

namespace weft::crdt {
namespace {

change_header sample() {
  change_header h;
  h.document.fill(0xd0);
  h.replica = replica_id::from_number(5);
  h.seq = 300;
  h.prev.emplace().fill(0x11);
  h.deps = {{replica_id::from_number(3), 7, {}}, {replica_id::from_number(9), 200, {}}};
  h.deps[0].hash.fill(0x22);
  h.membership_heads = {digest16{1}, digest16{2}};
  h.first_counter = 1000;
  h.op_count = 3;
  h.lamport = 5000;
  h.wall_ms = 1'700'000'000'000;
  h.key_epoch = 1;
  h.salt = bytes(16, 0x33);
  h.body_digest.fill(0x44);
  return h;
}

}  // namespace

TEST_CASE("header: what is encoded decodes equal, to the byte") {
  change_header first;
  first.author.emplace().fill(9);
  first.op_count = 1;
  first.lamport = 1;
  first.wall_ms = -1;
  for (const change_header& h : {sample(), first}) {
    const bytes encoded = h.encode();
    const auto decoded = change_header::decode(encoded);
    REQUIRE(decoded);
    CHECK(*decoded == h);
    CHECK(decoded->encode() == encoded);
  }
}

TEST_CASE("header: no two byte strings mean the same header") {
  const bytes good = sample().encode();
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK_FALSE(change_header::decode(byte_view{good}.first(size)));
  }
  bytes longer = good;
  longer.push_back(0);
  CHECK_FALSE(change_header::decode(longer));
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      bytes damaged = good;
      damaged[i] = static_cast<std::uint8_t>(damaged[i] ^ (1U << static_cast<unsigned>(bit)));
      if (const auto decoded = change_header::decode(damaged)) {
        CHECK(decoded->encode() == damaged);
        CHECK_FALSE(*decoded == sample());
      }
    }
  }
}

TEST_CASE("header: order, limits and forms are checked") {
  const auto refused = [](change_header h) {
    // Written field by field: encode() itself would not.
    byte_writer out;
    out.u8(0xc1);
    out.raw(byte_view{h.document});
    out.raw(byte_view{h.replica.bytes});
    out.varint(h.seq);
    out.raw(byte_view{*h.prev});
    out.varint(h.deps.size());
    for (const change_ref& dep : h.deps) {
      out.raw(byte_view{dep.replica.bytes});
      out.varint(dep.seq);
      out.raw(byte_view{dep.hash});
    }
    out.varint(h.membership_heads.size());
    for (const digest16& head : h.membership_heads) {
      out.raw(byte_view{head});
    }
    out.varint(h.first_counter);
    out.varint(h.op_count);
    out.varint(h.lamport);
    out.zigzag(h.wall_ms);
    out.varint(h.key_epoch);
    out.sized(byte_view{h.salt});
    out.raw(byte_view{h.body_digest});
    return change_header::decode(out.view()).has_value()
               ? errc{}
               : change_header::decode(out.view()).error().code;
  };
  CHECK(refused(sample()) == errc{});
  change_header h = sample();
  std::swap(h.deps[0], h.deps[1]);
  CHECK(refused(h) == errc::not_canonical);
  h = sample();
  h.deps[1].replica = h.deps[0].replica;
  CHECK(refused(h) == errc::not_canonical);
  h = sample();
  h.deps[0].replica = h.replica;
  CHECK(refused(h) == errc::not_canonical);
  h = sample();
  h.membership_heads[1] = h.membership_heads[0];
  CHECK(refused(h) == errc::not_canonical);
  h = sample();
  h.salt.pop_back();
  CHECK(refused(h) == errc::malformed);
  h = sample();
  h.op_count = max_op_count;
  CHECK(refused(h) == errc::limit_exceeded);
  limits bounds;
  bounds.max_parents = 1;
  CHECK(change_header::decode(sample().encode(), bounds).error().code == errc::limit_exceeded);
}

}  // namespace weft::crdt
