// SPDX-License-Identifier: MIT
#include "profile/text_diff.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

using namespace weft::app;

namespace {

/// Works on ASCII, where scalars are bytes.
std::string applied(std::string text, const std::vector<text_edit>& edits) {
  for (auto e = edits.rbegin(); e != edits.rend(); ++e) {
    text.replace(e->position, e->erased, e->inserted);
  }
  return text;
}

std::size_t cost(const std::vector<text_edit>& edits) {
  std::size_t sum = 0;
  for (const text_edit& e : edits) sum += e.erased + e.inserted.size();
  return sum;
}

/// The textbook table: insertions and deletions only.
std::size_t slow_distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
      } else if (a[i - 1] == b[j - 1]) {
        d[i][j] = d[i - 1][j - 1];
      } else {
        d[i][j] = 1 + std::min(d[i - 1][j], d[i][j - 1]);
      }
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

TEST_CASE("text diff: equal texts need no edit") {
  CHECK(diff_texts("same\n", "same\n").empty());
}

TEST_CASE("text diff: positions are scalars and a character is never split") {
  const auto edits = diff_texts("a\xc3\xa9\xf0\x9f\x99\x82z", "a\xc3\xa8\xf0\x9f\x99\x83z");
  REQUIRE(edits.size() == 1);
  CHECK(edits[0] == text_edit{1, 2, "\xc3\xa8\xf0\x9f\x99\x83"});
  const auto far = diff_texts("\xf0\x9f\x99\x82one", "\xf0\x9f\x99\x82one two");
  REQUIRE(far.size() == 1);
  CHECK(far[0] == text_edit{4, 0, " two"});
}

TEST_CASE("text diff: the edit turns one text into the other and is the smallest") {
  const unsigned seed = 7;
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 3000; ++round) {
    std::string a;
    std::string b;
    for (auto i = random() % 24; i > 0; --i) a += static_cast<char>('a' + random() % 3);
    for (auto i = random() % 24; i > 0; --i) b += static_cast<char>('a' + random() % 3);
    const auto edits = diff_texts(a, b);
    CAPTURE(a, b);
    REQUIRE(applied(a, edits) == b);
    REQUIRE(cost(edits) == slow_distance(a, b));
    for (std::size_t i = 1; i < edits.size(); ++i) {
      REQUIRE(edits[i - 1].position + edits[i - 1].erased < edits[i].position);
    }
  }
}

TEST_CASE("text diff: texts far apart are told apart by lines, within bounds") {
  std::mt19937 random(8);
  std::string a;
  std::string b;
  for (int line = 0; line < 3000; ++line) {
    std::string one;
    for (int i = 0; i < 20; ++i) one += static_cast<char>('a' + random() % 26);
    a += one + '\n';
    if (line % 10 == 0) one = "changed line " + std::to_string(line);
    b += one + '\n';
  }
  const auto edits = diff_texts(a, b);
  CHECK(applied(a, edits) == b);
  CHECK(cost(edits) <= 300 * 45);
  const std::string other(50'000, 'x');
  CHECK(applied(a, diff_texts(a, other)) == other);
  CHECK(applied(other, diff_texts(other, "")).empty());
}
