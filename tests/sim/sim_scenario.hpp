// SPDX-License-Identifier: MIT
// One random history: peers meet, write, lose connections, disks and each other, then the weather
// clears and all promises must hold.
#pragma once

#include <cstdint>

namespace weft::sim {

struct scenario_result {
  std::uint64_t edits = 0;
  std::uint64_t crashes = 0;
  std::uint64_t failed_commits = 0;
  std::uint64_t frames = 0;
};

/// Throws oracle_failure. `defects` break all peers alike (protocol/defects.hpp).
scenario_result run_scenario(std::uint64_t seed, std::uint32_t defects = 0);

}  // namespace weft::sim
