// SPDX-License-Identifier: MIT
// Writes the small seed corpora of the fuzz targets: valid bytes of every kind, and short scripts.
// usage: make_corpus FOLDER; writes FOLDER/decode, FOLDER/script and FOLDER/twin. Run it after a
// change of the format and commit what it wrote; found crashes stay beside its files.
#include "decode_targets.hpp"
#include "support/script.hpp"
#include "support/twin_script.hpp"
#include "weft/crdt/causality/causal_context.hpp"
#include "weft/crdt/document/document.hpp"
#include "weft/crdt/document/live.hpp"
#include "weft/crdt/document/undo.hpp"
#include "weft/crdt/lattice/laws.hpp"
#include "weft/crdt/types/g_counter.hpp"
#include "weft/crdt/types/lww_register.hpp"
#include "weft/crdt/types/mv_register.hpp"
#include "weft/crdt/types/or_set.hpp"
#include "weft/crdt/types/pn_counter.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace weft::fuzz {
namespace {

using crdt::bytes;
using crdt::document;
using crdt::replica_id;

std::filesystem::path root;

void write(const std::string& folder, const std::string& name, const bytes& data) {
  std::filesystem::create_directories(root / folder);
  std::ofstream out(root / folder / name, std::ios::binary);
  out.write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
}

void seed(decode_target target, const std::string& name, const bytes& data) {
  bytes all{static_cast<std::uint8_t>(target)};
  all.insert(all.end(), data.begin(), data.end());
  write("decode", name, all);
}

template <class T>
bytes encoded(const T& v) {
  crdt::byte_writer w;
  v.encode(w);
  return w.take();
}

// Two writers who were apart once, with every kind of container.
document merged_document() {
  document a(replica_id::from_number(1));
  document b(replica_id::from_number(2));
  a.get_text("t").insert({0}, "abc");
  a.get_text("t").erase({1}, 1);
  a.get_map("m").set("k", std::int64_t{1});
  a.get_counter("c").add(2);
  static_cast<void>(b.import(a.export_updates()).value());
  a.get_text("t").insert({1}, "h\xc3\xa9\xf0\x9f\x98\x80");
  a.get_map("m").ensure_text("child").insert({0}, "inner");
  b.get_text("t").insert({1}, "other");
  b.get_text("t").erase({0}, 3);
  b.get_map("m").set("k", std::string("theirs"));
  b.get_map("m").ensure_map("deep").set("x", 1.5);
  static_cast<void>(a.import(b.export_updates(a.version())).value());
  a.get_map("m").erase("deep");
  return a;
}

void documents() {
  document d = merged_document();
  seed(decode_target::update, "update-plain", d.export_updates({}, 0));
  seed(decode_target::update, "update-packed", d.export_updates({}, 3));
  seed(decode_target::update, "update-canonical", d.export_canonical());
  crdt::version_vector past;
  past.include(replica_id::from_number(1), 6);
  seed(decode_target::update, "update-tail", d.export_updates(past, 0));
  seed(decode_target::update, "update-empty", d.export_updates(d.version()));
  seed(decode_target::snapshot, "snapshot-plain", d.export_snapshot(0));
  seed(decode_target::snapshot, "snapshot-packed", d.export_snapshot(3));
  seed(decode_target::snapshot, "snapshot-empty",
       document(replica_id::from_number(1)).export_snapshot());
  seed(decode_target::version_vector, "version-vector", encoded(d.version()));
  const crdt::text t = d.get_text("t");
  seed(decode_target::cursor, "cursor-inside", encoded(t.cursor_at({2}, crdt::side::after)));
  seed(decode_target::cursor, "cursor-start", encoded(t.cursor_at({0}, crdt::side::after)));
  document fresh(replica_id::from_number(1));
  crdt::undo_manager undo(fresh);
  fresh.get_text("t").insert({0}, "abc");
  fresh.get_text("t").erase({1}, 1);
  seed(decode_target::undo_stacks, "undo-stacks", undo.encode());
}

void keystrokes() {
  document a = talked_document(1);
  document b = talked_document(2);
  crdt::live_session session(b.version());
  crdt::byte_writer said;
  const auto save = [&](const std::string& name) {
    const crdt::bytes message = session.encode(a);
    said.u8(static_cast<std::uint8_t>(message.size() - 2));
    said.raw(crdt::byte_view{message}.first(message.size() - 2));
    seed(decode_target::update, name, a.export_updates(b.version()));
    static_cast<void>(b.import(a.export_updates(b.version())).value());
  };
  save("keystroke-heads");
  a.get_text("t").insert({1}, "\xc3\xa9");
  save("keystroke-text");
  a.get_map("m").ensure_map("deep").set("k", std::int64_t{7});
  save("keystroke-map");
  a.get_counter("c").add(-3);
  save("keystroke-counter");
  a.get_text("t").erase({0}, 2);
  a.get_text("t").insert({0}, "xyz");
  save("keystroke-runs");
  seed(decode_target::live, "live", said.take());
}

void changes() {
  document d = merged_document();
  std::vector<crdt::sealed_change> sealed;
  std::uint64_t seq = 0;
  crdt::byte_writer raw;
  for (const crdt::change& c : d.export_changes(replica_id::from_number(1), 0)) {
    seed(decode_target::body, "body-" + std::to_string(seq), c.body);
    raw.u8(1);
    raw.u8(static_cast<std::uint8_t>(c.first.counter));
    raw.u8(static_cast<std::uint8_t>(c.length));
    raw.u8(static_cast<std::uint8_t>(c.lamport));
    raw.u8(0);
    raw.u8(static_cast<std::uint8_t>(c.body.size()));
    raw.raw(c.body);
    crdt::sealed_change s;
    s.header.replica = c.first.replica;
    s.header.seq = seq;
    if (seq == 0) {
      s.header.author.emplace();
    } else {
      s.header.prev.emplace();
    }
    s.header.first_counter = c.first.counter;
    s.header.op_count = c.length;
    s.header.lamport = c.lamport;
    s.header.wall_ms = 1'700'000'000'000;
    s.body = c.body;
    seed(decode_target::change_header, "header-" + std::to_string(seq), s.header.encode());
    sealed.push_back(std::move(s));
    ++seq;
  }
  sealed.back().signature.assign(64, 7);
  seed(decode_target::changes, "changes", raw.take());
  seed(decode_target::block, "block-plain", crdt::encode_block(sealed, 0));
  seed(decode_target::block, "block-packed", crdt::encode_block(sealed, 3));
  seed(decode_target::block, "block-one", crdt::encode_block({sealed.data(), 1}, 0));
}

void types() {
  const replica_id self = replica_id::from_number(3);
  crdt::g_counter g;
  static_cast<void>(crdt::on(g, self).increment(300));
  seed(decode_target::g_counter, "g-counter", encoded(g));
  crdt::pn_counter pn;
  static_cast<void>(crdt::on(pn, self).decrement(5));
  seed(decode_target::pn_counter, "pn-counter", encoded(pn));
  crdt::lww_register<std::string> lww;
  static_cast<void>(crdt::on(lww, self).write("value"));
  seed(decode_target::lww_register, "lww-register", encoded(lww));
  crdt::mv_register<std::string> mv;
  static_cast<void>(crdt::on(mv, self).write("value"));
  seed(decode_target::mv_register, "mv-register", encoded(mv));
  crdt::or_set<std::string> set;
  static_cast<void>(crdt::on(set, self).add("one"));
  static_cast<void>(crdt::on(set, self).add("two"));
  static_cast<void>(crdt::on(set, self).remove("one"));
  seed(decode_target::or_set, "or-set", encoded(set));
  seed(decode_target::causal_context, "causal-context", encoded(set.context()));
}

void scripts() {
  for (std::uint64_t i = 1; i <= 12; ++i) {
    write("script", "random-" + std::to_string(i), test::random_script(i, 4 + i));
  }
}

void histories() {
  for (std::size_t shape = 0; shape < test::twin_shapes(); ++shape) {
    std::string name = test::twin_shape_name(shape);
    std::replace(name.begin(), name.end(), ' ', '-');
    for (std::uint64_t i = 1; i <= 2; ++i) {
      write("twin", name + '-' + std::to_string(i),
            test::encode_twin_script(test::shaped_twin_script(shape, i, 12 * i)));
    }
  }
}

}  // namespace
}  // namespace weft::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_corpus FOLDER\n");
    return 2;
  }
  weft::fuzz::root = argv[1];
  weft::fuzz::documents();
  weft::fuzz::keystrokes();
  weft::fuzz::changes();
  weft::fuzz::types();
  weft::fuzz::scripts();
  weft::fuzz::histories();
  return 0;
}
