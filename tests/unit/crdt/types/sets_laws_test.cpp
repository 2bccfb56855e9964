// SPDX-License-Identifier: MIT
// Laws and specifications of sets and maps, on random runs.
#include "support/types/cl_set_subject.hpp"
#include "support/types/g_map_subject.hpp"
#include "support/types/g_set_subject.hpp"
#include "support/types/lww_element_set_subject.hpp"
#include "support/types/lww_map_subject.hpp"
#include "support/types/or_map_subject.hpp"
#include "support/types/or_set_subject.hpp"
#include "support/types/rw_or_set_subject.hpp"
#include "support/types/two_phase_set_subject.hpp"
#include "weft/testing/random_laws.hpp"

#include <catch2/catch.hpp>

namespace weft::tests {

TEMPLATE_TEST_CASE("sets and maps: laws and specification hold on random runs", "", g_set_subject,
                   two_phase_set_subject, cl_set_subject, lww_add_wins_set_subject,
                   lww_remove_wins_set_subject, or_set_subject, rw_or_set_subject, g_map_subject,
                   lww_map_subject, or_map_subject) {
  STATIC_REQUIRE(testing::specified_subject<TestType>);
  STATIC_REQUIRE(crdt::delta_crdt<typename TestType::state>);
  REQUIRE(testing::check_random_laws<TestType>({.runs = 2'000}) == testing::none);
}

}  // namespace weft::tests
