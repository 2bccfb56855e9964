// SPDX-License-Identifier: MIT
#include "weft/sync/wire.hpp"

#include "protocol/wire/unpack_words.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace weft::sync;
using weft::crdt::errc;

namespace {

replica_id replica(std::uint64_t n) {
  return replica_id::from_number(n);
}

digest32 filled(std::uint8_t with) {
  digest32 out{};
  out.fill(with);
  return out;
}

msg::small_changes a_small_change() {
  msg::small_change c;
  c.self = {replica(2), 70};
  c.deps = {{replica(1), 3}, {replica(4), 1'000'000}};
  c.membership_heads = {digest16{1}, digest16{2}};
  c.wall_ms = 1'700'000'000'123;
  c.body = bytes(100, 7);
  c.signature = bytes(64, 0x5a);
  msg::small_change first;
  first.self = {replica(9), 0};
  first.author = filled(3);
  first.wall_ms = -1'000;
  first.body = {1};
  return {7, {c, first}};
}

std::vector<message> samples() {
  msg::hello hello;
  hello.features = {1, 2, 900};
  hello.agent = "weft/0.1.0";
  hello.instance.fill(9);
  hello.wall_ms = -5;
  hello.node_role = 1;
  hello.name = "Zoë";
  hello.max_frame = 1U << 20U;
  seq_vector seqs{{replica(1), 3}, {replica(2), 70'000'000'000}};
  return {hello,
          msg::ready{1, {7}},
          msg::ping{~std::uint64_t{0}},
          msg::pong{0},
          msg::error{close_code::denied, "not a member", 500, 4, true},
          msg::subscribe{3, doc_id{filled(1)}, seqs, filled(2)},
          msg::subscribed{3, 1},
          msg::have{1, seqs},
          msg::changes{1, bytes(1000, 0xab)},
          msg::ack{1, {}},
          msg::ack{1, seqs},
          a_small_change(),
          msg::members{1, {bytes(10, 1), bytes{}, bytes(300, 2)}},
          msg::presence{1, replica(5), 8, 15'000, bytes(4096, 3)},
          msg::invite_use{doc_id{filled(4)}, bytes(200, 5)}};
}

struct parts {
  frame_kind kind{};
  byte_view body;
};
parts parts_of(const bytes& frame) {
  weft::crdt::byte_reader in(frame);
  const std::uint64_t size = in.varint();
  const auto kind = static_cast<frame_kind>(in.u8());
  REQUIRE(in.remaining() == size);
  return {kind, in.raw(size)};
}

weft::crdt::result<message> decoded(frame_kind kind, byte_view body) {
  wire_memory memory;
  return decode_frame(kind, body, memory);
}
weft::crdt::result<message> decoded(byte_view body) {
  return decoded(frame_kind::capnp, body);
}

bytes framed(frame_kind kind, byte_view body) {
  weft::crdt::byte_writer out;
  out.varint(body.size());
  out.u8(static_cast<std::uint8_t>(kind));
  out.raw(body);
  return out.take();
}

/// Packs words by the plainest rule: every byte stands, nothing is left out.
bytes packed_plainly(const std::vector<std::uint64_t>& words) {
  bytes out;
  for (const std::uint64_t word : words) {
    std::uint8_t tag = 0;
    bytes kept;
    for (unsigned i = 0; i < 8; ++i) {
      const auto b = static_cast<std::uint8_t>(word >> (8 * i));
      if (b == 0) continue;
      tag = static_cast<std::uint8_t>(tag | (1U << i));
      kept.push_back(b);
    }
    out.push_back(tag);
    out.insert(out.end(), kept.begin(), kept.end());
    if (tag == 0 || tag == 0xff) out.push_back(0);
  }
  return out;
}

std::vector<std::uint64_t> words_of(const message& m) {
  const bytes frame = encode_frame(m);
  std::vector<std::uint64_t> words;
  const byte_view body = parts_of(frame).body;
  REQUIRE(wire_codec::unpack_words(body.data(), body.size(), 1U << 20U, words).what == nullptr);
  return words;
}

}  // namespace

TEST_CASE("frames: every message comes back") {
  for (const message& m : samples()) {
    const bytes frame = encode_frame(m);
    const auto [kind, body] = parts_of(frame);
    const auto back = decoded(kind, body);
    INFO("message " << m.index());
    REQUIRE(back);
    CHECK(*back == m);
  }
}

TEST_CASE("frames: no truncation decodes to the message, and each error has its place inside") {
  for (const message& m : samples()) {
    const bytes frame = encode_frame(m);
    const auto [kind, body] = parts_of(frame);
    for (std::size_t size = 0; size < body.size(); ++size) {
      const auto back = decoded(kind, body.first(size));
      INFO("message " << m.index() << " cut at " << size);
      // Trailing zero words may be implied only if the message says so: it never does. What goes
      // with every keystroke ends where its frame ends.
      if (kind == frame_kind::capnp) REQUIRE_FALSE(back);
      if (back) {
        CHECK_FALSE(*back == m);
      } else {
        CHECK(back.error().offset <= size);
        CHECK(*back.error().what != '\0');
      }
    }
  }
}

TEST_CASE("frames: a flipped bit gives an error with its place or a message that can be sent") {
  for (const message& m : samples()) {
    const bytes frame = encode_frame(m);
    const auto [kind, body] = parts_of(frame);
    const std::size_t step = body.size() > 600 ? 7 : 1;
    for (std::size_t at = 0; at < body.size(); at += step) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        bytes bent(body.begin(), body.end());
        bent[at] = static_cast<std::uint8_t>(bent[at] ^ (1U << bit));
        const auto back = decoded(kind, bent);
        if (!back) {
          CHECK(back.error().offset <= bent.size());
        } else if (!std::holds_alternative<msg::unknown>(*back)) {
          const bytes again = encode_frame(*back);
          const auto [kind2, body2] = parts_of(again);
          CHECK(*decoded(kind2, body2) == *back);
        }
      }
    }
  }
}

TEST_CASE("frames: random words never crash the decoder") {
  std::mt19937_64 random(20'260'101);
  const auto base = words_of(samples()[5]);
  for (int round = 0; round < 20'000; ++round) {
    auto words = base;
    for (int hit = 0; hit < 2; ++hit) words[random() % words.size()] = random();
    const bytes body = packed_plainly(words);
    const auto back = decoded(body);
    if (!back) CHECK(back.error().offset <= body.size());
  }
}

TEST_CASE("frames: a claim of a huge segment, or of many, is refused before memory is taken") {
  // Segment table: count - 1, then sizes in words.
  CHECK_FALSE(decoded(packed_plainly({std::uint64_t{1} << 60U, 0})));
  CHECK_FALSE(decoded(packed_plainly({4000, 0, 0})));
}

TEST_CASE("frames: a run of zeros that unpacks above the limit is refused at its place") {
  bytes bomb;
  for (int i = 0; i < 4000; ++i) bomb.insert(bomb.end(), {0x00, 0xff});
  const auto back = decoded(bomb);
  REQUIRE_FALSE(back);
  CHECK(back.error().code == errc::limit_exceeded);
  CHECK(back.error().offset > 0);
  CHECK(back.error().offset < bomb.size());
}

TEST_CASE("frames: words after the message are refused") {
  auto words = words_of(msg::ping{1});
  words.push_back(0);
  CHECK_FALSE(decoded(packed_plainly(words)));
}

TEST_CASE("frames: an unknown kind is refused as unsupported") {
  frame_splitter splitter;
  splitter.feed(bytes{9, 4});
  CHECK(splitter.next().error().code == errc::unsupported);
}

TEST_CASE("frames: an unknown body arrives as its number, with the wish to refuse") {
  auto words = words_of(msg::ping{1});
  // Word 1 is the root pointer, word 2 the data: critical is bit 0, the ordinal bits 16 to 31.
  words[2] = (words[2] & ~std::uint64_t{0xffff'0000}) | (std::uint64_t{77} << 16U) | 1U;
  const auto back = decoded(packed_plainly(words));
  REQUIRE(back);
  CHECK(std::get<msg::unknown>(*back) == msg::unknown{77, true});
}

TEST_CASE("frames: version vectors must ascend, have equal lengths and no zero") {
  const auto flat = [](std::vector<std::uint8_t> replicas, std::vector<std::uint64_t> seqs) {
    wire_codec::flat_frame f;
    f.ordinal = static_cast<std::uint16_t>(wire_codec::body::have);
    f.replicas = std::move(replicas);
    f.seqs = std::move(seqs);
    return decoded(wire_codec::pack(f));
  };
  CHECK(flat(std::vector<std::uint8_t>(16, 1), {1}));
  CHECK_FALSE(flat(std::vector<std::uint8_t>(16, 1), {}));
  CHECK_FALSE(flat(std::vector<std::uint8_t>(15, 1), {1}));
  CHECK_FALSE(flat(std::vector<std::uint8_t>(16, 1), {1, 2}));
  CHECK_FALSE(flat(std::vector<std::uint8_t>(16, 1), {0}));
  CHECK_FALSE(flat(std::vector<std::uint8_t>(32, 1), {1, 2}));  // the same replica twice
}

TEST_CASE("frames: names are bounded UTF-8, ids have their exact length") {
  wire_codec::flat_frame hello;
  hello.instance = bytes(16, 1);
  hello.proto_max = 1;
  CHECK(decoded(wire_codec::pack(hello)));
  auto bad = hello;
  bad.name = std::string(65, 'x');
  CHECK(decoded(wire_codec::pack(bad)).error().code == errc::bad_value);
  bad.name = std::string(5000, 'x');
  CHECK(decoded(wire_codec::pack(bad)).error().code == errc::limit_exceeded);
  bad = hello;
  bad.agent = "\xc3";
  CHECK_FALSE(decoded(wire_codec::pack(bad)));
  bad = hello;
  bad.instance = bytes(15, 1);
  CHECK_FALSE(decoded(wire_codec::pack(bad)));
  bad.instance = bytes(17, 1);
  CHECK_FALSE(decoded(wire_codec::pack(bad)));
  bad = hello;
  bad.proto_min = 2;
  CHECK_FALSE(decoded(wire_codec::pack(bad)));
  bad = hello;
  bad.features = {2, 1};
  CHECK_FALSE(decoded(wire_codec::pack(bad)));
}

TEST_CASE("splitter: any cut of the stream gives the same messages") {
  bytes stream;
  for (const message& m : samples()) {
    const bytes frame = encode_frame(m);
    stream.insert(stream.end(), frame.begin(), frame.end());
  }
  for (const std::size_t piece :
       {std::size_t{1}, std::size_t{3}, std::size_t{100}, stream.size()}) {
    frame_splitter splitter;
    std::vector<message> got;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      splitter.feed(byte_view(stream).subspan(at, std::min(piece, stream.size() - at)));
      for (auto next = splitter.next();; next = splitter.next()) {
        REQUIRE(next);
        if (!next->has_value()) break;
        got.push_back(std::move(**next));
      }
    }
    CHECK(got == samples());
    CHECK(splitter.buffered() == 0);
  }
}

TEST_CASE("splitter: an error names the place in the stream and stays") {
  frame_splitter splitter;
  const bytes good = encode_frame(msg::ping{1});
  splitter.feed(good);
  splitter.feed(framed(frame_kind::capnp, bytes{0x01}));  // a tag without its byte
  REQUIRE(splitter.next());
  const auto wrong = splitter.next();
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().offset == good.size() + 2 + 1);
  splitter.feed(good);
  CHECK(splitter.next().error() == wrong.error());
}

TEST_CASE("splitter: a length above the limit is refused before its bytes arrive") {
  const auto code = [](const bytes& start) {
    frame_splitter splitter;
    splitter.feed(start);
    return splitter.next().error().code;
  };
  weft::crdt::byte_writer out;
  out.varint(max_frame_bytes + 1);
  CHECK(code(out.take()) == errc::limit_exceeded);
  CHECK(code(bytes(5, 0xff)) == errc::limit_exceeded);
  // Keystrokes and presence have limits of their own.
  for (const frame_kind kind : {frame_kind::small_changes, frame_kind::presence}) {
    weft::crdt::byte_writer small;
    small.varint(max_small_frame_bytes + 1);
    small.u8(static_cast<std::uint8_t>(kind));
    CHECK(code(small.take()) == errc::limit_exceeded);
  }
}

TEST_CASE("splitter: a length that is not in its shortest form is refused") {
  frame_splitter splitter;
  splitter.feed(bytes{0x81, 0x00, 0x00});
  CHECK(splitter.next().error().code == errc::not_canonical);
}

TEST_CASE("frames: a change of the largest size fits") {
  const bytes frame = encode_frame(msg::changes{1, bytes((1U << 20U) + 100'000, 0x5a)});
  CHECK(frame.size() < max_frame_bytes);
  CHECK(decoded(parts_of(frame).body));
}
