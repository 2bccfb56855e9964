// SPDX-License-Identifier: MIT
// The works on one trace, through the public API of weft::crdt. README.md says what each one is.
#pragma once

#include "report.hpp"
#include "trace/trace.hpp"
#include "weft_history.hpp"

#include <span>
#include <string>

namespace weft::bench {

/// Builds the history once and keeps what the other works read.
void prepare_weft(const report& out, const app::trace& t, const work_files& files);
void time_weft(const report& out, const app::trace& t, const work_files& files,
               std::span<const std::string> works);
/// One figure per process, which never held the trace.
void heap_weft(const report& out, const work_files& files, const std::string& figure);

}  // namespace weft::bench
