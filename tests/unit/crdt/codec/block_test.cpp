// SPDX-License-Identifier: MIT
#include "weft/crdt/document/change.hpp"
#include "weft/crdt/document/document.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::crdt {
namespace {

// Stands for SHA-256: the codec must not care.
digest32 fake_hash(byte_view data) {
  digest32 out{};
  std::uint64_t h = 1469598103934665603ULL;
  for (const std::uint8_t b : data) {
    h = (h ^ b) * 1099511628211ULL;
    out[h % out.size()] ^= static_cast<std::uint8_t>(h >> 32U);
  }
  for (std::size_t i = 0; i < 8; ++i) {
    out[i] = static_cast<std::uint8_t>(h >> (8 * i));
  }
  return out;
}

using place = std::pair<replica_id, std::uint64_t>;

// A log of sealed changes as sync would keep it.
struct log {
  std::vector<sealed_change> changes;
  std::map<place, digest32> hashes;
  std::map<op_id, place> ends;  // last operation of a change -> the change

  void seal(document& d, std::uint64_t replica, bool is_signed) {
    const replica_id id = replica_id::from_number(replica);
    std::uint32_t next = 0;
    std::uint64_t seq = 0;
    for (const sealed_change& c : changes) {
      if (c.header.replica == id) {
        next = c.header.first_counter + c.header.op_count;
        seq = c.header.seq + 1;
      }
    }
    for (change& c : d.export_changes(id, next)) {
      sealed_change sealed;
      change_header& h = sealed.header;
      h.document.fill(0xdd);
      h.replica = id;
      h.seq = seq++;
      if (h.seq == 0) {
        h.author.emplace().fill(static_cast<std::uint8_t>(replica));
      } else {
        h.prev = hashes.at({id, h.seq - 1});
      }
      for (const op_id& parent : c.parents) {
        if (parent.replica != id) {
          const place& dep = ends.at(parent);
          change_ref& ref = h.deps.emplace_back();
          ref.replica = dep.first;
          ref.seq = dep.second;
          std::copy_n(hashes.at(dep).begin(), 16, ref.hash.begin());
        }
      }
      h.membership_heads = {digest16{static_cast<std::uint8_t>(1 + changes.size() / 7)}};
      h.first_counter = c.first.counter;
      h.op_count = c.length;
      h.lamport = c.lamport;
      h.wall_ms = 1'700'000'000'000 + static_cast<std::int64_t>(changes.size()) * 180;
      h.body_digest = fake_hash(c.body);
      sealed.body = std::move(c.body);
      if (is_signed) {
        sealed.signature = bytes(64, static_cast<std::uint8_t>(changes.size()));
      }
      hashes[{id, h.seq}] = fake_hash(h.encode());
      ends[{id, h.first_counter + h.op_count - 1}] = {id, h.seq};
      changes.push_back(std::move(sealed));
    }
  }

  [[nodiscard]] block_resolver resolver() const {
    return {fake_hash, fake_hash,
            [this](const replica_id& replica, std::uint64_t seq) -> std::optional<digest32> {
              const auto found = hashes.find({replica, seq});
              return found == hashes.end() ? std::nullopt : std::optional(found->second);
            },
            std::nullopt};
  }
};

log two_writers(int rounds) {
  log l;
  document a(replica_id::from_number(1));
  document b(replica_id::from_number(2));
  for (int i = 0; i < rounds; ++i) {
    text t = a.get_text("body");
    t.insert({t.length() / 2}, std::string(1, static_cast<char>('a' + i % 26)));
    l.seal(a, 1, i % 5 == 4);
    text u = b.get_text("body");
    u.insert({u.length()}, "\u00e9!");
    if (i % 3 == 0) {
      u.erase({0}, 1);
      b.get_map("m").set("k" + std::to_string(i % 4), std::int64_t{i});
    }
    l.seal(b, 2, true);
    if (i % 4 == 3) {
      REQUIRE(a.import(b.export_updates(a.version())));
      REQUIRE(b.import(a.export_updates(b.version())));
    }
  }
  return l;
}

}  // namespace

TEST_CASE("block: gives back the very same changes, at every level") {
  const log l = two_writers(40);
  for (const int level : {0, 1, 3, 19}) {
    const bytes block = encode_block(l.changes, level);
    block_resolver resolver = l.resolver();
    resolver.outside = [](const replica_id&, std::uint64_t) { return std::nullopt; };
    const auto back = decode_block(block, resolver);
    REQUIRE(back);
    CHECK(*back == l.changes);
  }
}

TEST_CASE("block: a part of a log names what lies before it") {
  const log l = two_writers(20);
  for (std::size_t first = 0; first < l.changes.size(); first += 3) {
    const std::span<const sealed_change> part =
        std::span(l.changes).subspan(first, std::min<std::size_t>(5, l.changes.size() - first));
    const bytes block = encode_block(part);
    const auto back = decode_block(block, l.resolver());
    REQUIRE(back);
    CHECK(std::ranges::equal(*back, part));
    if (first != 0) {
      block_resolver blind = l.resolver();
      blind.outside = [](const replica_id&, std::uint64_t) { return std::nullopt; };
      CHECK(decode_block(block, blind).error().code == errc::missing_parent);
    }
  }
}

TEST_CASE("block: encrypted and foreign bodies are kept as they are") {
  log l = two_writers(6);
  l.changes[3].header.key_epoch = 2;
  l.changes[3].header.salt = bytes(16, 7);
  l.changes[3].header.body_digest.fill(0x5a);
  l.changes[3].body = bytes{9, 9, 9, 9};
  l.changes[4].body = bytes{0xff, 0xff};
  l.changes[4].header.body_digest = fake_hash(l.changes[4].body);
  l.hashes[{l.changes[3].header.replica, l.changes[3].header.seq}] =
      fake_hash(l.changes[3].header.encode());
  const std::span<const sealed_change> part = std::span(l.changes).subspan(3, 2);
  const auto back = decode_block(encode_block(part), l.resolver());
  REQUIRE(back);
  CHECK((*back)[0] == part[0]);
  CHECK((*back)[1].body == part[1].body);
}

// Found by decode_fuzz: such a digest came back as another, computed one.
TEST_CASE("block: a body in clear comes without a digest") {
  log l = two_writers(1);
  sealed_change& c = l.changes[0];
  c.header.body_digest.fill(0x5a);
  c.body = bytes{9, 9, 9, 9};
  const auto with_epoch = [&](std::uint32_t epoch) {
    c.header.key_epoch = epoch;
    return encode_block(std::span(l.changes).first(1), 0);
  };
  const bytes one = with_epoch(1);
  const bytes other = with_epoch(2);
  REQUIRE(one.size() == other.size());
  const auto [at, same] = std::ranges::mismatch(one, other);
  REQUIRE(at != one.end());
  REQUIRE(decode_block(one, l.resolver()));
  bytes none = one;
  none[static_cast<std::size_t>(at - one.begin())] = 0;
  const auto refused = decode_block(none, l.resolver());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::not_canonical);
}

TEST_CASE("block: a keystroke is small, and the document's id can be left out") {
  const log l = two_writers(30);
  const std::span<const sealed_change> one = std::span(l.changes).last(1);
  const bytes named = encode_block(one);
  const bytes nameless = encode_block(one, 3, false);
  CHECK(named.size() == nameless.size() + 32);
  block_resolver resolver = l.resolver();
  CHECK(decode_block(nameless, resolver).error().code == errc::bad_value);
  resolver.document = one[0].header.document;
  CHECK(std::ranges::equal(*decode_block(nameless, resolver), one));
  // Besides the signature, the replica id (16) and membership heads (17).
  CHECK(nameless.size() - 64 - 16 - 17 <= 40);
}

TEST_CASE("block: damaged ones are refused or give changes, never a crash") {
  const log l = two_writers(4);
  const block_resolver resolver = l.resolver();
  for (const int level : {0, 3}) {
    const std::span<const sealed_change> part =
        level == 0 ? std::span(l.changes).first(2) : std::span(l.changes);
    const bytes block = encode_block(part, level);
    for (std::size_t size = 0; size < block.size(); ++size) {
      CHECK_FALSE(decode_block(byte_view{block}.first(size), resolver));
    }
    for (std::size_t i = 0; i < block.size(); ++i) {
      for (const unsigned flip : {1U, 4U, 0x80U, 0xffU}) {
        bytes damaged = block;
        damaged[i] = static_cast<std::uint8_t>(damaged[i] ^ flip);
        if (const auto back = decode_block(damaged, resolver)) {
          CHECK_FALSE(encode_block(*back, level).empty());
        }
      }
    }
  }
}

}  // namespace weft::crdt
