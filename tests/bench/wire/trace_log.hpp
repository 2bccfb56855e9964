// SPDX-License-Identifier: MIT
// The signed changes that Weft's users would have made of a trace, one change a transaction: what
// a node keeps when each keystroke is sealed by itself.
#pragma once

#include "trace/trace.hpp"
#include "weft/crdt/document/document.hpp"
#include "weft/sync/sealed.hpp"

#include <functional>
#include <vector>

namespace weft::bench {

/// Takes the next changes of one author, in causal order.
using change_sink = std::function<void(std::vector<sync::checked_change>)>;

/// Writes the first `most` transactions of the trace. `replicas` and `keys` by agent. Times are
/// those of the trace where it has some, else those of somebody who types four keys a second and
/// pauses. Throws app::trace_error and std::runtime_error.
/// Returns the document with the history that was written.
[[nodiscard]] crdt::document write_log(const app::trace& t, std::size_t most,
                                       const sync::doc_id& document,
                                       const std::vector<sync::replica_id>& replicas,
                                       const std::vector<sync::key_pair>& keys,
                                       const change_sink& sink);

}  // namespace weft::bench
