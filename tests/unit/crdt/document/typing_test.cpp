// SPDX-License-Identifier: MIT
// Keystrokes that are gathered must look as if each had been put in its place at once. The twin is
// a document with a listener, in which nothing is gathered.
#include "support/seeds.hpp"
#include "support/utf8.hpp"
#include "weft/crdt/document/document.hpp"
#include "weft/crdt/document/undo.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::crdt {
namespace {

using test::rng;
using test::to_utf8;

const replica_id self = replica_id::from_number(7);

// One user at two texts. Every step goes to a document that gathers, to its twin, and to strings.
class typist {
public:
  explicit typist(std::uint64_t seed) : random_(seed) {
    twin_.subscribe([](const event&) {});
  }

  void step() {
    if (random_.chance(3)) {
      here_ = random_.below(2);
    }
    if (random_.chance(6)) {
      at_ = random_.below(model().size() + 1);
    }
    at_ = std::min(at_, model().size());
    const std::size_t kind = random_.below(100);
    if (kind < 60) {
      insert(std::u32string(1, letter()));
    } else if (kind < 78) {
      erase(at_ == 0 ? 0 : at_ - 1, at_ == 0 ? 0 : 1);
    } else if (kind < 88) {
      erase(at_, std::min<std::size_t>(model().size() - at_, random_.below(3)));
    } else if (kind < 93) {
      std::u32string word;
      for (std::size_t n = random_.below(random_.chance(10) ? 400 : 6); n > 0; --n) {
        word += letter();
      }
      insert(word);
    } else if (kind < 95) {
      const std::size_t n = std::min<std::size_t>(model().size() - at_, random_.below(4));
      replace(n, std::u32string(random_.below(3), letter()));
    } else {
      other_call();
    }
    REQUIRE(text(doc_).length() == model().size());
  }

  void compare() {
    for (here_ = 0; here_ < 2; ++here_) {
      REQUIRE(text(doc_).to_string() == to_utf8(model()));
      REQUIRE(text(doc_).size_bytes() == to_utf8(model()).size());
      REQUIRE(text(doc_).length_utf16() == text(twin_).length_utf16());
    }
    here_ = 0;
    at_ = std::min(at_, model().size());
    REQUIRE(doc_.op_count() == twin_.op_count());
    REQUIRE(doc_.version() == twin_.version());
    REQUIRE(doc_.frontier() == twin_.frontier());
    REQUIRE(doc_.export_canonical() == twin_.export_canonical());
    doc_.check_invariants();
  }

private:
  weft::crdt::text text(document& d) { return d.get_text(here_ == 0 ? "a" : "b"); }
  std::u32string& model() { return models_[here_]; }
  char32_t letter() {
    constexpr std::u32string_view letters = U"abc\n\u00e9\u20ac\U0001f600";
    return letters[random_.below(random_.chance(80) ? 4 : letters.size())];
  }

  void insert(const std::u32string& what) {
    const scalar_pos at{static_cast<std::uint32_t>(at_)};
    text(doc_).insert(at, to_utf8(what));
    text(twin_).insert(at, to_utf8(what));
    model().insert(at_, what);
    at_ += what.size();
  }
  void erase(std::size_t from, std::size_t count) {
    const scalar_pos at{static_cast<std::uint32_t>(from)};
    text(doc_).erase(at, static_cast<std::uint32_t>(count));
    text(twin_).erase(at, static_cast<std::uint32_t>(count));
    model().erase(from, count);
    at_ = from;
  }
  void replace(std::size_t count, const std::u32string& what) {
    const scalar_pos at{static_cast<std::uint32_t>(at_)};
    text(doc_).replace(at, static_cast<std::uint32_t>(count), to_utf8(what));
    text(twin_).replace(at, static_cast<std::uint32_t>(count), to_utf8(what));
    model().replace(at_, count, what);
    at_ += what.size();
  }
  // Whatever asks the document must find the keystrokes in place.
  void other_call() {
    const scalar_pos at{static_cast<std::uint32_t>(at_)};
    switch (random_.below(10)) {
      case 0:
        doc_.begin();
        twin_.begin();
        ++open_;
        break;
      case 1:
        if (open_ > 0) {
          doc_.commit();
          twin_.commit();
          --open_;
        }
        break;
      case 2:
        doc_.get_map("m").set("k", std::int64_t{1});
        twin_.get_map("m").set("k", std::int64_t{1});
        break;
      case 3:
        doc_.get_counter("n").add(1);
        twin_.get_counter("n").add(1);
        break;
      case 4:
        REQUIRE(text(doc_).to_utf16(at) == text(twin_).to_utf16(at));
        break;
      case 5:
        REQUIRE(text(doc_).cursor_at(at, side::after) == text(twin_).cursor_at(at, side::after));
        break;
      case 6:
        REQUIRE(doc_.version() == twin_.version());
        break;
      case 7:
        REQUIRE(text(doc_).slice(at, 0).empty());
        break;
      case 8: {
        std::string joined;
        text(doc_).for_each_chunk([&](std::string_view part) { joined += part; });
        REQUIRE(joined == to_utf8(model()));
        break;
      }
      default:
        document moved = std::move(doc_);
        doc_ = std::move(moved);
        break;
    }
  }

  rng random_;
  document doc_{self};
  document twin_{self};
  std::array<std::u32string, 2> models_;
  std::size_t here_ = 0;
  std::size_t at_ = 0;
  int open_ = 0;
};

}  // namespace

TEST_CASE("typing: gathered keystrokes are the operations that single ones are") {
  test::for_seeds(30, [](std::uint64_t seed) {
    typist t(seed);
    for (int i = 0; i < 3000; ++i) {
      t.step();
      if (i % 250 == 0) {
        t.compare();
      }
    }
    t.compare();
  });
}

TEST_CASE("typing: a listener hears of its own transaction only") {
  document d(self);
  text t = d.get_text("t");
  t.insert({0}, "a");
  d.begin();
  t.insert({1}, "b");
  t.insert({2}, "c");
  std::vector<text_patch> heard;
  d.subscribe([&](const event& e) {
    heard.insert(heard.end(), e.changes[0].patches.begin(), e.changes[0].patches.end());
  });
  t.insert({3}, "d");
  d.commit();
  t.insert({4}, "e");
  REQUIRE(heard.size() == 2);
  CHECK(heard[0].inserted == "d");
  CHECK(heard[1].inserted == "e");
  CHECK(t.to_string() == "abcde");
}

TEST_CASE("typing: undo takes back what came after it was made") {
  document d(self);
  text t = d.get_text("t");
  t.insert({0}, "a");
  t.insert({1}, "b");
  std::optional<undo_manager> undo(std::in_place, d);
  t.insert({2}, "c");
  CHECK(undo->undo().has_value());
  CHECK(t.to_string() == "ab");
  CHECK_FALSE(undo->undo().has_value());
  undo.reset();
  t.insert({2}, "d");
  CHECK(t.to_string() == "abd");
}

TEST_CASE("typing: a new replica id does not take over what was typed before") {
  document d(self);
  text t = d.get_text("t");
  t.insert({0}, "ab");
  d.set_replica(replica_id::from_number(8));
  t.insert({2}, "c");
  CHECK(d.version().count(self) == 2);
  CHECK(d.version().count(replica_id::from_number(8)) == 1);
}

TEST_CASE("typing: edits outside of the text are still refused") {
  const assert_handler before = set_assert_handler(
      [](const char* claim, const char*, int) { throw std::runtime_error(claim); });
  document d(self);
  text t = d.get_text("t");
  t.insert({0}, "abc");
  t.erase({1}, 1);
  CHECK_THROWS(t.erase({0xffff'ffffU}, 1));
  CHECK_THROWS(t.erase({1}, 2));
  CHECK_THROWS(t.insert({3}, "x"));
  CHECK_THROWS(t.insert({0xffff'ffffU}, "x"));
  CHECK_THROWS(t.insert({0}, "\x80"));
  t.insert({2}, "d");
  CHECK_THROWS(t.insert({0xffff'ffffU}, "x"));
  CHECK_THROWS(t.insert({3}, "\xC3"));
  CHECK_THROWS(t.erase({3}, 1));
  t.erase({0}, 1);
  CHECK_THROWS(t.erase({0xffff'ffffU}, 1));
  set_assert_handler(before);
  CHECK(t.to_string() == "cd");
  d.check_invariants();
}

}  // namespace weft::crdt
