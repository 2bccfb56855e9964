// SPDX-License-Identifier: MIT
#include "weft/testing/random_laws.hpp"

#include "small_subjects.hpp"
#include "support/types/lww_register_subject.hpp"
#include "support/types/or_set_subject.hpp"
#include "toy_types.hpp"

#include <catch2/catch.hpp>

#include <sstream>

namespace weft::tests {
namespace {

using testing::check_random_laws;
using testing::law_report;
using testing::none;

template <class S>
std::string law_broken_by() {
  const law_report report = check_random_laws<S>();
  return report.failure ? report.failure->what.law : "none";
}

}  // namespace

TEMPLATE_TEST_CASE("random laws: hold for the types of the library", "", adding, counting, writing,
                   lww_register_subject, or_set_subject) {
  STATIC_REQUIRE(testing::specified_subject<TestType>);
  REQUIRE(check_random_laws<TestType>({.first_seed = 1, .runs = 400}) == none);
}

TEST_CASE("random laws: right toy types pass") {
  REQUIRE(check_random_laws<toy_register_subject<fault::none>>() == none);
  REQUIRE(check_random_laws<toy_counter_subject<fault::none>>() == none);
  REQUIRE(check_random_laws<toy_set_subject<fault::none>>() == none);
}

TEST_CASE("random laws: each fault is noticed") {
  REQUIRE(law_broken_by<toy_register_subject<fault::not_commutative>>() != "none");
  REQUIRE(law_broken_by<toy_register_subject<fault::lost_tie_break>>() != "none");
  REQUIRE(law_broken_by<toy_counter_subject<fault::not_idempotent>>() != "none");
  REQUIRE(law_broken_by<toy_set_subject<fault::wide_delta>>() != "none");
  REQUIRE(law_broken_by<toy_set_subject<fault::wrong_meaning>>() ==
          "a replica shows what the specification says");
}

TEST_CASE("random laws: a failure is the shortest run, as a time-table") {
  const law_report report = check_random_laws<toy_set_subject<fault::wrong_meaning>>();
  REQUIRE(report.failure);
  std::ostringstream text;
  text << report;
  INFO(text.str());
  // Two concurrent operations; what is delivered at the end needs no step.
  REQUIRE(report.failure->steps == 2);
  REQUIRE(report.failure->table.find("remove(") != std::string::npos);
}

TEST_CASE("random laws: runs are the same for the same seed") {
  const auto first = check_random_laws<toy_set_subject<fault::wide_delta>>();
  const auto second = check_random_laws<toy_set_subject<fault::wide_delta>>();
  REQUIRE(first.failure->seed == second.failure->seed);
  REQUIRE(first.failure->table == second.failure->table);
}

}  // namespace weft::tests
