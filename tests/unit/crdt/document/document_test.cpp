// SPDX-License-Identifier: MIT
#include "weft/crdt/document/document.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

namespace weft::crdt {
namespace {

document make(std::uint64_t number) {
  return document(replica_id::from_number(number));
}

void sync(document& a, document& b) {
  REQUIRE(a.import(b.export_updates(a.version())));
  REQUIRE(b.import(a.export_updates(b.version())));
  REQUIRE(a.export_canonical() == b.export_canonical());
}

}  // namespace

TEST_CASE("document: text positions convert between scalars, UTF-16 and UTF-8") {
  document d = make(1);
  text t = d.get_text("t");
  t.insert({0}, "a\u00e9\U0001f600z");
  CHECK(t.length() == 4);
  CHECK(t.length_utf16() == 5);
  CHECK(t.size_bytes() == 8);
  CHECK(t.to_utf16({3}).value == 4);
  CHECK(t.to_utf8({2}).value == 3);
  CHECK(t.to_scalar(utf16_pos{4}).value == 3);
  CHECK(t.to_scalar(utf16_pos{3}).value == 2);
  CHECK(t.to_scalar(utf8_pos{7}).value == 3);
  CHECK(t.to_scalar(utf8_pos{5}).value == 2);
  CHECK(t.slice({1}, 2) == "\u00e9\U0001f600");
  std::string joined;
  t.for_each_chunk([&](std::string_view piece) { joined += piece; });
  CHECK(joined == t.to_string());
  t.replace({1}, 2, "bc");
  CHECK(t.to_string() == "abcz");
  t.erase({0}, 4);
  CHECK(t.to_string().empty());
  d.check_invariants();
}

TEST_CASE("document: the same name and type is the same container, others are apart") {
  document d = make(1);
  CHECK(d.get_text("x").index() == d.get_text("x").index());
  CHECK(d.get_text("x").index() != d.get_map("x").index());
  CHECK(d.get_text("x").index() != d.get_text("y").index());
  CHECK(d.op_count() == 0);
  CHECK(d.frontier().empty());
  CHECK(d.version().empty());
}

TEST_CASE("document: versions count the operations of each replica") {
  document a = make(1);
  document b = make(2);
  a.get_text("t").insert({0}, "abc");
  b.get_counter("c").add(1);
  CHECK(a.version().count(replica_id::from_number(1)) == 3);
  CHECK(a.frontier() == crdt::frontier{{replica_id::from_number(1), 2}});
  sync(a, b);
  CHECK(a.op_count() == 4);
  CHECK(a.frontier().size() == 2);
  b.get_counter("c").add(1);
  CHECK(b.frontier() == crdt::frontier{{replica_id::from_number(2), 1}});
}

TEST_CASE("document: concurrent edits converge and imports report what they did") {
  document a = make(1);
  document b = make(2);
  a.get_text("t").insert({0}, "shared ");
  sync(a, b);
  a.get_text("t").insert({7}, "left");
  b.get_text("t").insert({7}, "right");
  const bytes update = b.export_updates(a.version());
  CHECK(*a.import(update) == import_report{5, 0, 0});
  CHECK(*a.import(update) == import_report{0, 5, 0});
  sync(a, b);
  const std::string merged = a.get_text("t").to_string();
  CHECK((merged == "shared leftright" || merged == "shared rightleft"));
}

TEST_CASE("document: an update can be longer than what is missing") {
  document a = make(1);
  document b = make(2);
  text t = a.get_text("t");
  t.insert({0}, "h\u00e4llo");
  REQUIRE(b.import(a.export_updates()));
  t.insert({5}, "\U0001f600 w");
  t.erase({1}, 3);
  CHECK(*b.import(a.export_updates()) == import_report{6, 5, 0});
  CHECK(b.get_text("t").to_string() == "ho\U0001f600 w");
}

TEST_CASE("document: operations wait for their parents, in any order of arrival") {
  document a = make(1);
  document b = make(2);
  document c = make(3);
  std::vector<bytes> updates;
  text t = a.get_text("t");
  for (int i = 0; i < 5; ++i) {
    const version_vector before = a.version();
    t.insert({0}, std::to_string(i));
    updates.push_back(a.export_updates(before));
  }
  CHECK(*b.import(updates[4]) == import_report{0, 0, 1});
  CHECK(*b.import(updates[2]) == import_report{0, 0, 1});
  CHECK(*b.import(updates[3]) == import_report{0, 0, 1});
  CHECK(b.op_count() == 0);
  CHECK(*b.import(updates[1]) == import_report{0, 0, 1});
  CHECK(*b.import(updates[0]) == import_report{5, 0, 0});
  CHECK(b.get_text("t").to_string() == "43210");
  CHECK(b.export_canonical() == a.export_canonical());

  limits tight;
  tight.max_pending_bytes = 10;
  REQUIRE(c.import(updates[1], tight));
  CHECK(*c.import(updates[0], tight) == import_report{1, 0, 0});
}

TEST_CASE("document: one update carries edits of many texts, taken in turns") {
  for (const int count : {1, 7, 8, 9, 10, 30}) {
    CAPTURE(count);
    document a(replica_id::from_number(1));
    document b(replica_id::from_number(2));
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < count; ++i) {
        const std::string name = "text " + std::to_string(i);
        a.get_text(name).insert({0}, name);
      }
    }
    REQUIRE(b.import(a.export_updates()).has_value());
    for (int i = 0; i < count; ++i) {
      const std::string name = "text " + std::to_string(i);
      CHECK(b.get_text(name).to_string() == name + name + name);
    }
    CHECK(b.export_canonical() == a.export_canonical());
  }
}

TEST_CASE("document: transactions nest, and moving a document keeps it whole") {
  document d = make(1);
  d.begin();
  d.get_text("t").insert({0}, "a");
  {
    const transaction inner(d);
    d.get_text("t").insert({1}, "b");
  }
  d.get_counter("n").add(4);
  d.commit();
  document moved = std::move(d);
  CHECK(moved.get_text("t").to_string() == "ab");
  CHECK(moved.get_counter("n").value() == 4);
  moved.check_invariants();
}

TEST_CASE("document: a new incarnation continues what the old one wrote") {
  document d = make(1);
  d.get_text("t").insert({0}, "old");
  d.set_replica(replica_id::from_number(7));
  CHECK(d.replica() == replica_id::from_number(7));
  d.get_text("t").insert({3}, " new");
  CHECK(d.version().count(replica_id::from_number(1)) == 3);
  CHECK(d.version().count(replica_id::from_number(7)) == 4);
  CHECK(d.frontier() == crdt::frontier{{replica_id::from_number(7), 3}});
  document other = make(9);
  REQUIRE(other.import(d.export_updates()));
  CHECK(other.get_text("t").to_string() == "old new");
}

TEST_CASE("document: cursors keep their place through edits by others") {
  document a = make(1);
  document b = make(2);
  text t = a.get_text("t");
  t.insert({0}, "one two");
  sync(a, b);
  const cursor after = t.cursor_at({3}, side::after);
  const cursor before = t.cursor_at({4}, side::before);
  const cursor start = t.cursor_at({0}, side::after);
  const cursor end = t.cursor_at({7}, side::before);
  CHECK_FALSE(start.element);
  CHECK_FALSE(end.element);
  b.get_text("t").insert({0}, ">> ");
  b.get_text("t").insert({6}, "!");
  sync(a, b);
  CHECK(t.to_string() == ">> one! two");
  CHECK(t.resolve(after)->value == 6);
  CHECK(t.resolve(before)->value == 8);
  CHECK(t.resolve(start)->value == 0);
  CHECK(t.resolve(end)->value == 11);
  CHECK(b.get_text("t").resolve(before)->value == 8);
  b.get_text("t").erase({3}, 5);
  sync(a, b);
  CHECK(t.resolve(after)->value == 3);
  const cursor unknown{op_id{replica_id::from_number(8), 0}, side::after};
  CHECK_FALSE(t.resolve(unknown));

  byte_writer out;
  after.encode(out);
  CHECK(out.size() <= 23);
  byte_reader in(out.view());
  CHECK(*cursor::decode(in) == after);
}

TEST_CASE("document: changes carry a document from one to another") {
  document a = make(1);
  document b = make(2);
  a.get_text("t").insert({0}, "abc");
  sync(a, b);
  b.get_text("t").insert({3}, "def");
  b.get_map("m").set("k", true);
  sync(a, b);
  a.get_text("t").erase({0}, 2);
  document c = make(3);
  const auto from_b = a.export_changes(replica_id::from_number(2), 0);
  REQUIRE(from_b.size() == 1);
  CHECK(from_b[0].length == 4);
  CHECK(from_b[0].lamport == 4);
  CHECK(from_b[0].parents == std::vector<op_id>{{replica_id::from_number(1), 2}});
  const auto from_a = a.export_changes(replica_id::from_number(1), 0);
  REQUIRE(from_a.size() == 2);
  CHECK(*c.import_changes(from_b) == import_report{0, 0, 4});
  CHECK(*c.import_changes(from_a) == import_report{9, 0, 0});
  CHECK(c.export_canonical() == a.export_canonical());
  CHECK(*c.import_changes(from_a) == import_report{0, 5, 0});
  CHECK(a.export_changes(replica_id::from_number(2), 4).empty());
  CHECK(a.export_changes(replica_id::from_number(5), 0).empty());
  const auto tail = a.export_changes(replica_id::from_number(1), 1);
  REQUIRE(tail.size() == 2);
  CHECK(tail[0].first.counter == 1);
  CHECK(tail[0].parents == std::vector<op_id>{{replica_id::from_number(1), 0}});
}

TEST_CASE("document: changes are cut to the limits") {
  document a = make(1);
  a.get_text("t").insert({0}, std::string(1000, 'x'));
  limits small;
  small.max_change_ops = 300;
  const auto by_ops = a.export_changes(replica_id::from_number(1), 0, small);
  CHECK(by_ops.size() == 4);
  small = {};
  small.max_change_body_bytes = 100;
  const auto by_bytes = a.export_changes(replica_id::from_number(1), 0, small);
  std::uint32_t next = 0;
  for (const change& c : by_bytes) {
    CHECK(c.body.size() <= 100);
    CHECK(c.first.counter == next);
    next += c.length;
  }
  CHECK(next == 1000);
  document b = make(2);
  REQUIRE(b.import_changes(by_bytes));
  CHECK(b.export_canonical() == a.export_canonical());
}

TEST_CASE("document: a change whose facts are wrong is refused whole") {
  document a = make(1);
  a.get_text("t").insert({0}, "abc");
  const change good = a.export_changes(replica_id::from_number(1), 0).front();
  const auto refused = [&](const change& c) {
    document b = make(2);
    b.get_text("t").insert({0}, "before");
    const bytes state = b.export_canonical();
    const auto report = b.import_changes({&c, 1});
    REQUIRE_FALSE(report);
    CHECK(b.export_canonical() == state);
    return report.error().code;
  };
  change bad = good;
  bad.lamport = 7;
  CHECK(refused(bad) == errc::bad_value);
  bad.lamport = 0;
  CHECK(refused(bad) == errc::bad_value);
  bad = good;
  bad.length = 2;
  CHECK(refused(bad) == errc::malformed);
  bad = good;
  bad.body.pop_back();
  CHECK(refused(bad) == errc::malformed);
  bad = good;
  bad.first.counter = max_op_count;
  CHECK(refused(bad) == errc::document_full);
  bad = good;
  bad.parents = {{replica_id::from_number(5), 1}, {replica_id::from_number(5), 0}};
  CHECK(refused(bad) == errc::not_canonical);
}

TEST_CASE("document: two operations with one id are noticed") {
  document a = make(1);
  document twin = make(1);
  document c = make(3);
  a.get_text("t").insert({0}, "abc");
  twin.get_text("t").insert({0}, "x");
  c.get_text("t").insert({0}, "base");
  REQUIRE(twin.import(c.export_updates()));
  twin.get_text("t").insert({1}, "yz");
  document b = make(2);
  REQUIRE(b.import(c.export_updates()));
  REQUIRE(b.import(a.export_updates()));
  const bytes before = b.export_canonical();
  const version_vector seen = [] {
    version_vector v;
    v.include(replica_id::from_number(1), 1);
    v.include(replica_id::from_number(3), 4);
    return v;
  }();
  const auto report = b.import(twin.export_updates(seen));
  REQUIRE_FALSE(report);
  CHECK(report.error().code == errc::equivocation);
  CHECK(b.export_canonical() == before);
}

TEST_CASE("document: a copy that goes on under the same id is noticed by what it wrote") {
  const auto edited = [](std::string_view fresh, std::uint32_t erased_at) {
    document d = make(1);
    text t = d.get_text("t");
    t.insert({0}, "common");
    t.erase({erased_at}, 1);
    t.insert({2}, fresh);
    return d;
  };
  document a = edited("one", 1);
  document same = edited("one", 1);
  document other = edited("two", 1);
  document elsewhere = edited("one", 3);
  CHECK(*a.import(same.export_updates()) == import_report{0, 10, 0});
  const bytes before = a.export_canonical();
  for (document* d : {&other, &elsewhere}) {
    d->get_text("t").insert({0}, "more");
    CHECK(a.import(d->export_updates()).error().code == errc::equivocation);
    CHECK(a.export_canonical() == before);
  }
  document shorter = make(1);
  shorter.get_text("t").insert({0}, "com");
  CHECK(*a.import(shorter.export_updates()) == import_report{0, 3, 0});
  same.get_text("t").insert({0}, "more");
  CHECK(*a.import(same.export_updates()) == import_report{4, 10, 0});
}

TEST_CASE("document: a position outside of the author's text is refused whole") {
  document a = make(1);
  document longer = make(2);
  longer.get_text("t").insert({0}, "0123456789");
  a.get_text("t").insert({0}, "ab");
  REQUIRE(a.import(longer.export_updates()));
  a.get_text("t").insert({12}, "end");
  change c = a.export_changes(replica_id::from_number(1), 2).front();
  c.parents = {{replica_id::from_number(1), 1}};  // hides that it had seen the longer text
  c.lamport = 3;
  document b = make(3);
  const std::vector<change> all = a.export_changes(replica_id::from_number(1), 0);
  REQUIRE(b.import_changes(std::span(all).first(1)));
  const bytes before = b.export_canonical();
  const auto report = b.import_changes({&c, 1});
  REQUIRE_FALSE(report);
  CHECK(report.error().code == errc::bad_position);
  CHECK(b.export_canonical() == before);
  b.check_invariants();
  b.get_text("t").insert({0}, "still fine");
}

TEST_CASE("document: twelve who type live at one place agree, however it arrives") {
  constexpr std::size_t users = 12;
  constexpr std::size_t rounds = 9;
  constexpr std::size_t late = 2;
  std::vector<document> open;
  for (std::size_t u = 0; u < users; ++u) {
    open.push_back(make(1 + u * 7 % users));
  }
  open[0].get_text("t").insert({0}, "<>");
  const bytes first = open[0].export_updates();
  for (std::size_t u = 1; u < users; ++u) {
    REQUIRE(open[u].import(first));
  }
  std::vector<bytes> updates;
  for (std::size_t round = 0; round < rounds; ++round) {
    for (std::size_t u = 0; u < users; ++u) {
      text t = open[u].get_text("t");
      const version_vector before = open[u].version();
      if (round % 4 == 3) {
        t.erase({1}, 1);
      } else {
        t.insert({1}, std::string(1 + round % 2, static_cast<char>('a' + u)));
      }
      updates.push_back(open[u].export_updates(before));
    }
    if (round >= late) {
      for (std::size_t u = 0; u < users; ++u) {
        for (std::size_t other = 0; other < users; ++other) {
          REQUIRE(open[u].import(updates[(round - late) * users + other]));
        }
      }
    }
  }
  document one_by_one = make(100);
  REQUIRE(one_by_one.import(first));
  for (const bytes& update : updates) {
    REQUIRE(one_by_one.import(update));
  }
  document at_once = make(101);
  REQUIRE(at_once.import(one_by_one.export_updates()));
  document backwards = make(102);
  for (std::size_t i = updates.size(); i-- > 0;) {
    REQUIRE(backwards.import(updates[i]));
  }
  REQUIRE(backwards.import(first));
  const std::string expected = one_by_one.get_text("t").to_string();
  CHECK(at_once.get_text("t").to_string() == expected);
  CHECK(backwards.get_text("t").to_string() == expected);
  for (document& d : open) {
    for (const bytes& update : updates) {
      REQUIRE(d.import(update));
    }
    CHECK(d.get_text("t").to_string() == expected);
    d.check_invariants();
  }
}

}  // namespace weft::crdt
