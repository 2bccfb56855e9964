// SPDX-License-Identifier: MIT
// Random histories of every shape that hurts merging, documents against their quick twins, and the
// quick twins against the naive ones. WEFT_SCALE=1000 runs millions; WEFT_TWINS=hex runs one again.
#include "support/twin_run.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>

namespace weft::test {

TEST_CASE("twins: small histories of every shape") {
  if (const char* hex = std::getenv("WEFT_TWINS")) {
    run_twins(decode_twin_script(from_hex(hex)));
    return;
  }
  for_seeds(6'000,
            [](std::uint64_t seed) { check_twins(random_twin_script(seed, 10 + seed % 7 * 6)); });
}

TEST_CASE("twins: the naive list and the naive walker judge small histories") {
  for_seeds(600, [](std::uint64_t seed) {
    twin_options options;
    options.judged_operations = 250;
    options.max_items = 60;
    check_twins(random_twin_script(seed + 1'000'000, 8 + seed % 5 * 6), options);
  });
}

TEST_CASE("twins: middling histories, so that replicas fall far behind and come back") {
  for_seeds(700, [](std::uint64_t seed) {
    twin_options options;
    options.max_items = 1'000;
    check_twins(random_twin_script(seed + 9'000'000, 120), options);
  });
}

TEST_CASE("twins: large histories, looked at in the end") {
  for_seeds(14, [](std::uint64_t seed) {
    twin_script s = random_twin_script(seed + 10'000'000, slow_build() ? 1'000 : 3'000);
    s.look = looking::at_end;
    twin_options options;
    options.max_items = 6'000;
    options.max_operations = 20'000;
    check_twins(s, options);
  });
}

TEST_CASE("twins: longer histories, so that every tree has nodes to split and to join") {
  for_seeds(140, [](std::uint64_t seed) {
    twin_options options;
    options.max_items = 3'000;
    options.max_operations = 8'000;
    check_twins(random_twin_script(seed + 2'000'000, 400), options);
  });
}

TEST_CASE("twins: a script survives being written as bytes") {
  for_seeds(100, [](std::uint64_t seed) {
    const twin_script s = random_twin_script(seed, 50);
    const crdt::bytes bytes = encode_twin_script(s);
    REQUIRE(encode_twin_script(decode_twin_script(bytes)) == bytes);
    REQUIRE(describe(decode_twin_script(bytes)) == describe(s));
  });
}

}  // namespace weft::test
