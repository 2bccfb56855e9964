// SPDX-License-Identifier: MIT
// rga, fugue_list and g_list: vectors, pitfalls, bad input.
#include "small_random.hpp"
#include "support/types/fugue_list_subject.hpp"
#include "support/types/g_list_subject.hpp"
#include "support/types/rga_subject.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <type_traits>
#include <vector>

namespace weft::tests {
namespace {

using crdt::errc;
using crdt::fugue_list;
using crdt::g_list;
using crdt::replica_id;
using crdt::rga;

const replica_id a = replica_id::from_number(1);
const replica_id b = replica_id::from_number(2);
const replica_id c = replica_id::from_number(3);

template <class List>
void type_at(List& list, const replica_id& who, std::size_t index, const std::string& text) {
  for (const char letter : text) {
    REQUIRE(on(list, who).insert(index++, static_cast<std::uint8_t>(letter)));
  }
}
template <class List>
void type_backwards(List& list, const replica_id& who, std::size_t index, const std::string& text) {
  for (const char letter : text) {
    REQUIRE(on(list, who).insert(index, static_cast<std::uint8_t>(letter)));
  }
}
template <class List>
List joined(List x, const List& y) {
  x.merge(y);
  return x;
}

// Two type three letters each between brackets that both have.
template <class List, class Type>
std::string typed_at_once(Type&& type) {
  List mine;
  type_at(mine, c, 0, "[]");
  List theirs = mine;
  type(mine, a, "abc");
  type(theirs, b, "xyz");
  const List both = joined(mine, theirs);
  REQUIRE(both == joined(theirs, mine));
  return shown_letters(both);
}
constexpr auto forwards = [](auto& list, const replica_id& who, const std::string& text) {
  type_at(list, who, 1, text);
};
constexpr auto backwards = [](auto& list, const replica_id& who, const std::string& text) {
  type_backwards(list, who, 1, text);
};

using bytes_rga = rga<std::uint8_t>;
using bytes_fugue = fugue_list<std::uint8_t>;
using bytes_list = g_list<std::uint8_t>;

}  // namespace

TEST_CASE("rga: runs typed forwards at once stay together, backwards they mix") {
  CHECK(typed_at_once<bytes_rga>(forwards) == "[[xyzabc]]");
  CHECK(typed_at_once<bytes_rga>(backwards) == "[[zcybxa]]");
}

TEST_CASE("fugue_list: runs typed at once stay together, forwards and backwards") {
  CHECK(typed_at_once<bytes_fugue>(forwards) == "[[abcxyz]]");
  CHECK(typed_at_once<bytes_fugue>(backwards) == "[[cbazyx]]");
}

TEST_CASE("fugue_list: right siblings stand by their right origins, as in the paper's example") {
  bytes_fugue at_a;
  bytes_fugue at_b;
  bytes_fugue at_c;
  const auto typed_a = on(at_c, c).insert(0, 'a').value();
  const auto typed_b = on(at_a, a).insert(0, 'b').value();
  at_b.merge(typed_b);
  at_a.merge(typed_a);
  REQUIRE(shown_letters(at_a) == "[ba]");
  type_at(at_a, a, 1, "c");
  type_at(at_b, b, 1, "d");
  at_a.merge(at_b);
  at_a.merge(at_c);
  CHECK(shown_letters(at_a) == "[bdca]");
}

TEST_CASE("g_list: runs typed at once in one place mix, as documented") {
  CHECK(typed_at_once<bytes_list>(forwards) == "[[axbycz]]");
}

TEMPLATE_TEST_CASE("sequences: what is out of range is refused and changes nothing", "", bytes_rga,
                   bytes_fugue) {
  TestType list;
  REQUIRE(on(list, a).erase(0).error().code == errc::bad_position);
  REQUIRE(on(list, a).insert(1, 'x').error().code == errc::bad_position);
  type_at(list, a, 0, "abc");
  const TestType before = list;
  REQUIRE(on(list, a).insert(4, 'x').error().code == errc::bad_position);
  REQUIRE(on(list, a).erase(3).error().code == errc::bad_position);
  REQUIRE(on(list, a).erase(1, 3).error().code == errc::bad_position);
  REQUIRE(on(list, a).erase(2, ~std::size_t{0}).error().code == errc::bad_position);
  REQUIRE(list == before);
  REQUIRE(on(list, a).erase(3, 0).value() == TestType{});
  REQUIRE(on(list, a).insert_run(0, {}).value() == TestType{});
  REQUIRE(list == before);
}

TEST_CASE("g_list: inserting past the end is refused and changes nothing") {
  bytes_list list;
  type_at(list, a, 0, "ab");
  const bytes_list before = list;
  REQUIRE(on(list, a).insert(3, 'x').error().code == errc::bad_position);
  REQUIRE(list == before);
}

TEMPLATE_TEST_CASE("sequences: an element waits, unshown, for the one it hangs on", "", bytes_rga,
                   bytes_fugue) {
  TestType author;
  const auto first = on(author, a).insert(0, 'a').value();
  const auto second = on(author, a).insert(1, 'b').value();
  const auto third = on(author, a).insert(2, 'c').value();
  TestType list;
  list.merge(third);
  list.merge(second);
  REQUIRE(list.empty());
  REQUIRE(list.held() == 2);
  REQUIRE(list.waiting() == 2);
  REQUIRE_FALSE(list.index_of(author.id_at(1)).has_value());
  list.merge(first);
  REQUIRE(shown_letters(list) == "[abc]");
  REQUIRE(list.waiting() == 0);
  REQUIRE(list == author);
}

TEMPLATE_TEST_CASE("sequences: an erasure that comes before its element still erases it", "",
                   bytes_rga, bytes_fugue) {
  TestType author;
  const auto typed = on(author, a).insert(0, 'a').value();
  const auto erased = on(author, a).erase(0).value();
  TestType list;
  list.merge(erased);
  list.merge(typed);
  REQUIRE(list.empty());
  REQUIRE(list == author);
}

TEMPLATE_TEST_CASE("sequences: erasing wins, and the place of what is erased stays", "", bytes_rga,
                   bytes_fugue) {
  TestType x;
  type_at(x, a, 0, "abc");
  TestType y = x;
  REQUIRE(on(x, a).erase(1));
  type_at(y, b, 2, "x");  // after the b that goes
  x.merge(y);
  y.merge(x);
  REQUIRE(shown_letters(x) == "[axc]");
  REQUIRE(x == y);
  REQUIRE(x.held() == 4);
  // Also from bytes, where the erased parent is still there.
  auto again = crdt::from_bytes<TestType>(crdt::to_bytes(x)).value();
  REQUIRE(again == x);
  type_at(again, c, 2, "y");
  REQUIRE(shown_letters(again) == "[axyc]");
}

TEST_CASE("rga: a new element stands before those its author had seen in that place") {
  // The author of z has a small counter of its own, and has seen great ones.
  bytes_rga x;
  type_at(x, a, 0, "abcdefgh");
  bytes_rga y = x;
  type_at(y, b, 1, "z");
  REQUIRE(shown_letters(y) == "[azbcdefgh]");
  REQUIRE(y.id_at(1).counter == 8);
}

TEMPLATE_TEST_CASE("sequences: a hundred thousand elements deep, in both directions", "[long]",
                   bytes_rga, bytes_fugue) {
  constexpr std::size_t many = 100'000;
  TestType list;
  REQUIRE(on(list, a).insert_run(0, std::vector<std::uint8_t>(many, 'f')));
  for (std::size_t i = 0; i < many; ++i) {
    REQUIRE(on(list, a).insert(0, 'b'));
  }
  REQUIRE(list.size() == 2 * many);
  const auto again = crdt::from_bytes<TestType>(crdt::to_bytes(list));
  REQUIRE(again);
  REQUIRE(*again == list);
  TestType other;
  other.merge(list);
  type_at(other, b, many, "x");
  REQUIRE(other[many] == 'x');
  REQUIRE(other.index_of(other.id_at(many)) == many);
  other.check_invariants();
}

TEMPLATE_TEST_CASE("sequences: typing costs bytes for its letters, not for its ids", "", bytes_rga,
                   bytes_fugue) {
  TestType list;
  type_at(list, a, 0, std::string(1000, 'x'));
  const std::size_t size = crdt::to_bytes(list).size();
  REQUIRE(size < 1000 + 40);
  REQUIRE(on(list, a).erase(0, 1000));
  REQUIRE(crdt::to_bytes(list).size() < 80);  // tombstones of a run cost nothing more
}

TEST_CASE("fugue_list: typing backwards is one run as well") {
  bytes_fugue list;
  type_backwards(list, a, 0, std::string(1000, 'x'));
  REQUIRE(crdt::to_bytes(list).size() < 1000 + 40);
}

TEMPLATE_TEST_CASE("sequences: after an id was used twice all still agree", "", bytes_rga,
                   bytes_fugue) {
  TestType x;
  type_at(x, a, 0, "abcd");
  TestType y;
  type_at(y, a, 0, "zy");
  type_backwards(y, a, 0, "xw");
  TestType z;
  type_at(z, b, 0, "q");
  type_at(z, a, 1, "r");
  REQUIRE(joined(x, y) == joined(y, x));
  REQUIRE(joined(joined(x, y), z) == joined(x, joined(y, z)));
  REQUIRE(shown_letters(joined(joined(x, y), z)) == shown_letters(joined(joined(z, y), x)));
  const TestType all = joined(joined(x, y), z);
  REQUIRE(leq(x, all));
  REQUIRE(leq(y, all));
  all.check_invariants();
}

TEST_CASE("sequences: replicas that run out of ids refuse, and the state is as before") {
  // A run that ends at the last id: bytes as a peer may send them.
  bytes_fugue seed;
  type_at(seed, a, 0, "x");
  crdt::byte_writer out;
  crdt::causal_context{}.encode(out);
  out.varint(1);
  out.raw(crdt::byte_view{a.bytes});
  out.varint(2);
  out.u8(16 + 64);  // of the next replica, ahead of 0
  out.varint(crdt::max_op_count - 1);
  out.u8('x');
  auto full = crdt::from_bytes<bytes_fugue>(out.view());
  REQUIRE(full);
  const bytes_fugue before = *full;
  REQUIRE(on(*full, a).insert(0, 'y').error().code == errc::overflow);
  REQUIRE(*full == before);
  REQUIRE(on(*full, b).insert(0, 'y'));
}

namespace {

// Numbers, as varints, between the table of replicas and the values.
crdt::bytes runs_bytes(const std::vector<crdt::replica_id>& names,
                       const std::vector<std::uint64_t>& numbers, const std::string& values) {
  crdt::byte_writer out;
  out.varint(0);
  out.varint(names.size());
  for (const crdt::replica_id& name : names) {
    out.raw(crdt::byte_view{name.bytes});
  }
  for (const std::uint64_t n : numbers) {
    if (&n == numbers.data() || n >= 256) {
      out.varint(n);
    } else {
      out.u8(static_cast<std::uint8_t>(n));
    }
  }
  out.raw(values);
  return out.take();
}

// What flags of a run say.
constexpr std::uint64_t first_left = 1;
constexpr std::uint64_t later_left = 2;
constexpr std::uint64_t parent = 4;
constexpr std::uint64_t right = 8;
constexpr std::uint64_t next = 16;
constexpr std::uint64_t others = 32;
constexpr std::uint64_t ahead = 64;
constexpr std::uint64_t several = 128;

}  // namespace

TEMPLATE_TEST_CASE("sequences: malformed and non-canonical bytes are refused", "", bytes_rga,
                   bytes_fugue) {
  const auto code = [](const std::vector<crdt::replica_id>& names,
                       const std::vector<std::uint64_t>& numbers, const std::string& values) {
    const auto read = crdt::from_bytes<TestType>(runs_bytes(names, numbers, values));
    return read ? errc{} : read.error().code;
  };
  CHECK(code({a}, {2, next}, "x") == errc{});
  CHECK(code({a}, {2, next + several, 2}, "xy") == errc{});
  CHECK(code({a}, {2, next + ahead, 5}, "x") == errc{});
  CHECK(code({a, b}, {2, next + others + parent, 1, 0, 7}, "x") == errc{});
  CHECK(code({a, b}, {4, next, next + parent, 0, 0}, "xy") == errc{});
  CHECK(code({a}, {4, next, 0}, "xy") == errc{});  // a second one at the start

  CHECK(code({a}, {2, 0}, "x") == errc::malformed);                 // of nobody
  CHECK(code({a}, {4, next, next}, "xy") == errc::malformed);       // a replica too many
  CHECK(code({a}, {4, next, others, 1}, "xy") == errc::malformed);  // others of the same
  CHECK(code({a}, {2, next + several, 0}, "") == errc::malformed);
  CHECK(code({a}, {2, next + first_left}, "x") == errc::malformed);  // on the left of nothing
  CHECK(code({a}, {2, next + first_left + right, 0, 5}, "x") == errc::malformed);
  CHECK(code({a}, {2, next + parent, 1, 5}, "x") == errc::malformed);  // no such replica
  CHECK(code({a}, {2, next + several, 2}, "x") == errc::truncated);
  CHECK(code({a}, {40, next}, "x") == errc::truncated);
  CHECK(code({a}, {2, next + several, std::uint64_t{1} << 40U}, "x") == errc::limit_exceeded);
  CHECK(code({a}, {2, next + ahead, crdt::max_op_count}, "x") == errc::limit_exceeded);
  CHECK(code({a}, {2, next + ahead + several, crdt::max_op_count - 1, 2}, "xy") ==
        errc::limit_exceeded);

  CHECK(code({a}, {0}, "") == errc::not_canonical);  // a replica that nobody names
  CHECK(code({b, a}, {4, next, next}, "xy") == errc::not_canonical);
  CHECK(code({a, a}, {4, next, next}, "xy") == errc::not_canonical);
  CHECK(code({a}, {2, next + several, 1}, "x") == errc::not_canonical);
  CHECK(code({a}, {2, next + ahead, 0}, "x") == errc::not_canonical);
  CHECK(code({a}, {2, next + others, 0}, "x") == errc::not_canonical);
  CHECK(code({a}, {4, next, parent, 0, 0}, "xy") == errc::not_canonical);  // two that are one
  CHECK(code({a}, {4, next + several, 2, parent, 0, 1}, "xyz") == errc::not_canonical);
  const errc left = code({a}, {2, next + later_left}, "x");
  const errc both_left =
      code({a}, {4, next + several + later_left, 2, parent + first_left, 0, 1}, "xyz");
  const errc turns = code({a}, {4, next + several + later_left, 2, parent, 0, 1}, "xyz");
  if constexpr (std::is_same_v<TestType, bytes_fugue>) {
    CHECK(left == errc::not_canonical);
    CHECK(both_left == errc::not_canonical);
    CHECK(turns == errc{});
    CHECK(code({a}, {2, next + right, 0, 5}, "x") == errc{});
  } else {
    CHECK(left == errc::malformed);
    CHECK(both_left == errc::malformed);
    CHECK(turns == errc::malformed);
    CHECK(code({a}, {2, next + right, 0, 5}, "x") == errc::malformed);
  }
}

TEST_CASE("sequences: numbers stand in one width where that is shorter, and only there") {
  using numbers = fugue_list<std::int64_t>;
  const auto code = [](std::uint64_t count, bool even, const std::string& values) {
    const auto read = crdt::from_bytes<bytes_fugue>(
        runs_bytes({a}, {2U + (even ? 1U : 0U), next + several, count}, values));
    return read ? errc{} : read.error().code;
  };
  const std::string high("\xff\xfe\xfd", 3);  // two bytes each as varints
  CHECK(code(3, true, "\x01" + high) == errc{});
  CHECK(code(3, false, "\xff\x01\xfe\x01\xfd\x01") == errc::not_canonical);
  bytes_fugue one;
  REQUIRE(on(one, a).insert(0, 0xff));
  const auto alone = runs_bytes({a}, {3, next}, "\x01\xff");  // no shorter than a varint
  CHECK(crdt::to_bytes(one) == runs_bytes({a}, {2, next}, "\xff\x01"));
  CHECK(crdt::from_bytes<bytes_fugue>(alone).error().code == errc::not_canonical);
  CHECK(code(3, true, "\x01xyz") == errc::not_canonical);
  CHECK(code(4, true, std::string("\x02\xff\x00\xff\x00\xff\x00\xff\x00", 9)) ==
        errc::not_canonical);  // too wide
  CHECK(code(3, true, std::string("\x02\xff\x01\xff\x01\xff\x01", 7)) == errc::bad_value);
  CHECK(code(3, true, std::string("\x00", 1) + high) == errc::malformed);
  CHECK(code(3, true, "\x09" + high) == errc::malformed);
  CHECK(code(3, true, "\x01" + high.substr(1)) == errc::truncated);

  crdt::small_random random(3);
  for (unsigned width = 1; width <= 64; ++width) {
    numbers list;
    std::vector<std::int64_t> values;
    std::size_t single = 0;
    for (int i = 0; i < 20; ++i) {
      const std::uint64_t wide = std::uint64_t{random()} << 32U | random();
      values.push_back(static_cast<std::int64_t>(wide) >> (64 - width));
      crdt::byte_writer out;
      out.zigzag(values.back());
      single += out.size();
    }
    REQUIRE(on(list, a).insert_run(0, values));
    const crdt::bytes data = crdt::to_bytes(list);
    CHECK(data.size() <= 22 + single);
    CHECK(data.size() <= 23 + 20 * ((width + 7) / 8));
    const auto again = crdt::from_bytes<numbers>(data);
    REQUIRE(again);
    CHECK(again->values() == values);
    CHECK(crdt::to_bytes(*again) == data);
  }
}

TEST_CASE("sequences: a long erased run is bounded by the limits") {
  crdt::causal_context erased;
  erased.insert(a, {0, 1'000'000});
  crdt::byte_writer out;
  erased.encode(out);
  const crdt::bytes rest = runs_bytes({a}, {2, next + several, 1'000'000}, "");
  out.raw(crdt::byte_view(rest).subspan(1));
  REQUIRE(crdt::from_bytes<bytes_fugue>(out.view()));
  crdt::limits low;
  low.max_change_ops = 1'000;
  low.max_expansion = 16;
  REQUIRE(crdt::from_bytes<bytes_fugue>(out.view(), low).error().code == errc::limit_exceeded);
}

TEST_CASE("g_list: positions are whole numbers, and grow where many insert in one place") {
  bytes_list list;
  type_at(list, a, 0, "az");
  for (std::size_t i = 0; i < 1'000; ++i) {
    REQUIRE(on(list, a).insert(1 + i / 2, 'm'));  // between the two made last
  }
  std::size_t longest = 0;
  for (std::size_t i = 1; i < list.size(); ++i) {
    REQUIRE(list.entries()[i - 1].position < list.entries()[i].position);
    longest = std::max(longest, list.entries()[i].position.steps().size());
  }
  CHECK(longest > 20);
  // Appending does not make them grow.
  bytes_list log;
  for (int i = 0; i < 2'000; ++i) {
    REQUIRE(on(log, a).push_back('m'));
  }
  REQUIRE(log.entries().back().position.steps().size() == 1);
}

TEST_CASE("g_list: every position has a dot of its own") {
  bytes_list list;
  type_at(list, a, 0, "abc");
  type_at(list, b, 1, "xyz");
  auto again = crdt::from_bytes<bytes_list>(crdt::to_bytes(list)).value();
  type_at(again, a, 2, "de");
  std::vector<crdt::dot> makers;
  for (const auto& entry : again.entries()) {
    makers.push_back(entry.position.maker());
  }
  std::sort(makers.begin(), makers.end());
  REQUIRE(makers ==
          std::vector<crdt::dot>{{a, 0}, {a, 1}, {a, 2}, {a, 3}, {a, 4}, {b, 0}, {b, 1}, {b, 2}});
}

TEST_CASE("g_list: a position that would be too long is refused, and nothing changes", "[long]") {
  bytes_list list;
  type_at(list, a, 0, "az");
  for (;;) {
    const std::size_t size = list.size();
    const auto delta = on(list, a).insert(size / 2, 'm');
    if (!delta) {
      REQUIRE(delta.error().code == errc::limit_exceeded);
      REQUIRE(list.size() == size);
      break;
    }
    REQUIRE(list.size() < 100'000);
  }
  REQUIRE(crdt::from_bytes<bytes_list>(crdt::to_bytes(list)).value() == list);
}

TEST_CASE("g_list: who got its own elements back by a merge goes on after them") {
  bytes_list before;
  type_at(before, a, 0, "xyz");
  bytes_list list;
  REQUIRE(list.merge(before));
  REQUIRE(on(list, a).insert(1, 'm'));
  REQUIRE(on(list, a).insert(0, 's'));
  std::vector<crdt::dot> makers;
  for (const auto& e : list.entries()) {
    makers.push_back(e.position.maker());
  }
  std::sort(makers.begin(), makers.end());
  REQUIRE(makers.size() == 5);
  REQUIRE(std::adjacent_find(makers.begin(), makers.end()) == makers.end());
}

TEST_CASE("g_list: bytes name each replica once, and no dot that follows the one before") {
  bytes_list list;
  type_at(list, a, 0, "abcdef");
  const std::size_t one = crdt::to_bytes(list).size();
  CHECK(one <= 1 + 16 + 6 * 4 + 5);
  type_at(list, b, 3, "xyz");
  const crdt::bytes data = crdt::to_bytes(list);
  CHECK(data.size() < one + 16 + 3 * 25);
  auto again = crdt::from_bytes<bytes_list>(data).value();
  CHECK(again == list);
  CHECK(crdt::to_bytes(again) == data);
  for (std::size_t cut = 0; cut < data.size(); ++cut) {
    REQUIRE_FALSE(crdt::from_bytes<bytes_list>(crdt::byte_view(data).first(cut)));
  }
}

TEST_CASE("g_list: malformed bytes are refused") {
  // A table of replicas; then for each position its head, digit, and the numbers of its dot. The
  // first digit is zigzag: 0xfffffffd is the distance of 0.
  const auto code = [](std::uint64_t head, const std::vector<crdt::replica_id>& names,
                       const std::vector<std::vector<std::uint64_t>>& positions) {
    crdt::byte_writer out;
    out.varint(head);
    if ((head & 1U) != 0) {
      out.varint(names.size());
    }
    for (const crdt::replica_id& name : names) {
      out.raw(crdt::byte_view{name.bytes});
    }
    for (const auto& position : positions) {
      for (const std::uint64_t n : position) {
        out.varint(n);
      }
      out.u8('x');
    }
    const auto read = crdt::from_bytes<bytes_list>(out.view());
    return read ? errc{} : read.error().code;
  };
  const auto& low = std::min(a, b);
  const auto& high = std::max(a, b);
  CHECK(code(2, {a}, {{0, 1, 0}}) == errc{});
  CHECK(code(4, {a}, {{0, 1, 0}, {1, 1}}) == errc{});
  CHECK(code(5, {low, high}, {{0, 1, 0, 0}, {0, 0, 1, 0}}) == errc{});

  CHECK(code(2, {a}, {{0, 0xffff'fffdU, 0}}) == errc::malformed);  // last digit 0
  CHECK(code(2, {a}, {{1, 1}}) == errc::malformed);                // follows nothing
  CHECK(code(2, {a}, {{2 * 5'000, 1, 0}}) == errc::malformed);     // too many steps
  CHECK(code(2, {a}, {{2 * 500, 1, 0}}) == errc::truncated);       // more than there are
  CHECK(code(2, {a}, {{0, 0xffff'ffffU, 0}}) == errc::malformed);  // no such digit
  CHECK(code(2, {a}, {{0, 0xffff'fffeU, 0}}) == errc{});           // the greatest
  CHECK(code(4, {a}, {{0, 5, 0}, {1, 0xffff'fffbU}}) == errc::limit_exceeded);
  CHECK(code(2, {a}, {{0, 1, crdt::max_op_count}}) == errc::limit_exceeded);
  CHECK(code(4, {a}, {{0, 1, crdt::max_op_count - 1}, {1, 1}}) == errc::limit_exceeded);
  CHECK(code(4, {a}, {{0, 1, 0}, {0, 1, 1}}) == errc::not_canonical);  // told, but follows
  CHECK(code(4, {a}, {{0, 1, 1}, {0, 0, 0}}) == errc::not_canonical);  // order of positions
  CHECK(code(5, {high, low}, {{0, 1, 0, 0}, {0, 1, 1, 0}}) == errc::not_canonical);  // of names
  CHECK(code(5, {low, high}, {{0, 1, 0, 0}, {1, 1}}) == errc::not_canonical);        // no use
  CHECK(code(5, {low}, {{0, 1, 0, 0}, {1, 1}}) == errc::not_canonical);  // a table of one
  CHECK(code(5, {low, high}, {{0, 1, 2, 0}, {0, 1, 1, 0}}) == errc::limit_exceeded);
  CHECK(code(1, {}, {}) == errc::not_canonical);
  CHECK(code(200, {a}, {{0, 1, 0}}) == errc::truncated);
}

}  // namespace weft::tests
