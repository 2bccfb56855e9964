// SPDX-License-Identifier: MIT
// Any bytes to any decoder: an error with its place and nothing applied, or a sound value.
#include "codec/crc32c.hpp"
#include "codec/keystroke.hpp"
#include "decode_targets.hpp"
#include "weft/crdt/causality/causal_context.hpp"
#include "weft/crdt/causality/version.hpp"
#include "weft/crdt/document/document.hpp"
#include "weft/crdt/document/live.hpp"
#include "weft/crdt/document/undo.hpp"
#include "weft/crdt/types/g_counter.hpp"
#include "weft/crdt/types/lww_register.hpp"
#include "weft/crdt/types/mv_register.hpp"
#include "weft/crdt/types/or_set.hpp"
#include "weft/crdt/types/pn_counter.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace weft::fuzz {
namespace {

using crdt::byte_reader;
using crdt::byte_view;
using crdt::document;
using crdt::replica_id;

void require(bool holds, const char* claim) {
  if (!holds) {
    std::fprintf(stderr, "decode_fuzz: %s\n", claim);
    std::abort();
  }
}

// Bounds low enough that a small input cannot ask for much memory.
crdt::limits small_limits() {
  crdt::limits bounds;
  bounds.max_raw_bytes = std::uint64_t{1} << 22U;
  bounds.max_pending_bytes = std::uint64_t{1} << 20U;
  return bounds;
}

// A document that shares a past with the seeds of the corpus.
document small_document() {
  document d(replica_id::from_number(1));
  d.get_text("t").insert({0}, "abc");
  d.get_text("t").erase({1}, 1);
  d.get_map("m").set("k", std::int64_t{1});
  d.get_counter("c").add(2);
  return d;
}

void check_document(document& d) {
  d.check_invariants();
  const crdt::bytes canonical = d.export_canonical();
  document copy(replica_id::from_number(99));
  require(copy.import(d.export_updates({}, 0)).has_value(),
          "what was accepted is exported so that others accept it");
  require(copy.export_canonical() == canonical, "a second copy is the same document");
}

template <class Report>
void check_import(document& d, const crdt::bytes& before, const Report& report, std::size_t size) {
  if (report) {
    check_document(d);
  } else {
    require(report.error().offset <= size, "an error lies inside the input");
    require(d.export_canonical() == before, "a refused input changes nothing");
    d.check_invariants();
  }
}

// The short way of reading a keystroke takes exactly what the long one does.
void try_keystroke(byte_view in) {
  crdt::keystroke k;
  crdt::keystroke same;
  crdt::batch_item item;
  crdt::op_batch batch;
  std::string_view text;
  const bool one = crdt::decode_one_item(in, small_limits(), k, item, text);
  const bool decoded = crdt::decode_keystroke(in, small_limits(), same, batch).has_value();
  require(one == (decoded && !same.named && same.type == crdt::container_type::text &&
                  batch.items.size() == 1),
          "both ways of reading a keystroke take the same bytes");
  require(!one || (k == same && item == batch.items[0] && text == batch.content),
          "both ways of reading a keystroke read the same");
}

void try_update(byte_view in) {
  if (crdt::is_keystroke(in)) {
    try_keystroke(in);
  }
  document empty(replica_id::from_number(50));
  const crdt::bytes nothing = empty.export_canonical();
  check_import(empty, nothing, empty.import(in, small_limits()), in.size());
  document some = small_document();
  const crdt::bytes before = some.export_canonical();
  check_import(some, before, some.import(in, small_limits()), in.size());
  document talked = talked_document(2);
  const crdt::bytes heard = talked.export_canonical();
  check_import(talked, heard, talked.import(in, small_limits()), in.size());
  // What waited meets what it waited for.
  if (empty.op_count() == 0) {
    require(empty.import(talked_document(1).export_updates()).has_value(),
            "a good update is taken");
    check_document(empty);
  }
}

void try_live(byte_view in) {
  document d = talked_document(2);
  crdt::live_session session(d.version());
  byte_reader r(in);
  std::uint32_t check = 0;
  while (r.remaining() > 0 && !session.broken()) {
    const byte_view text = r.raw(std::min<std::size_t>(r.u8(), r.remaining()));
    check = crdt::crc32c(text, check);
    crdt::bytes message(text.begin(), text.end());
    message.push_back(static_cast<std::uint8_t>(check));
    message.push_back(static_cast<std::uint8_t>(check >> 8U));
    const crdt::bytes before = d.export_canonical();
    check_import(d, before, session.apply(d, message, small_limits()), message.size());
  }
  crdt::live_session other({});
  document copy(replica_id::from_number(99));
  require(other.apply(copy, crdt::live_session({}).encode(d)).has_value(),
          "what was accepted is told so that others accept it");
  require(copy.export_canonical() == d.export_canonical(), "a second copy is the same document");
}

void try_snapshot(byte_view in) {
  auto opened = document::open(replica_id::from_number(50), in, small_limits());
  if (!opened) {
    require(opened.error().offset <= in.size(), "an error lies inside the input");
    return;
  }
  // History is read on first need; only then may a fault in it show.
  const std::string text = opened->get_text("t").to_string();
  require(crdt::is_valid_utf8(text), "an opened text is valid UTF-8");
  static_cast<void>(opened->export_updates());
  opened->check_invariants();
}

// Parents and counters come from the input too.
void try_changes(byte_view in) {
  byte_reader r(in);
  std::vector<crdt::change> changes;
  while (r.remaining() > 0 && changes.size() < 8) {
    crdt::change c;
    c.first = {replica_id::from_number(r.u8() % 4U), r.u8() % 8U};
    c.length = r.u8();
    c.lamport = r.u8();
    for (unsigned parents = r.u8() % 4U; parents > 0; --parents) {
      const std::uint8_t parent = r.u8();
      c.parents.push_back({replica_id::from_number(parent % 4U), parent / 4U});
    }
    const byte_view body = r.raw(std::min<std::size_t>(r.u8(), r.remaining()));
    c.body.assign(body.begin(), body.end());
    if (!r.failed() && c.length > 0) {
      changes.push_back(std::move(c));
    }
  }
  document d = small_document();
  const crdt::bytes before = d.export_canonical();
  const auto report = d.import_changes(changes, small_limits());
  if (report) {
    check_document(d);
  } else {
    require(d.export_canonical() == before, "refused changes change nothing");
    d.check_invariants();
  }
}

void try_body(byte_view in) {
  const auto length = crdt::check_body(in, small_limits());
  if (length) {
    require(*length > 0, "a body holds operations");
    document d(replica_id::from_number(50));
    crdt::change c{{replica_id::from_number(1), 0}, *length, 1, {}, {in.begin(), in.end()}};
    const auto report = d.import_changes({&c, 1}, small_limits());
    if (report) {
      const auto again = d.export_changes(c.first.replica, 0);
      require(again.size() == 1 && again.front() == c, "a canonical body comes back the same");
    }
  }
}

void try_header(byte_view in) {
  const auto header = crdt::change_header::decode(in, small_limits());
  if (header) {
    const crdt::bytes again = header->encode();
    require(std::equal(again.begin(), again.end(), in.begin(), in.end()),
            "a header has one form only");
  } else {
    require(header.error().offset <= in.size(), "an error lies inside the input");
  }
}

crdt::digest32 digest(byte_view bytes) {
  crdt::digest32 out{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out[i % 32] = static_cast<std::uint8_t>(out[i % 32] * 31 + bytes[i]);
  }
  return out;
}

void try_block(byte_view in) {
  const crdt::block_resolver resolver{
      digest, digest, [](const replica_id& r, std::uint64_t) -> std::optional<crdt::digest32> {
        return r.bytes[15] % 2 == 0 ? std::nullopt : std::optional(crdt::digest32{});
      }};
  const auto changes = crdt::decode_block(in, resolver, small_limits());
  if (!changes) {
    require(changes.error().offset <= in.size(), "an error lies inside the input");
    return;
  }
  const auto again = crdt::decode_block(crdt::encode_block(*changes, 0), resolver);
  require(again && *again == *changes, "a block that decodes encodes again");
}

void try_undo(byte_view in) {
  document d = small_document();
  crdt::undo_manager undo(d);
  if (undo.restore(in)) {
    for (int i = 0; i < 4 && undo.undo(); ++i) {
      d.check_invariants();
    }
  }
}

// A type whose bytes are canonical: what decodes encodes to the bytes that were read.
template <class T>
void try_canonical(byte_view in) {
  byte_reader r(in);
  const auto v = T::decode(r);
  if (!v) {
    require(v.error().offset <= in.size(), "an error lies inside the input");
    return;
  }
  crdt::byte_writer w;
  v->encode(w);
  const auto used = static_cast<std::size_t>(r.offset());
  require(w.size() == used && std::equal(w.view().begin(), w.view().end(), in.begin()),
          "a value has one form only");
}

void try_decoder(decode_target target, byte_view in) {
  switch (target) {
    case decode_target::update:
      return try_update(in);
    case decode_target::snapshot:
      return try_snapshot(in);
    case decode_target::change_header:
      return try_header(in);
    case decode_target::body:
      return try_body(in);
    case decode_target::block:
      return try_block(in);
    case decode_target::version_vector:
      return try_canonical<crdt::version_vector>(in);
    case decode_target::cursor:
      return try_canonical<crdt::cursor>(in);
    case decode_target::changes:
      return try_changes(in);
    case decode_target::undo_stacks:
      return try_undo(in);
    case decode_target::g_counter:
      return try_canonical<crdt::g_counter>(in);
    case decode_target::pn_counter:
      return try_canonical<crdt::pn_counter>(in);
    case decode_target::lww_register:
      return try_canonical<crdt::lww_register<std::string>>(in);
    case decode_target::mv_register:
      return try_canonical<crdt::mv_register<std::string>>(in);
    case decode_target::or_set:
      return try_canonical<crdt::or_set<std::string>>(in);
    case decode_target::causal_context:
      return try_canonical<crdt::causal_context>(in);
    case decode_target::live:
      return try_live(in);
    case decode_target::count:
      return;
  }
}

}  // namespace
}  // namespace weft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using weft::fuzz::decode_target;
  if (size > 0) {
    weft::fuzz::try_decoder(
        static_cast<decode_target>(data[0] % static_cast<unsigned>(decode_target::count)),
        {data + 1, size - 1});
  }
  return 0;
}
