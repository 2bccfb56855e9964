// SPDX-License-Identifier: MIT
#include "trace/trace_reader.hpp"

#include <catch2/catch.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

using namespace weft::app;
using Catch::Matchers::Contains;

namespace {

const std::string sequential =
    R"({"startContent":"","endContent":"hé!","txns":[)"
    R"({"time":"2021-04-19T06:06:58.000Z","patches":[[0,0,"ho"],[1,1,"é"]]},)"
    R"({"time":"x","patches":[[2,0,"!"]]}]})";

const std::string concurrent =
    R"({"kind":"concurrent","endContent":"ba","numAgents":2,"txns":[)"
    R"({"parents":[],"numChildren":0,"agent":0,"time":"","patches":[[0,0,"a"]],)"
    R"("_extra":[[{"x":[1]}]]},)"
    R"({"parents":[],"numChildren":0,"agent":1,"time":"","patches":[[0,0,"b"]]}]})";

std::string refusal(const std::string& json) {
  try {
    static_cast<void>(parse_trace(json));
  } catch (const trace_error& e) {
    return e.what();
  }
  return "accepted";
}

/// `whole` with its first `old_part` replaced.
std::string with(std::string whole, const std::string& old_part, const std::string& new_part) {
  const std::size_t at = whole.find(old_part);
  REQUIRE(at != std::string::npos);
  return whole.replace(at, old_part.size(), new_part);
}

struct temporary_file {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("weft-trace-" + std::to_string(::rand()));
  ~temporary_file() { std::filesystem::remove(path); }
};

}  // namespace

TEST_CASE("trace reader: a sequential file gives its patches in order") {
  const trace t = parse_trace(sequential);
  CHECK(t.kind == trace_kind::sequential);
  CHECK(t.agents == 1);
  CHECK(t.end_content == "hé!");
  REQUIRE(t.transactions.size() == 2);
  REQUIRE(t.patches_of(t.transactions[0]).size() == 2);
  CHECK(t.transactions[0].wall_ms == 1'618'812'418'000);
  CHECK(t.transactions[1].wall_ms == 0);  // "x" is no time
  const trace_patch& second = t.patches_of(t.transactions[0])[1];
  CHECK(second.position == 1);
  CHECK(second.erased == 1);
  CHECK(t.text_of(second) == "é");
}

TEST_CASE("trace reader: a concurrent file gives agents and parents, other keys are skipped") {
  const trace t = parse_trace(
      with(concurrent, R"("parents":[],"numChildren":0,"agent":1)", R"("agent":1,"parents":[0])"));
  CHECK(t.kind == trace_kind::concurrent);
  CHECK(t.agents == 2);
  REQUIRE(t.transactions.size() == 2);
  CHECK(t.transactions[1].agent == 1);
  REQUIRE(t.parents_of(t.transactions[1]).size() == 1);
  CHECK(t.parents_of(t.transactions[1])[0] == 0);
}

TEST_CASE("trace reader: without a kind, transactions with parents make it concurrent") {
  CHECK(parse_trace(with(concurrent, R"("kind":"concurrent",)", "")).kind ==
        trace_kind::concurrent);
}

TEST_CASE("trace reader: what is no trace is refused with its place") {
  CHECK_THAT(refusal(""), Contains("no JSON at byte"));
  CHECK_THAT(refusal("[1,2]"), Contains("is no trace"));
  CHECK_THAT(refusal("{}"), Contains("`txns` is missing"));
  CHECK_THAT(refusal(R"({"txns":[]})"), Contains("`endContent` is missing"));
  CHECK_THAT(refusal(R"({"txns":{},"endContent":""})"), Contains("`txns` holds an object"));
  CHECK_THAT(refusal(with(sequential, "[0,0,\"ho\"]", "[0,-1,\"ho\"]")),
             Contains("transaction 0, patch 0: ") && Contains("element 1 is a negative number"));
  CHECK_THAT(refusal(with(sequential, "[1,1,\"é\"]", "[1,1.5,\"é\"]")),
             Contains("transaction 0, patch 1: "));
  CHECK_THAT(refusal(with(sequential, "[1,1,\"é\"]", "[1,1]")), Contains("has 2 elements"));
  CHECK_THAT(refusal(with(sequential, "[1,1,\"é\"]", "[1,1,\"é\",\"\"]")),
             Contains("element 3 is a string"));
  CHECK_THAT(refusal(with(sequential, "[[2,0,\"!\"]]", "[]")),
             Contains("transaction 1: has no patches"));
  CHECK_THAT(refusal(with(sequential, "[2,0,", "[99999999999,0,")), Contains("is too large"));
  CHECK_THAT(refusal(with(sequential, "\"startContent\":\"\"", "\"startContent\":\"x\"")),
             Contains("startContent"));
  CHECK_THAT(refusal(with(sequential, "é", "\xc3")), Contains("no JSON at byte"));
  CHECK_THAT(refusal(with(concurrent, "\"parents\":[]", "\"parents\":[0]")),
             Contains("transaction 0: parent 0 is no earlier transaction"));
  CHECK_THAT(refusal(with(concurrent, "\"agent\":1", "\"agent\":2")),
             Contains("transaction 1: agent 2 is not below"));
  CHECK_THAT(refusal(with(concurrent, "\"numAgents\":2", "\"numAgents\":99999999")),
             Contains("numAgents"));
  CHECK_THAT(refusal(with(concurrent, "\"kind\":\"concurrent\"", "\"kind\":\"x\"")),
             Contains("`kind`"));
  CHECK_THAT(refusal(with(concurrent, "\"parents\":[],", "")), Contains("without the other"));
}

TEST_CASE("trace reader: each cut of a file is refused in one line") {
  for (const std::string& whole : {sequential, concurrent}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const std::string said = refusal(whole.substr(0, size));
      REQUIRE(said != "accepted");
      REQUIRE(said.find('\n') == std::string::npos);
    }
  }
}

TEST_CASE("trace reader: mutated files are read or refused, never worse") {
  const unsigned seed = 20211;
  CAPTURE(seed);
  std::mt19937 random(seed);
  unsigned refused = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string bytes = round % 2 == 0 ? sequential : concurrent;
    for (unsigned i = 0; i < 1 + random() % 3; ++i) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    refused += refusal(bytes) == "accepted" ? 0U : 1U;
  }
  CHECK(refused > 1000);
}

TEST_CASE("trace reader: deep nesting costs no stack") {
  CHECK_THAT(refusal(std::string(2'000'000, '[')), Contains("is no trace"));
  const std::string deep = std::string(500'000, '[') + std::string(500'000, ']');
  CHECK(parse_trace(with(sequential, "\"startContent\":\"\"", "\"x\":" + deep)).end_content ==
        "hé!");
}

TEST_CASE("trace reader: files are bounded, missing ones and folders are told apart") {
  const temporary_file file;
  std::ofstream(file.path) << sequential;
  CHECK(read_trace(file.path).transactions.size() == 2);
  trace_limits small;
  small.max_content_bytes = 10;
  CHECK_THROWS_AS(read_trace(file.path, small), trace_error);
  CHECK_THROWS_AS(read_trace(file.path.string() + ".none"), trace_io_error);
  CHECK_THROWS_AS(read_trace(std::filesystem::temp_directory_path()), trace_io_error);
}
