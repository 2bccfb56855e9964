// SPDX-License-Identifier: MIT
// In which order an import takes the spans of a batch. Pure function.
#pragma once

#include "codec/op_batch.hpp"

#include <cstdint>
#include <vector>

namespace weft::crdt {

/// Places of all spans: parents first, and cheap to replay (see history/walk_order.hpp). Spans of
/// one replica keep their order. A batch that breaks the rules gives some order of all its spans.
[[nodiscard]] std::vector<std::uint32_t> import_order(const op_batch& batch);

}  // namespace weft::crdt
