// SPDX-License-Identifier: MIT
// Which decoder the first byte of a decode input names. The corpus depends on these numbers; add
// new ones at the end.
#pragma once

#include "weft/crdt/document/document.hpp"

#include <cstdint>
#include <utility>

namespace weft::fuzz {

enum class decode_target : std::uint8_t {
  update,
  snapshot,
  change_header,
  body,
  block,
  version_vector,
  cursor,
  changes,
  undo_stacks,
  g_counter,
  pn_counter,
  lww_register,
  mv_register,
  or_set,
  causal_context,
  live,  ///< messages without their checks, each after its length in one byte
  count,
};

/// Two that have heard of each other twice; what `self`, 1 or 2, has. Keystrokes of the corpus
/// refer to its operations.
inline crdt::document talked_document(std::uint64_t self) {
  crdt::document a(crdt::replica_id::from_number(1));
  crdt::document b(crdt::replica_id::from_number(2));
  a.get_text("t").insert({0}, "abc");
  a.get_map("m").ensure_map("deep").set("k", true);
  for (int round = 0; round < 2; ++round) {
    static_cast<void>(b.import(a.export_updates(b.version())).value());
    b.get_text("t").insert({1}, "b");
    static_cast<void>(a.import(b.export_updates(a.version())).value());
    a.get_text("t").insert({2}, "a");
  }
  return self == 1 ? std::move(a) : std::move(b);
}

}  // namespace weft::fuzz
