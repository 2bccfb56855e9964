// SPDX-License-Identifier: MIT
// Counters, registers and flags against their laws and specifications, on random runs.
#include "support/types/bounded_counter_subject.hpp"
#include "support/types/causal_counter_subject.hpp"
#include "support/types/extreme_register_subject.hpp"
#include "support/types/flag_subject.hpp"
#include "support/types/g_counter_subject.hpp"
#include "support/types/mv_register_subject.hpp"
#include "support/types/pn_counter_subject.hpp"
#include "support/types/resettable_counter_subject.hpp"
#include "support/types/stamped_register_subject.hpp"
#include "weft/testing/random_laws.hpp"

#include <catch2/catch.hpp>

namespace weft::tests {

TEMPLATE_TEST_CASE("counters, registers, flags: laws and specification hold on random runs", "",
                   g_counter_subject, pn_counter_subject, resettable_counter_subject,
                   reset_wins_counter_subject, causal_counter_subject, bounded_counter_subject,
                   upper_bounded_counter_subject, max_register_subject, min_register_subject,
                   fww_register_subject, hybrid_register_subject, mv_register_subject,
                   ew_flag_subject, dw_flag_subject) {
  STATIC_REQUIRE(crdt::delta_crdt<typename TestType::state>);
  STATIC_REQUIRE(testing::specified_subject<TestType>);
  REQUIRE(testing::check_random_laws<TestType>() == testing::none);
}

}  // namespace weft::tests
