// SPDX-License-Identifier: MIT
// Every standalone type against its laws and its specification, on random runs.
#include "support/seeds.hpp"
#include "support/type_suite.hpp"

#include <catch2/catch.hpp>

namespace weft::tests {
namespace {

// By its suite, not by its subject: the laws of a type take seconds to compile.
void check_laws(const type_suite& type, const testing::law_options& options) {
  INFO(type.name);
  REQUIRE(type.laws(options) == testing::none);
}

}  // namespace

TEST_CASE("types: laws and specification hold on random runs") {
  REQUIRE(type_suites().size() > 30);
  for (const type_suite& type : type_suites()) {
    if (!type.operations) {
      check_laws(type, {.runs = test::scaled(2'000)});
    }
  }
}

TEST_CASE("sequences: laws and specification hold on longer runs of more replicas") {
  for (const type_suite& type : type_suites()) {
    if (type.name == "rga" || type.name == "fugue_list" || type.name == "g_list") {
      check_laws(type, {.first_seed = 5'000, .runs = 150, .steps = 60, .replicas = 4});
    }
  }
}

}  // namespace weft::tests
