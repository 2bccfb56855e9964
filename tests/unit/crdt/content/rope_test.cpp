// SPDX-License-Identifier: MIT
// The rope against std::u32string.
#include "content/rope.hpp"

#include "weft/crdt/document/text.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>

namespace weft::crdt {
namespace {

std::string to_utf8(std::u32string_view text) {
  std::string out;
  const auto byte = [&](char32_t b) { out += static_cast<char>(static_cast<unsigned char>(b)); };
  for (const char32_t c : text) {
    if (c < 0x80) {
      byte(c);
    } else if (c < 0x800) {
      byte(0xC0 | (c >> 6));
      byte(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
      byte(0xE0 | (c >> 12));
      byte(0x80 | ((c >> 6) & 0x3F));
      byte(0x80 | (c & 0x3F));
    } else {
      byte(0xF0 | (c >> 18));
      byte(0x80 | ((c >> 12) & 0x3F));
      byte(0x80 | ((c >> 6) & 0x3F));
      byte(0x80 | (c & 0x3F));
    }
  }
  return out;
}

std::u32string random_text(std::mt19937& random, std::size_t length, bool ascii) {
  constexpr char32_t wide[] = {'x', '\n', 0xE9, 0x20AC, 0x1F600, 0xFFFD, 0x10FFFF};
  std::u32string out;
  for (std::size_t i = 0; i < length; ++i) {
    out += ascii ? static_cast<char32_t>('a' + random() % 26) : wide[random() % std::size(wide)];
  }
  return out;
}

std::uint32_t utf16_length(std::u32string_view text) {
  std::uint32_t n = 0;
  for (const char32_t c : text) {
    n += c > 0xFFFF ? 2 : 1;
  }
  return n;
}

void check_equal(const rope& r, const std::u32string& model) {
  r.check_invariants();
  REQUIRE(r.to_string() == to_utf8(model));
  REQUIRE(r.length() == model.size());
  REQUIRE(r.length_utf16() == utf16_length(model));
  REQUIRE(r.newlines() == std::count(model.begin(), model.end(), U'\n'));
}

void check_positions(const rope& r, const std::u32string& model, std::mt19937& random) {
  for (int i = 0; i < 20; ++i) {
    const auto at = static_cast<std::uint32_t>(random() % (model.size() + 1));
    const std::u32string_view before = std::u32string_view{model}.substr(0, at);
    const auto bytes = static_cast<std::uint32_t>(to_utf8(before).size());
    REQUIRE(r.to_utf8(at) == bytes);
    REQUIRE(r.to_utf16(at) == utf16_length(before));
    REQUIRE(r.from_utf8(bytes) == at);
    REQUIRE(r.from_utf16(utf16_length(before)) == at);
    REQUIRE(r.line_of(at) == std::count(before.begin(), before.end(), U'\n'));
    const auto line = static_cast<std::uint32_t>(random() % (r.newlines() + 1));
    std::size_t start = 0;
    for (std::uint32_t k = 0; k < line; ++k) {
      start = model.find(U'\n', start) + 1;
    }
    REQUIRE(r.line_start(line) == start);
    if (at < model.size()) {
      // Positions inside of a scalar go to its start.
      const auto width = static_cast<std::uint32_t>(to_utf8({&model[at], 1}).size());
      REQUIRE(r.from_utf8(bytes + width - 1) == at);
      REQUIRE(r.from_utf16(utf16_length(before) + (model[at] > 0xFFFF ? 1 : 0)) == at);
    }
    const auto count = static_cast<std::uint32_t>(random() % (model.size() - at + 1));
    REQUIRE(r.slice(at, count) == to_utf8(std::u32string_view{model}.substr(at, count)));
  }
}

void random_edits(std::uint32_t seed, bool ascii, std::size_t longest, int steps) {
  CAPTURE(seed, ascii, longest);
  std::mt19937 random(seed);
  rope r;
  std::u32string model;
  std::size_t at = 0;
  for (int i = 0; i < steps; ++i) {
    // Mostly near the last edit, as people type.
    if (random() % 4 == 0 || at > model.size()) {
      at = random() % (model.size() + 1);
    }
    // Phases of growth and of shrinking.
    const bool grow = (i / (steps / 6 + 1)) % 2 == 0 ? random() % 4 != 0 : random() % 4 == 0;
    if (grow) {
      const std::u32string text = random_text(random, 1 + random() % longest, ascii);
      r.insert(static_cast<std::uint32_t>(at), to_utf8(text));
      model.insert(at, text);
      at += text.size();
    } else {
      const std::size_t n = std::min(model.size() - at, 1 + random() % longest);
      r.erase(static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(n));
      model.erase(at, n);
      at -= std::min<std::size_t>(at, random() % 3);
    }
    if (i % 64 == 0) {
      check_equal(r, model);
      check_positions(r, model, random);
    }
  }
  check_equal(r, model);
  check_positions(r, model, random);
  r.erase(0, r.length());
  check_equal(r, U"");
  r.insert(0, "again");
  check_equal(r, U"again");
}

}  // namespace

TEST_CASE("rope: random edits give the text that a plain string gives") {
  for (std::uint32_t seed = 0; seed < 6; ++seed) {
    random_edits(seed, true, 3, 3000);
    random_edits(seed, false, 3, 3000);
    random_edits(seed, false, 200, 1500);
    random_edits(seed, seed % 2 == 0, 5000, 200);
  }
}

TEST_CASE("rope: a tree of several levels grows and shrinks") {
  std::mt19937 random(3);
  const std::u32string text = random_text(random, 1'500'000, false);
  rope r{to_utf8(text)};
  std::u32string model = text;
  check_equal(r, model);
  check_positions(r, model, random);
  while (model.size() > 1000) {
    const std::size_t n = model.size() / 3;
    const std::size_t at = random() % (model.size() - n + 1);
    r.erase(static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(n));
    model.erase(at, n);
    check_equal(r, model);
    check_positions(r, model, random);
  }
}

TEST_CASE("rope: small erasures everywhere leave few leaves") {
  std::mt19937 random(5);
  rope r;
  for (int i = 0; i < 20'000; ++i) {
    r.insert(static_cast<std::uint32_t>(random() % (r.length() + 1)), "abcdefgh");
  }
  const auto chunks_of = [](const rope& some) {
    std::size_t chunks = 0;
    some.for_each_chunk([&](std::string_view) { ++chunks; });
    return chunks;
  };
  const std::size_t chunks_before = chunks_of(r);
  while (r.length() > 100) {
    r.erase(static_cast<std::uint32_t>(random() % (r.length() - 3)), 3);
  }
  r.check_invariants();
  // 160,000 bytes became 100 at most: of thousands of leaves few are left.
  CHECK(chunks_before > 100);
  CHECK(chunks_of(r) <= 12);
}

TEST_CASE("rope: a moved rope keeps its text") {
  rope a{"one"};
  rope b{std::move(a)};
  CHECK(b.to_string() == "one");
  rope c{"two"};
  c = std::move(b);
  c.insert(3, "!");
  CHECK(c.to_string() == "one!");
  c.clear();
  CHECK(c.length() == 0);
}

TEST_CASE("utf8: well-formed text is told from malformed") {
  CHECK(is_valid_utf8(""));
  CHECK(is_valid_utf8("plain text that is longer than a word"));
  CHECK(is_valid_utf8("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF\xEF\xBF\xBF"));
  for (const std::string_view bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
        "\xE2\x82", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF",
        "12345678\x80", "\xF0\x9F\x98", "\xE2\x28\xA1"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_valid_utf8(bad));
  }
  CHECK(count_scalars("a\xC3\xA9\xF0\x9F\x98\x80") == 3);
}

}  // namespace weft::crdt
