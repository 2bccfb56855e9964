// SPDX-License-Identifier: MIT
// Bytes that two real nodes exchange for a keystroke: TLS over loopback, SQLite profiles, the
// shipped timers. Counted are frames, before TLS.
#pragma once

#include "report.hpp"

#include <cstddef>
#include <vector>

namespace weft::bench {

/// Every way to type, about `keystrokes` each. Throws std::runtime_error when a node fails.
[[nodiscard]] std::vector<session_row> measure_sessions(std::size_t keystrokes);

}  // namespace weft::bench
