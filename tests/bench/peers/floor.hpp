// SPDX-License-Identifier: MIT
// What the works cost at the very least, without any CRDT: the floor of the table.
#pragma once

#include "report.hpp"
#include "trace/trace.hpp"
#include "weft_history.hpp"

#include <span>
#include <string>

namespace weft::bench {

/// local-one, local-each: the patches into a gap buffer; open: copy and validation of the final
/// text; save: size of a run-length log of the operations under zstd -19 (sequential traces).
void time_floor(const report& out, const app::trace& t, std::span<const std::string> works);

}  // namespace weft::bench
