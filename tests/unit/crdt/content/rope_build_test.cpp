// SPDX-License-Identifier: MIT
// Ropes made of a whole text at once, and the counting that they stand on.
#include "base/utf.hpp"
#include "content/rope.hpp"
#include "weft/crdt/document/text.hpp"

#include <catch2/catch.hpp>

#include <cstddef>
#include <random>
#include <string>

namespace weft::crdt {
namespace {

// About one scalar in `rare` is not ASCII.
std::string some_text(std::mt19937& random, std::size_t scalars, unsigned rare) {
  static constexpr const char* others[] = {"\u00e4", "\u20ac", "\U0001f9f6", "\n"};
  std::string out;
  for (std::size_t i = 0; i < scalars; ++i) {
    if (random() % rare == 0) {
      out += others[random() % 4];
    } else {
      out.push_back(static_cast<char>('a' + random() % 26));
    }
  }
  return out;
}

utf::counts counted_one_by_one(std::string_view text) {
  utf::counts c;
  for (const char byte : text) {
    ++c.bytes;
    c.scalars += utf::is_lead(byte) ? 1U : 0U;
    c.astral += utf::is_astral_lead(byte) ? 1U : 0U;
    c.lines += byte == '\n' ? 1U : 0U;
  }
  return c;
}

}  // namespace

TEST_CASE("utf: counts are those of a scan by bytes, at every length and place") {
  std::mt19937 random(3);
  for (const unsigned rare : {1U, 2U, 50U}) {
    const std::string text = some_text(random, 6'000, rare);
    for (std::size_t size = 2; size < 300; ++size) {
      const std::string_view part = std::string_view{text}.substr(size % 7, size);
      CHECK(utf::count(part) == counted_one_by_one(part));
    }
    CHECK(utf::count(text) == counted_one_by_one(text));
  }
  const std::string lines(5'000, '\n');
  CHECK(utf::count(lines) == counted_one_by_one(lines));
}

TEST_CASE("utf: one bad byte is found wherever it stands") {
  for (const std::size_t size : {1U, 8U, 63U, 64U, 65U, 200U}) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      CHECK(is_valid_utf8(text));
      text[at] = '\x80';
      CHECK_FALSE(is_valid_utf8(text));
      text[at] = '\xf0';
      CHECK_FALSE(is_valid_utf8(text));
    }
  }
}

TEST_CASE("rope: made of a whole text it is sound, and is edited like any other") {
  std::mt19937 random(4);
  for (const std::size_t size :
       {0U, 1U, 899U, 900U, 901U, 1'800U, 28'800U, 28'801U, 60'000U, 1'200'000U}) {
    for (const unsigned rare : {3U, 1'000U}) {
      std::string text = some_text(random, size, rare);
      rope built(text);
      built.check_invariants();
      CHECK(built.to_string() == text);
      CHECK(built.length() == count_scalars(text));
      rope typed;
      typed.insert(0, text);
      CHECK(built.newlines() == typed.newlines());
      CHECK(built.length_utf16() == typed.length_utf16());
      for (int i = 0; i < 200; ++i) {
        const auto at = static_cast<std::uint32_t>(random() % (built.length() + 1));
        if (i % 3 == 0 && at < built.length()) {
          const auto count = static_cast<std::uint32_t>(
              std::min<std::size_t>(built.length() - at, random() % 2'000));
          built.erase(at, count);
          typed.erase(at, count);
        } else {
          built.insert(at, "\u00fcber");
          typed.insert(at, "\u00fcber");
        }
      }
      built.check_invariants();
      CHECK(built.to_string() == typed.to_string());
    }
  }
}

}  // namespace weft::crdt
