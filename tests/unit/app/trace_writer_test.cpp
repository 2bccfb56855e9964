// SPDX-License-Identifier: MIT
#include "trace/trace_writer.hpp"

#include "trace/gzip_file.hpp"
#include "trace/trace_reader.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace weft::app;
using Catch::Matchers::Contains;

namespace {

trace sample() {
  trace t;
  t.kind = trace_kind::concurrent;
  t.agents = 2;
  t.end_content = "\"a\"\n\xf0\x9f\x99\x82";
  t.add_transaction(0, {});
  t.add_patch(0, 0, "\"a\"\n");
  const std::array<std::uint32_t, 1> parents{0};
  t.add_transaction(1, parents);
  t.add_patch(4, 0, "x\xf0\x9f\x99\x82");
  t.add_patch(4, 1, "");
  return t;
}

struct temporary_file {
  explicit temporary_file(const std::string& end)
      : path(std::filesystem::temp_directory_path() /
             ("weft-writer-" + std::to_string(::rand()) + end)) {}
  ~temporary_file() { std::filesystem::remove(path); }
  std::filesystem::path path;
};

}  // namespace

TEST_CASE("trace writer: what is written is read back, compressed or not") {
  const trace t = sample();
  for (const char* end : {".json", ".json.gz"}) {
    const temporary_file file(end);
    write_trace(file.path, t);
    const trace back = read_trace(file.path);
    CHECK(back.kind == t.kind);
    CHECK(back.agents == t.agents);
    CHECK(back.end_content == t.end_content);
    CHECK(back.texts == t.texts);
    CHECK(back.parents == t.parents);
    REQUIRE(back.transactions.size() == t.transactions.size());
    CHECK(back.transactions[1].agent == 1);
    REQUIRE(back.patches.size() == t.patches.size());
    CHECK(back.patches[2].position == 4);
    CHECK(back.patches[2].erased == 1);
  }
}

TEST_CASE("trace writer: times are ISO 8601 and children are counted") {
  const std::array<std::int64_t, 2> times{0, 1'618'812'418'007};
  const std::string json = to_json(sample(), times);
  CHECK_THAT(json, Contains("\"time\":\"1970-01-01T00:00:00.000Z\""));
  CHECK_THAT(json, Contains("\"time\":\"2021-04-19T06:06:58.007Z\""));
  CHECK_THAT(json, Contains("\"parents\":[],\"numChildren\":1,\"agent\":0"));
}

TEST_CASE("gzip file: a cut or damaged file is refused") {
  const temporary_file file(".gz");
  write_maybe_gzip(file.path, std::string(10'000, 'x') + "end");
  std::string packed;
  {
    std::ifstream in(file.path, std::ios::binary);
    packed.assign(std::istreambuf_iterator<char>(in), {});
  }
  std::ofstream(file.path, std::ios::binary) << packed.substr(0, packed.size() / 2);
  CHECK_THROWS_AS(read_maybe_gzip(file.path, 1 << 20), trace_error);
  packed[packed.size() - 6] = static_cast<char>(~packed[packed.size() - 6]);  // the checksum
  std::ofstream(file.path, std::ios::binary) << packed;
  CHECK_THROWS_AS(read_maybe_gzip(file.path, 1 << 20), trace_error);
}

TEST_CASE("gzip file: a small file that unpacks to much is refused at the bound") {
  const temporary_file file(".gz");
  write_maybe_gzip(file.path, std::string(8 << 20, '\0'));
  CHECK_THROWS_WITH(read_maybe_gzip(file.path, 1 << 20), Contains("more than 1048576"));
}
