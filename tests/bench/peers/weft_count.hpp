// SPDX-License-Identifier: MIT
// One hot path, once, for callgrind: instructions are counted only inside of `weft_counted`.
#pragma once

#include "report.hpp"
#include "trace/trace.hpp"
#include "weft_history.hpp"

#include <string>

namespace weft::bench {

/// Reports into how many units (patches, transactions, operations, documents) the counted work
/// divides. `work`: local-one, local-each, stream, merge, open, encode-history, save or keystroke.
void count_weft(const report& out, const app::trace& t, const work_files& files,
                const std::string& work);

}  // namespace weft::bench
