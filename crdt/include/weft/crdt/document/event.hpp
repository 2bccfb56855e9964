// SPDX-License-Identifier: MIT
// What changed: one event per transaction or import, delivered when the document is consistent.
#pragma once

#include "weft/crdt/document/value.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace weft::crdt {

/// Names one container inside one process, for the life of its document. Handles carry it.
using container_index = std::uint32_t;

/// Where an event came from.
enum class origin : std::uint8_t { local, undo, import };

/// One replacement in a text: at `position` (scalars, in the text as the patches before it in the
/// list left it) `erased` scalars went, then `inserted` (UTF-8, `inserted_length` scalars) came.
struct text_patch {
  std::uint32_t position = 0;
  std::uint32_t erased = 0;
  std::uint32_t inserted_length = 0;
  std::string inserted;
  friend bool operator==(const text_patch&, const text_patch&) = default;
};

/// All that happened to one container. For a text `patches`; for a map `keys`; for a counter the
/// change of its sum.
struct container_change {
  container_index container = 0;
  container_type type = container_type::text;
  std::vector<text_patch> patches;
  std::vector<std::string> keys;
  std::int64_t counter_delta = 0;
};

/// One transaction or one import. Containers ascend by index; each is listed once.
struct event {
  crdt::origin from = origin::local;
  std::vector<container_change> changes;
};

}  // namespace weft::crdt
