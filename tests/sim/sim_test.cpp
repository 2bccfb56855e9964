// SPDX-License-Identifier: MIT
// Random histories, and the proof that the simulator would notice a broken mechanism.
#include "protocol/defects.hpp"
#include "sim_app.hpp"
#include "sim_scenario.hpp"

#include <catch2/catch.hpp>

#include <iostream>

namespace {

using weft::sim::oracle_failure;
using weft::sim::run_scenario;

/// The first seed at which `defect` is noticed, 0 if none of them.
std::uint64_t caught(std::uint32_t defect, std::uint64_t seeds) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    try {
      run_scenario(seed, defect);
    } catch (const oracle_failure&) {
      return seed;
    }
  }
  return 0;
}

}  // namespace

TEST_CASE("simulator: peers agree after every random history") {
  weft::sim::scenario_result sum;
  std::uint64_t seeds = 0;
  weft::test::for_seeds(1'000, [&](std::uint64_t seed) {
    try {
      const auto one = run_scenario(seed);
      ++seeds;
      sum.edits += one.edits;
      sum.crashes += one.crashes;
      sum.failed_commits += one.failed_commits;
      sum.frames += one.frames;
    } catch (const oracle_failure&) {
      std::cerr << "WEFT_SEED=" << seed << " tests/sim_test\n";
      throw;
    }
  });
  std::cout << seeds << " seeds: " << sum.edits << " edits, " << sum.crashes << " crashes, "
            << sum.failed_commits << " failed commits, " << sum.frames << " frames\n";
}

TEST_CASE("simulator: every deliberate defect is noticed") {
  namespace defect = weft::sync::defect;
  const std::pair<const char*, std::uint32_t> defects[] = {
      {"ack before commit", defect::ack_before_commit},
      {"session state kept over reconnect", defect::keep_session_state},
      {"deliver before commit", defect::deliver_before_commit},
      {"send before commit", defect::send_before_commit},
      {"authorisation off", defect::skip_authorisation},
      {"forwarding off", defect::skip_forwarding},
      {"silence ignored", defect::ignore_silence},
      {"failed commit forgotten", defect::forget_failed_commit},
      {"acknowledgements off", defect::skip_acks},
      {"membership entries not passed on", defect::keep_members},
  };
  for (const auto& [name, bit] : defects) {
    const std::uint64_t seed = caught(bit, 200);
    std::cout << "defect \"" << name << "\": noticed at seed " << seed << "\n";
    CHECK((seed != 0 && name != nullptr));
  }
}
