// SPDX-License-Identifier: MIT
// Export of a snapshot out of a document_core. Not thread-safe, as the document.
#pragma once

#include "weft/crdt/bytes.hpp"

namespace weft::crdt {

class document_core;

/// Visible state and history. Pre: the history is loaded.
[[nodiscard]] bytes export_snapshot(const document_core& core, int level);

}  // namespace weft::crdt
