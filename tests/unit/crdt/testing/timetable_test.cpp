// SPDX-License-Identifier: MIT
#include "weft/testing/timetable.hpp"

#include "weft/testing/random_script.hpp"

#include <catch2/catch.hpp>

namespace weft::testing {

TEST_CASE("time-table: columns stand, also with other letters, and lines end without spaces") {
  timetable table(replica_columns(2));
  table.add_before("add(ä)");
  table.add_before("add(b)");
  table.add(0, "add(ö)", "{ö}");
  table.add(1, "waits", "");
  REQUIRE(table.add_column("a reader") == 2);
  table.add(2, "gets add(ö) of 1", "{ö}");
  REQUIRE(table.size() == 3);
  REQUIRE(table.text() ==
          "all have seen: add(ä); add(b)\n"
          "step  replica 1       replica 2   a reader\n"
          "1     add(ö) -> {ö}\n"
          "2                     waits\n"
          "3                                 gets add(ö) of 1 -> {ö}\n");
}

TEST_CASE("random script: the same for the same seed, and names only messages that were made") {
  const random_script script = make_random_script(7, 3, 200, 4);
  REQUIRE(script.size() == 200);
  const random_script again = make_random_script(7, 3, 200, 4);
  for (std::size_t i = 0; i < script.size(); ++i) {
    REQUIRE(script[i].what == again[i].what);
    REQUIRE(script[i].replica < 3);
    if (script[i].what == action::receive) {
      REQUIRE(script[script[i].first].what == action::act);
      REQUIRE(script[i].first < i);
    }
  }
}

TEST_CASE("random script: shrinking keeps what is needed and nothing else") {
  const auto fails = [](const random_script& s) {
    bool five = false;
    bool ninety = false;
    for (const random_step& step : s) {
      five = five || step.id == 5;
      ninety = ninety || step.id == 90;
    }
    return five && ninety;
  };
  const random_script script = shrunk(make_random_script(1, 3, 100, 4), fails);
  REQUIRE(script.size() == 2);
  REQUIRE(script[0].id == 5);
  REQUIRE(script[1].id == 90);
}

}  // namespace weft::testing
