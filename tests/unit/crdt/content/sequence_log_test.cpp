// SPDX-License-Identifier: MIT
// Runs of a log give back the single operations that went in.
#include "content/sequence_log.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <vector>

namespace weft::crdt {
namespace {

struct single {
  local_index index = 0;
  std::uint32_t position = 0;
  bool inserts = false;
  std::string text;
  friend bool operator==(const single&, const single&) = default;
};

// What the k-th operation of a run does, from the definition in sequence_run.hpp.
std::vector<single> singles_of(const sequence_run& run, std::string_view text) {
  std::vector<single> out;
  for (std::uint32_t k = 0; k < run.length; ++k) {
    single one{run.first + k, run.position, run.kind == run_kind::insert, {}};
    if (one.inserts) {
      const std::size_t first = utf::bytes_of(text, k);
      one.position += k;
      one.text = text.substr(first, utf::bytes_of(text.substr(first), 1));
    } else if (run.kind == run_kind::erase_backward) {
      one.position += run.length - 1 - k;
    }
    out.push_back(one);
  }
  return out;
}

std::vector<single> all_of(const sequence_log& log, index_range range) {
  std::vector<single> out;
  log.runs().for_each_in(range, [&](const sequence_run& part, const sequence_run& run) {
    const auto more = singles_of(
        part, part.kind == run_kind::insert ? log.text_of(part, run) : std::string_view{});
    out.insert(out.end(), more.begin(), more.end());
  });
  return out;
}

sequence_run random_run(std::mt19937& random, local_index first) {
  sequence_run run;
  run.first = first;
  run.position = static_cast<std::uint32_t>(random() % 6);
  run.length = static_cast<std::uint32_t>(1 + random() % 3);
  run.kind = static_cast<run_kind>(random() % 3);
  if (run.length == 1 && run.kind == run_kind::erase_backward) {
    run.kind = run_kind::erase_forward;
  }
  return run;
}

}  // namespace

TEST_CASE("sequence log: any runs come back as the operations that went in") {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    sequence_log log;
    std::vector<single> model;
    local_index next = 0;
    for (int i = 0; i < 60; ++i) {
      next += random() % 5 == 0 ? 1U + static_cast<local_index>(random() % 3) : 0U;
      const sequence_run run = random_run(random, next);
      std::string text;
      for (std::uint32_t k = 0; run.kind == run_kind::insert && k < run.length; ++k) {
        text += random() % 4 == 0 ? "\xC3\xA9" : "z";
      }
      const auto saved = log.save();
      if (random() % 4 == 0) {
        log.push(random_run(random, next), std::string(random() % 2, 'q'));
        log.restore(saved);
      }
      log.push(run, text);
      const auto more = singles_of(run, text);
      model.insert(model.end(), more.begin(), more.end());
      next += run.length;
    }
    log.check_invariants();
    REQUIRE(all_of(log, {0, next}) == model);
    for (int i = 0; i < 30; ++i) {
      const auto first = static_cast<local_index>(random() % next);
      const index_range range{first, first + static_cast<local_index>(random() % 20)};
      std::vector<single> expected;
      for (const single& one : model) {
        if (one.index >= range.first && one.index < range.end) {
          expected.push_back(one);
        }
      }
      REQUIRE(all_of(log, range) == expected);
    }
  }
}

TEST_CASE("sequence log: typing, Delete and Backspace each become one run") {
  sequence_log log;
  local_index next = 0;
  for (std::uint32_t i = 0; i < 5; ++i) {
    log.push({next++, 10 + i, 1, run_kind::insert, 0}, "x");
  }
  for (std::uint32_t i = 0; i < 5; ++i) {
    log.push({next++, 3, 1, run_kind::erase_forward, 0}, {});
  }
  log.push({next++, 20, 1, run_kind::insert, 0}, "y");
  for (std::uint32_t i = 0; i < 5; ++i) {
    log.push({next++, 9 - i, 1, run_kind::erase_forward, 0}, {});
  }
  REQUIRE(log.runs().size() == 4);
  CHECK(log.runs()[0] == sequence_run{0, 10, 5, run_kind::insert, 0});
  CHECK(log.runs()[1] == sequence_run{5, 3, 5, run_kind::erase_forward, 5});
  CHECK(log.runs()[3] == sequence_run{11, 5, 5, run_kind::erase_backward, 6});
  CHECK(log.arena() == "xxxxxy");
}

}  // namespace weft::crdt
