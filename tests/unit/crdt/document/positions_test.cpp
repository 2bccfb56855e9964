// SPDX-License-Identifier: MIT
// Positions in three units and lines, through the public handle, against std::u32string.
#include "support/seeds.hpp"
#include "support/utf8.hpp"
#include "weft/crdt/document/document.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weft::crdt {
namespace {

using test::rng;
using test::to_utf8;

std::uint32_t size_utf8(std::u32string_view text) {
  return static_cast<std::uint32_t>(to_utf8(text).size());
}

std::uint32_t size_utf16(std::u32string_view text) {
  const auto astral =
      std::count_if(text.begin(), text.end(), [](char32_t c) { return c > 0xFFFF; });
  return static_cast<std::uint32_t>(text.size() + static_cast<std::size_t>(astral));
}

void check_place(const text& t, std::u32string_view model, std::size_t at) {
  const std::u32string_view before = model.substr(0, at);
  const scalar_pos here{static_cast<std::uint32_t>(at)};
  const auto line = static_cast<std::uint32_t>(std::count(before.begin(), before.end(), U'\n'));
  const std::size_t newline = before.rfind(U'\n');
  const auto start = static_cast<std::uint32_t>(newline == before.npos ? 0 : newline + 1);
  REQUIRE(t.to_utf8(here).value == size_utf8(before));
  REQUIRE(t.to_utf16(here).value == size_utf16(before));
  REQUIRE(t.to_scalar(t.to_utf8(here)) == here);
  REQUIRE(t.to_scalar(t.to_utf16(here)) == here);
  REQUIRE(t.line_of(here) == line);
  REQUIRE(t.line_start(line).value == start);
  if (at == model.size()) {
    return;
  }
  for (std::uint32_t inside = 1; inside < size_utf8(model.substr(at, 1)); ++inside) {
    REQUIRE(t.to_scalar(utf8_pos{size_utf8(before) + inside}) == here);
  }
  if (model[at] > 0xFFFF) {
    REQUIRE(t.to_scalar(utf16_pos{size_utf16(before) + 1}) == here);
  }
}

void check_whole(const text& t, std::u32string_view model) {
  REQUIRE(t.length() == model.size());
  REQUIRE(t.size_bytes() == size_utf8(model));
  REQUIRE(t.length_utf16() == size_utf16(model));
  REQUIRE(t.line_count() == 1 + std::count(model.begin(), model.end(), U'\n'));
  REQUIRE(t.to_string() == to_utf8(model));
}

// Letters, CRLF, combining marks, every width of UTF-8.
std::u32string some_text(rng& random, std::size_t pieces) {
  constexpr std::u32string_view kinds[] = {U"abc",          U"\r\n",          U"\n",
                                           U"\r",           U"e\u0301\u0323", U"\u00e9",
                                           U"\u4e2d\u6587", U"\U0001f600",    U"\U0010ffff\n"};
  std::u32string out;
  for (; pieces > 0; --pieces) {
    out += kinds[random.below(std::size(kinds))];
  }
  return out;
}

}  // namespace

TEST_CASE("positions: units and lines are those of a plain string, whatever is edited") {
  test::for_seeds(12, [](std::uint64_t seed) {
    rng random(seed);
    document d(replica_id::from_number(1));
    text t = d.get_text("t");
    std::u32string model;
    for (int i = 0; i < 400; ++i) {
      const std::size_t at = random.below(model.size() + 1);
      const std::size_t gone =
          std::min(model.size() - at, random.chance(30) ? random.below(60) : 0);
      const std::u32string fresh = some_text(random, random.below(random.chance(5) ? 300 : 5));
      t.replace({static_cast<std::uint32_t>(at)}, static_cast<std::uint32_t>(gone), to_utf8(fresh));
      model.replace(at, gone, fresh);
      for (int k = 0; k < 3; ++k) {
        check_place(t, model, random.below(model.size() + 1));
      }
      check_place(t, model, model.size());
    }
    check_whole(t, model);
  });
}

TEST_CASE("positions: a line of a megabyte is edited and asked like any other") {
  rng random(5);
  std::u32string model(1'000'000, U'x');
  for (std::size_t i = 0; i < model.size(); i += 1 + random.below(2000)) {
    model[i] = random.chance(50) ? U'\U0001f600' : U'\u0301';
  }
  document d(replica_id::from_number(1));
  text t = d.get_text("t");
  t.insert({0}, to_utf8(model));
  REQUIRE(t.line_count() == 1);
  for (int i = 0; i < 40; ++i) {
    const std::size_t at = random.below(model.size() + 1);
    const std::u32string fresh = random.chance(20) ? U"\r\n" : U"\u4e2d";
    t.insert({static_cast<std::uint32_t>(at)}, to_utf8(fresh));
    model.insert(at, fresh);
    check_place(t, model, at);
    check_place(t, model, random.below(model.size() + 1));
  }
  check_whole(t, model);
}

TEST_CASE("positions: lines end with a newline, CRLF is one end, a lone CR none") {
  document d(replica_id::from_number(1));
  text t = d.get_text("t");
  CHECK(t.line_count() == 1);
  CHECK(t.line_start(0).value == 0);
  t.insert({0}, "a\r\nb\rc\n");
  CHECK(t.line_count() == 3);
  CHECK(t.line_start(1).value == 3);
  CHECK(t.line_of({2}) == 0);
  CHECK(t.line_of({3}) == 1);
  CHECK(t.line_start(2).value == 7);
  CHECK(t.line_of({7}) == 2);
}

}  // namespace weft::crdt
