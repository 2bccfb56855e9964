// SPDX-License-Identifier: MIT
// Keystrokes within a live session of two documents, where the library has one.
#pragma once

#include "report.hpp"
#include "trace/trace.hpp"
#include "weft_history.hpp"

namespace weft::bench {

/// bytes-keystroke-session: the message of the second of two typed characters.
void session_keystroke(const report& out, const work_files& files);
/// stream-session: the transactions of a sequential trace, one message each.
void session_stream(const report& out, const app::trace& t);

}  // namespace weft::bench
