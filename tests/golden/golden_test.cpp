// SPDX-License-Identifier: MIT
// Bytes that were written once must be read for ever, and plain ones must be written again alike.
//
// v1/NAME.json holds {"hex": ..., "exact": ..., "meaning": ...}. The test decodes the hex,
// describes what it found and compares; if `exact`, it also makes the value anew and compares the
// bytes. Compressed bytes may differ between versions of zstd, so they are only decoded.
#include "weft/crdt/document/document.hpp"
#include "weft/crdt/document/live.hpp"
#include "weft/crdt/document/undo.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

namespace weft::crdt {
namespace {

using nlohmann::json;

std::string to_hex(byte_view data) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t b : data) {
    out.push_back(digits[b >> 4U]);
    out.push_back(digits[b & 15U]);
  }
  return out;
}

bytes from_hex(const std::string& hex) {
  bytes out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<std::uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
  }
  return out;
}

json describe(const value& v) {
  struct visitor {
    json operator()(std::monostate) const { return nullptr; }
    json operator()(bool b) const { return b; }
    json operator()(std::int64_t i) const { return i; }
    json operator()(double d) const { return {{"real", d}}; }
    json operator()(const std::string& s) const { return s; }
    json operator()(const bytes& b) const { return {{"bytes", to_hex(b)}}; }
    json operator()(child_ref c) const { return {{"child", static_cast<int>(c.type)}}; }
  };
  return std::visit(visitor{}, v);
}

json describe(document& d) {
  json out;
  out["text"] = d.get_text("body").to_string();
  out["count"] = d.get_counter("count").value();
  d.get_map("map").for_each(
      [&](std::string_view key, const value& v) { out["map"][std::string(key)] = describe(v); });
  if (d.get_map("map").get("child") == value{child_ref{container_type::text}}) {
    out["child"] = d.get_map("map").ensure_text("child").to_string();
  }
  for (const auto& [replica, count] : d.version().counts()) {
    out["version"][to_string(replica)] = count;
  }
  for (const op_id& id : d.frontier()) {
    out["frontier"].push_back({to_string(id.replica), id.counter});
  }
  return out;
}

document sample() {
  document a(replica_id::from_number(1));
  document b(replica_id::from_number(2));
  a.get_text("body").insert({0}, "Weft h\u00e4lt \U0001f9f6");
  a.get_text("body").erase({9}, 1);
  a.get_text("body").erase({8}, 1);
  a.get_map("map").set("null", std::monostate{});
  a.get_map("map").set("yes", true);
  a.get_map("map").set("int", std::int64_t{-300});
  a.get_map("map").set("real", 0.5);
  a.get_map("map").set("string", std::string("s\u00fc\u00df"));
  a.get_map("map").set("bytes", bytes{0, 1, 254});
  a.get_map("map").set("gone", false);
  a.get_map("map").erase("gone");
  a.get_map("map").ensure_text("child").insert({0}, "old");
  REQUIRE(b.import(a.export_updates()));
  b.get_map("map").ensure_text("child").insert({3}, " new");
  b.get_text("body").insert({0}, ">> ");
  b.get_counter("count").add(-4);
  a.get_map("map").erase("child");
  a.get_counter("count").add(11);
  a.get_map("map").ensure_map("sub").ensure_counter("n").add(1);
  a.get_map("map").erase("sub");
  REQUIRE(a.import(b.export_updates(a.version())));
  a.get_map("map").ensure_text("child");
  return a;
}

// What the keystrokes below refer to.
struct typing {
  document author{replica_id::from_number(1)};
  version_vector before;

  bytes type(std::string_view utf8) {
    before = author.version();
    author.get_text("body").insert({2}, utf8);
    return author.export_updates(before);
  }
};

typing alone() {
  typing t;
  t.author.get_text("body").insert({0}, "Wet");
  return t;
}

// The author has heard of both others for the second time.
typing with_heads() {
  typing t = alone();
  document b(replica_id::from_number(2));
  document c(replica_id::from_number(3));
  for (int round = 0; round < 2; ++round) {
    for (document* d : {&b, &c}) {
      REQUIRE(d->import(t.author.export_updates(d->version())));
      d->get_text("body").insert({1}, "e");
    }
    for (document* d : {&b, &c}) {
      REQUIRE(t.author.import(d->export_updates(t.author.version())));
    }
    if (round == 0) {
      t.author.get_text("body").erase({1}, 1);
    }
  }
  return t;
}

bytes small_update() {
  document a(replica_id::from_number(1));
  a.get_text("body").insert({0}, "Wet");
  const version_vector before = a.version();
  a.get_text("body").insert({2}, "f");
  a.get_counter("count").add(2);
  return a.export_updates(before);
}

json describe_update(byte_view update) {
  document d(replica_id::from_number(9));
  const auto report = d.import(update);
  REQUIRE(report);
  json out = describe(d);
  out["applied"] = report->applied;
  out["pending"] = report->pending;
  return out;
}

json describe_keystroke(typing t, byte_view update) {
  document d(replica_id::from_number(9));
  REQUIRE(d.import(t.author.export_updates()));
  const auto report = d.import(update);
  REQUIRE(report);
  json out = describe(d);
  out["applied"] = report->applied;
  return out;
}

// All messages of one direction, each sized.
bytes live_messages() {
  document a = sample();
  document b(replica_id::from_number(3));
  REQUIRE(b.import(a.export_updates()));
  live_session session({});
  byte_writer out;
  const auto say = [&] { out.sized(session.encode(a)); };
  say();
  a.get_text("body").insert({4}, "typed");
  say();
  a.get_text("body").erase({8}, 1);
  say();
  b.get_text("body").insert({0}, "\u00fc");
  REQUIRE(a.import(b.export_updates(a.version())));
  a.get_map("map").set("later", true);
  a.get_text("body").insert({2}, "!");
  say();
  return out.take();
}

json describe_live(byte_view messages) {
  document d(replica_id::from_number(9));
  live_session session({});
  byte_reader in(messages);
  json out = json::array();
  while (in.remaining() != 0) {
    REQUIRE(session.apply(d, in.sized(messages.size(), "message")));
    out.push_back(describe(d));
  }
  return out;
}

json describe_snapshot(byte_view snapshot) {
  auto d = document::open(replica_id::from_number(9), snapshot);
  REQUIRE(d);
  json out = describe(*d);
  REQUIRE(d->load_history());
  CHECK(describe(*d) == out);
  return out;
}

change_header header() {
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

change_header first_header() {
  change_header h;
  h.document.fill(0xd0);
  h.replica = replica_id::from_number(6);
  h.author.emplace().fill(0x77);
  h.op_count = 1;
  h.lamport = 1;
  h.wall_ms = -1;
  h.body_digest.fill(0x44);
  return h;
}

json describe_header(byte_view encoded) {
  const auto h = change_header::decode(encoded);
  REQUIRE(h);
  json out{{"document", to_hex(h->document)},
           {"replica", to_string(h->replica)},
           {"seq", h->seq},
           {"first_counter", h->first_counter},
           {"op_count", h->op_count},
           {"lamport", h->lamport},
           {"wall_ms", h->wall_ms},
           {"key_epoch", h->key_epoch},
           {"salt", to_hex(h->salt)},
           {"body_digest", to_hex(h->body_digest)}};
  out["prev"] = h->prev ? json(to_hex(*h->prev)) : json();
  out["author"] = h->author ? json(to_hex(*h->author)) : json();
  for (const change_ref& dep : h->deps) {
    out["deps"].push_back({to_string(dep.replica), dep.seq, to_hex(dep.hash)});
  }
  for (const digest16& head : h->membership_heads) {
    out["membership_heads"].push_back(to_hex(head));
  }
  return out;
}

bytes body() {
  document d = sample();
  return d.export_changes(replica_id::from_number(1), 0).front().body;
}

json describe_body(byte_view encoded) {
  change c;
  c.first = {replica_id::from_number(1), 0};
  c.length = *check_body(encoded);
  c.lamport = 1;
  c.body.assign(encoded.begin(), encoded.end());
  document d(replica_id::from_number(9));
  REQUIRE(d.import_changes({&c, 1}));
  return describe(d);
}

// Counts bytes: enough to see which digest went where.
digest32 stand_in(byte_view data) {
  digest32 out{};
  for (std::size_t i = 0; i < data.size(); ++i) {
    out[i % out.size()] = static_cast<std::uint8_t>(out[i % out.size()] * 31U + data[i]);
  }
  return out;
}

block_resolver resolver() {
  return {stand_in, stand_in,
          [](const replica_id&, std::uint64_t seq) -> std::optional<digest32> {
            digest32 outside{};
            outside.fill(static_cast<std::uint8_t>(seq));
            return outside;
          },
          std::nullopt};
}

std::vector<sealed_change> sealed() {
  document d = sample();
  std::vector<sealed_change> out;
  for (const change& c : d.export_changes(replica_id::from_number(2), 0)) {
    sealed_change s;
    s.header.document.fill(0xd0);
    s.header.replica = c.first.replica;
    s.header.seq = 4;
    s.header.prev.emplace().fill(3);
    s.header.deps = {{replica_id::from_number(1), 9, {}}};
    s.header.deps[0].hash.fill(9);
    s.header.membership_heads = {digest16{1}};
    s.header.first_counter = c.first.counter;
    s.header.op_count = c.length;
    s.header.lamport = c.lamport;
    s.header.wall_ms = 1'700'000'000'000;
    s.header.body_digest = stand_in(c.body);
    s.body = c.body;
    s.signature = bytes(64, 0x51);
    out.push_back(std::move(s));
  }
  return out;
}

json describe_block(byte_view block) {
  const auto changes = decode_block(block, resolver());
  REQUIRE(changes);
  json out = json::array();
  for (const sealed_change& c : *changes) {
    out.push_back({{"header", describe_header(c.header.encode())},
                   {"body", to_hex(c.body)},
                   {"signature", to_hex(c.signature)}});
  }
  return out;
}

bytes undo_stacks() {
  document d(replica_id::from_number(1));
  undo_manager undo(d);
  text t = d.get_text("body");
  t.insert({0}, "one ");
  undo.set_selection_before({t.cursor_at({0}, side::after), t.cursor_at({2}, side::before)});
  t.insert({4}, "two");
  t.erase({0}, 4);
  REQUIRE(undo.undo());
  return undo.encode();
}

json describe_undo(byte_view stacks) {
  document d(replica_id::from_number(1));
  d.get_text("body").insert({0}, "one ");
  d.get_text("body").insert({4}, "two");
  d.get_text("body").erase({0}, 4);
  d.get_text("body").insert({0}, "one ");
  undo_manager undo(d);
  REQUIRE(undo.restore(stacks));
  json out = json::array();
  while (undo.undo()) {
    out.push_back(d.get_text("body").to_string());
  }
  return out;
}

struct golden {
  const char* name;
  bool exact;
  std::function<bytes()> make;
  std::function<json(byte_view)> describe;
};

std::vector<golden> all() {
  return {
      {"update_keystroke", true, [] { return alone().type("f"); },
       [](byte_view in) { return describe_keystroke(alone(), in); }},
      {"update_keystroke_heads", true, [] { return with_heads().type("\U0001f9f6!"); },
       [](byte_view in) { return describe_keystroke(with_heads(), in); }},
      {"update_small", true, small_update, describe_update},
      {"update_plain", true, [] { return sample().export_updates({}, 0); }, describe_update},
      {"update_compressed", false, [] { return sample().export_updates({}, 19); }, describe_update},
      {"canonical", true, [] { return sample().export_canonical(); }, describe_update},
      {"snapshot_plain", true, [] { return sample().export_snapshot(0); }, describe_snapshot},
      {"snapshot_compressed", false, [] { return sample().export_snapshot(19); },
       describe_snapshot},
      {"header", true, [] { return header().encode(); }, describe_header},
      {"header_first", true, [] { return first_header().encode(); }, describe_header},
      {"body", true, body, describe_body},
      {"block", true, [] { return encode_block(sealed(), 0); }, describe_block},
      {"live", true, live_messages, describe_live},
      {"undo_stacks", true, undo_stacks, describe_undo},
  };
}

}  // namespace

TEST_CASE("golden: bytes of format version 1 mean what they meant, and are written alike") {
  for (const golden& g : all()) {
    INFO(g.name);
    const std::filesystem::path file =
        std::filesystem::path(WEFT_GOLDEN_DIR) / (std::string(g.name) + ".json");
    if (std::getenv("UPDATE_GOLDEN") != nullptr && !std::filesystem::exists(file)) {
      const bytes made = g.make();
      std::ofstream(file)
          << json{{"hex", to_hex(made)}, {"exact", g.exact}, {"meaning", g.describe(made)}}.dump(2)
          << '\n';
    }
    std::ifstream in(file);
    REQUIRE(in);
    const json stored = json::parse(in);
    const bytes data = from_hex(stored.at("hex").get<std::string>());
    CHECK(g.describe(data) == stored.at("meaning"));
    if (stored.at("exact").get<bool>()) {
      CHECK(to_hex(g.make()) == stored.at("hex").get<std::string>());
    }
  }
}

}  // namespace weft::crdt
