// SPDX-License-Identifier: MIT
// Where others may reach this machine.
#pragma once

#include "weft/sync/link.hpp"

#include <string>
#include <vector>

namespace weft::sync {

/// The endpoint itself, or, when it listens on all addresses, one per network of this machine and
/// loopback last. At most 8.
[[nodiscard]] std::vector<std::string> reachable_at(const endpoint& listening);

}  // namespace weft::sync
