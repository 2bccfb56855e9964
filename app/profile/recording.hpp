// SPDX-License-Identifier: MIT
// Turns a document's history into a trace in the public format.
//
// One transaction per change that touched the text, one agent per replica. Agents ascend as the
// replica ids do, so that a replay breaks ties between concurrent insertions the same way.
#pragma once

#include "trace/trace.hpp"
#include "weft/sync/node.hpp"

#include <cstdint>
#include <vector>

namespace weft::app {

struct recording {
  trace history;
  std::vector<std::int64_t> wall_ms;  ///< of each transaction
};

/// `entries` in causal order, as shared_document::log gives them. Throws trace_error when the
/// history cannot be told as a trace: its replay would not end in the document's text.
[[nodiscard]] recording record_history(
    const std::vector<sync::shared_document::log_entry>& entries);

}  // namespace weft::app
