// SPDX-License-Identifier: MIT
// Hostile histories (docs/testing.md lists the lies): graphs, ids, places, what waits, ready-made
// state. Well-formed bytes that lie about what happened.
#include "codec/op_batch.hpp"
#include "codec/snapshot_codec.hpp"
#include "codec/update_codec.hpp"
#include "hostile_fixture.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::test {

// --- 4. The graph
// ---------------------------------------------------------------------------------

TEST_CASE("hostile 4: parents of the future and of nowhere") {
  raw_update first = typed("x");
  first.in[spans] = {};
  span(first, 1, 0);  // follows its own operation -1
  refused_in_both(first, errc::malformed);
  raw_update before;
  one_replica(before, 1, 0, 1);
  span(before, 1, 1);  // follows the span before the first
  root_text(before);
  insert_token(before, 1);
  before[content].raw("x");
  refused_in_both(before, errc::malformed);
  for (const std::uint64_t back : {std::uint64_t{0}, std::uint64_t{1}, huge}) {
    raw_update u = typed("x");
    u.in[parents] = {};
    listed(u, {back});
    refused_in_both(u, errc::malformed);
  }
}

TEST_CASE("hostile 4: an operation that is its own ancestor never applies") {
  // The two need each other. Neither has its parents, so both wait, and nothing else happens.
  change a = typed_change("a", 1);
  change b = typed_change("b", 2);
  a.parents = {op(2, 0)};
  b.parents = {op(1, 0)};
  a.lamport = 2;
  b.lamport = 2;
  document d = victim();
  const bytes before = d.export_canonical();
  const auto report = d.import_changes(std::vector<change>{a, b});
  REQUIRE(report);
  CHECK(report->applied == 0);
  CHECK(report->pending == 2);
  require_unchanged(d, before);
  change self = typed_change("a", 1);
  self.parents = {op(1, 0)};
  const auto own = d.import_changes({&self, 1});
  CHECK((!own.has_value() || own->applied == 0));
}

TEST_CASE("hostile 4: parents that are out of order, twice there, or too many") {
  change c = typed_change("a", 1);
  c.parents = {op(9, 0), op(8, 0)};
  CHECK(refused_changes({c}) == errc::not_canonical);
  c.parents = {op(8, 0), op(8, 0)};
  CHECK(refused_changes({c}) == errc::not_canonical);
  c.parents.clear();
  for (std::uint32_t i = 0; i <= limits{}.max_parents; ++i) {
    c.parents.push_back(op(100 + i, 0));
  }
  CHECK(refused_changes({c}) == errc::limit_exceeded);
  raw_update u = typed("ab");
  u.in[tables] = {};
  one_replica(u, 1, 5, 1);
  u.in[parents] = {};
  listed(u, {1, 1});
  refused_in_both(u, errc::not_canonical);
}

TEST_CASE("hostile 4: parents that follow each other are refused, at any distance") {
  document a = make(1);
  a.get_text("t").insert({0}, "abc");
  document b = make(2);
  REQUIRE(b.import(a.export_updates()).has_value());
  b.get_text("t").insert({0}, "def");
  document d = make(3);
  REQUIRE(d.import(b.export_updates()).has_value());
  for (const auto& parents : {std::vector{op(1, 2), op(2, 0)}, std::vector{op(1, 0), op(2, 2)},
                              std::vector{op(1, 0), op(1, 1)}, std::vector{op(2, 0), op(2, 2)}}) {
    change c = typed_change("x", 4);
    c.parents = parents;
    c.lamport = 7;
    document target = make(5);
    REQUIRE(target.import(d.export_updates()).has_value());
    const errc code = refused_changes({c}, std::move(target));
    CHECK(code == errc::malformed);
  }
}

TEST_CASE("hostile 4: an operation that has not seen its replica's last one") {
  document a = make(1);
  a.get_text("t").insert({0}, "abc");
  document target = make(5);
  REQUIRE(target.import(a.export_updates()).has_value());
  change c = typed_change("x", 1);
  c.first.counter = 3;
  for (const auto& parents : {std::vector<op_id>{}, std::vector{op(1, 1)}}) {
    c.parents = parents;
    c.lamport = parents.empty() ? 1 : 3;
    document again = make(6);
    REQUIRE(again.import(a.export_updates()).has_value());
    CHECK(refused_changes({c}, std::move(again)) == errc::malformed);
  }
}

TEST_CASE("hostile 4: replicas that are out of order or twice there") {
  for (const auto& [first, second] : {std::pair{5, 5}, std::pair{6, 5}}) {
    raw_update u;
    u[tables].varint(2);
    put_id(u[tables], static_cast<std::uint64_t>(first));
    put_id(u[tables], static_cast<std::uint64_t>(second));
    u[tables].varint(0);
    u[tables].varint(0);
    u[tables].varint(0);
    refused_in_both(u, errc::not_canonical);
  }
  raw_update u = typed("x");
  u.in[tables] = {};
  u[tables].varint(2);
  put_id(u[tables], 1);
  put_id(u[tables], 2);
  u[tables].varint(0);
  u[tables].varint(0);
  u[tables].varint(1);
  u[span_replicas].varint(2);
  CHECK(refused(u.columns()) == errc::malformed);
  limits few;
  few.max_replicas = 1;
  u.in[span_replicas] = {};
  u[span_replicas].varint(0);
  CHECK(refused(u.columns(), few) == errc::limit_exceeded);
}

// --- 5. Two operations with one id
// ----------------------------------------------------------------

TEST_CASE("hostile 5: another text under a known id is equivocation") {
  document target = make(5);
  const change honest = typed_change("abcd", 1);
  REQUIRE(target.import_changes({&honest, 1}).has_value());
  const bytes state = target.export_updates();
  for (const std::string_view other : {"abcx", "xbcd", "ab", "xy", "abxyzzz"}) {
    document again = make(6);
    REQUIRE(again.import(state).has_value());
    const change lie = typed_change(other, 1);
    if (std::string_view("abcd").substr(0, other.size()) == other) {
      CHECK(again.import_changes({&lie, 1})->known == other.size());
    } else {
      CHECK(refused_changes({lie}, std::move(again)) == errc::equivocation);
    }
  }
}

TEST_CASE("hostile 5: the same text at another place or after other parents is equivocation") {
  document a = make(1);
  a.get_text("t").insert({0}, "ab");
  document b = make(2);
  REQUIRE(b.import(a.export_updates()).has_value());
  b.get_text("t").insert({2}, "cd");
  change honest = b.export_changes(b.replica(), 0).front();
  const auto target = [&] {
    document d = make(5);
    REQUIRE(d.import(b.export_updates()).has_value());
    return d;
  };
  change moved = honest;
  moved.body = body_at(1, "cd");
  CHECK(refused_changes({moved}, target()) == errc::equivocation);
  change orphan = honest;
  orphan.parents = {op(1, 0)};
  orphan.lamport = 2;
  orphan.body = body_at(1, "cd");
  CHECK(refused_changes({orphan}, target()) == errc::equivocation);
  orphan.parents = {};
  orphan.lamport = 1;
  orphan.body = body_at(0, "cd");
  CHECK(refused_changes({orphan}, target()) == errc::equivocation);
}

TEST_CASE("hostile 5: what is partly known is trimmed, a backspace run from its upper end") {
  document a = make(1);
  a.get_text("t").insert({0}, "0123456789");
  document erases = make(2);
  REQUIRE(erases.import(a.export_updates()).has_value());
  for (std::uint32_t at = 8; at > 3; --at) {
    erases.get_text("t").erase({at}, 1);
  }
  document types = make(2);
  REQUIRE(types.import(a.export_updates()).has_value());
  types.get_text("t").insert({7}, "h\xc3\xa9llo");
  document deletes = make(2);
  REQUIRE(deletes.import(a.export_updates()).has_value());
  deletes.get_text("t").erase({2}, 5);
  for (document* b : {&erases, &types, &deletes}) {
    const change whole = b->export_changes(b->replica(), 0).front();
    REQUIRE(whole.length == 5);
    for (std::uint32_t known = 0; known <= 5; ++known) {
      document d = make(5);
      REQUIRE(d.import(a.export_updates()).has_value());
      if (known > 0) {
        limits cut;
        cut.max_change_ops = known;
        const change part = b->export_changes(b->replica(), 0, cut).front();
        REQUIRE(part.length == known);
        REQUIRE(d.import_changes({&part, 1}).has_value());
      }
      const auto report = d.import_changes({&whole, 1});
      REQUIRE(report);
      CHECK(report->known == known);
      CHECK(d.get_text("t").to_string() == b->get_text("t").to_string());
      CHECK(d.export_canonical() == b->export_canonical());
    }
  }
}

// --- 6. Positions
// ---------------------------------------------------------------------------------

TEST_CASE("hostile 6: places outside of the text that the author saw, in a straight history") {
  document a = make(1);
  a.get_text("t").insert({0}, "abc");
  const auto target = [&] {
    document d = make(5);
    REQUIRE(d.import(a.export_updates()).has_value());
    return d;
  };
  for (const std::uint32_t at : {4U, 5U, 1'000U, 1'000'000U}) {
    change c = typed_change("x", 2);
    c.parents = {op(1, 2)};
    c.lamport = 4;
    c.body = body_at(at);
    CHECK(refused_changes({c}, target()) == errc::bad_position);
  }
}

TEST_CASE("hostile 6: a long text whose memory was taken over goes with the place after it") {
  constexpr std::uint32_t length = 100'000;
  const auto update = [](std::uint32_t erased_at) {
    crdt::op_batch batch;
    batch.replicas = {replica_id::from_number(1)};
    batch.containers = {{crdt::container_type::text, crdt::no_parent, "t"}};
    batch.spans = {{.length = length + 1, .item_end = 2}};
    batch.items = {{.length = length},
                   {.kind = crdt::item_kind::erase_forward, .position = erased_at}};
    batch.content.assign(length, 'a');
    batch.content[1] = 'b';
    return crdt::encode_update(batch, 0, crdt::update_form::best);
  };
  document d = make(5);
  const bytes before = d.export_canonical();
  const auto report = d.import(update(length));
  REQUIRE_FALSE(report);
  CHECK(report.error().code == errc::bad_position);
  require_unchanged(d, before);
  d = make(5);
  REQUIRE_FALSE(d.import(update(length)));
  REQUIRE(d.import(update(0))->applied == length + 1);
  CHECK(d.get_text("t").to_string() == "b" + std::string(length - 2, 'a'));
  d.get_text("t").insert({1}, "c");
  d.check_invariants();
  document copy = make(6);
  REQUIRE(copy.import(d.export_updates()));
  CHECK(copy.export_canonical() == d.export_canonical());
}

TEST_CASE("hostile 6: places that only others' concurrent text would make possible") {
  document a = make(1);
  a.get_text("t").insert({0}, "abc");
  document b = make(2);
  REQUIRE(b.import(a.export_updates()).has_value());
  b.get_text("t").insert({3}, std::string(100, 'b'));
  const auto target = [&](bool has_other_branch) {
    document d = make(5);
    REQUIRE(d.import(a.export_updates()).has_value());
    if (has_other_branch) {
      REQUIRE(d.import(b.export_updates()).has_value());
    }
    return d;
  };
  document longer = make(9);
  longer.get_text("t").insert({0}, std::string(200, '.'));
  const auto erase_body = [&](std::uint32_t at, std::uint32_t count) {
    document d = make(9);
    d.get_text("t").insert({0}, std::string(200, '.'));
    d.get_text("t").erase({at}, count);
    return std::pair{d.export_changes(d.replica(), 200).front().body, count};
  };
  for (const bool has_other_branch : {true, false}) {
    change c = typed_change("x", 3);
    c.parents = {op(1, 2)};
    c.lamport = 4;
    c.body = body_at(4);
    CHECK(refused_changes({c}, target(has_other_branch)) == errc::bad_position);
    for (const auto& [body, count] :
         {erase_body(3, 1), erase_body(2, 2), erase_body(0, 4), erase_body(50, 10)}) {
      change e = c;
      e.body = body;
      e.length = count;
      CHECK(refused_changes({e}, target(has_other_branch)) == errc::bad_position);
    }
    // What its author did see is fine.
    change good = c;
    good.body = body_at(3);
    document d = target(has_other_branch);
    CHECK(d.import_changes({&good, 1})->applied == 1);
  }
}

TEST_CASE("hostile 6: text that was erased in the author's past is no place any more") {
  document a = make(1);
  a.get_text("t").insert({0}, "abcdef");
  a.get_text("t").erase({1}, 4);
  document b = make(2);
  b.get_text("t").insert({0}, "concurrent");
  REQUIRE(b.import(a.export_updates()).has_value());
  change c = typed_change("x", 3);
  c.parents = {op(1, 9)};
  c.lamport = 11;
  c.body = body_at(3);
  document d = make(5);
  REQUIRE(d.import(b.export_updates()).has_value());
  CHECK(refused_changes({c}, std::move(d)) == errc::bad_position);
}

// --- 8. What waits
// --------------------------------------------------------------------------------

TEST_CASE("hostile 8: what waits for parents that never come stays within its limit") {
  limits bounds;
  bounds.max_pending_bytes = 256U << 10U;
  document d = victim();
  const bytes before = d.export_canonical();
  const heap_watch heap;
  for (std::uint32_t i = 0; i < 3'000; ++i) {
    change c = typed_change(std::string(1'000, 'x'), 100 + i);
    c.parents = {op(99, i)};
    c.lamport = 5;
    REQUIRE(d.import_changes({&c, 1}, bounds)->applied == 0);
  }
  CHECK(heap.peak_bytes() < std::ptrdiff_t{2} << 20U);
  require_unchanged(d, before);
}

TEST_CASE("hostile 8: one import of many orphans stays within the limit as well") {
  limits bounds;
  bounds.max_pending_bytes = 256U << 10U;
  document a = make(1);
  a.get_text("t").insert({0}, "a");
  std::vector<change> changes;
  for (std::uint32_t i = 0; i < 2'000; ++i) {
    change c = typed_change(std::string(1'000, 'x'), 100 + i);
    c.parents = {op(99, 0)};
    c.lamport = 2;
    changes.push_back(std::move(c));
  }
  document d = make(7);
  REQUIRE(d.import_changes(changes, bounds)->applied == 0);
  const heap_watch heap;
  d.get_text("t").insert({0}, "still fine");
  REQUIRE(d.import(a.export_updates(), bounds)->applied == 1);
  CHECK(heap.peak_bytes() < std::ptrdiff_t{1} << 20U);
}

TEST_CASE("hostile 8: a long chain that waits for its first link is released without recursion") {
  document a = make(1);
  std::vector<change> chain;
  document b = make(2);
  for (std::uint32_t i = 0; i < 2'000; ++i) {
    // In turns, so that no two links are one change.
    document& d = i % 2 == 0 ? a : b;
    document& other = i % 2 == 0 ? b : a;
    const std::uint32_t first = d.version().count(d.replica());
    d.get_text("t").insert({i}, "x");
    chain.push_back(d.export_changes(d.replica(), first).front());
    REQUIRE(other.import(d.export_updates(other.version(), 0)).has_value());
  }
  document d = make(3);
  for (std::size_t i = 1; i < chain.size(); ++i) {
    REQUIRE(d.import_changes({&chain[i], 1})->pending == 1);
  }
  CHECK(d.import_changes({chain.data(), 1})->applied == 2'000);
  CHECK(d.get_text("t").length() == 2'000);
}

TEST_CASE("hostile 8: a bad change that waited is dropped and spoils nobody else") {
  document a = make(1);
  a.get_text("t").insert({0}, "abc");
  change good = typed_change("g", 2);
  good.parents = {op(1, 2)};
  good.lamport = 4;
  change bad = good;
  bad.first.replica = replica_id::from_number(3);
  bad.body = body_at(50);
  change lying = good;
  lying.first.replica = replica_id::from_number(4);
  lying.lamport = huge;
  document d = make(5);
  REQUIRE(d.import_changes(std::vector<change>{bad, good, lying})->pending == 3);
  const auto report = d.import(a.export_updates());
  REQUIRE(report);
  CHECK(report->applied == 4);
  CHECK(d.get_text("t").to_string() == "gabc");
  d.check_invariants();
  CHECK_FALSE(d.version().contains(op(3, 0)));
  CHECK_FALSE(d.version().contains(op(4, 0)));
}

TEST_CASE("hostile 8: waiting under an id keeps nobody from bringing the right operations") {
  // The lie waits for a parent that never comes; the truth has its parents.
  document a = make(1);
  a.get_text("t").insert({0}, "truth");
  change lie = typed_change("lies!", 1);
  lie.parents = {op(99, 0)};
  lie.lamport = 2;
  document d = make(5);
  REQUIRE(d.import_changes({&lie, 1})->pending == 5);
  CHECK(d.import(a.export_updates())->applied == 5);
  CHECK(d.get_text("t").to_string() == "truth");
  d.check_invariants();
}

// --- 9. Work
// --------------------------------------------------------------------------------------

TEST_CASE("hostile 9: many small columns of nothing cost their size") {
  // Spans of one operation each, all concurrent, all listed as parents of the last.
  constexpr std::uint32_t heads = 4'096;
  document d = make(1);
  std::vector<change> changes;
  for (std::uint32_t i = 0; i < heads; ++i) {
    change c = typed_change("x", 100 + i);
    changes.push_back(std::move(c));
  }
  change join = typed_change("j", 1);
  join.first.replica = replica_id::from_number(50);
  join.lamport = 2;
  for (std::uint32_t i = 0; i < heads; ++i) {
    join.parents.push_back(op(100 + i, 0));
  }
  changes.push_back(join);
  CHECK(d.import_changes(changes)->applied == heads + 1);
  CHECK(d.frontier() == crdt::frontier{op(50, 0)});
}

// --- 10. Ready-made state from others
// -------------------------------------------------------------

TEST_CASE("hostile 10: an import takes a snapshot's history and never its state") {
  document a = make(1);
  a.get_text("t").insert({0}, "truth");
  const bytes honest = a.export_snapshot();
  auto parts = crdt::decode_snapshot(honest, limits{});
  REQUIRE(parts);
  parts->state.containers.front().text = "lies!";
  const bytes lying = crdt::encode_snapshot(parts->state, parts->history, 3);
  document d = make(2);
  CHECK(d.import(lying)->applied == 5);
  CHECK(d.get_text("t").to_string() == "truth");
  auto opened = document::open(replica_id::from_number(3), lying);
  REQUIRE(opened);
  CHECK(opened->load_history().error().code == errc::malformed);
}

TEST_CASE("hostile 10: a snapshot whose history is damaged or foreign does not open silently") {
  document a = make(1);
  a.get_text("t").insert({0}, "truth");
  document b = make(2);
  b.get_text("t").insert({0}, "truth");
  const bytes snapshot_a = a.export_snapshot();  // what is decoded views it
  auto of_a = crdt::decode_snapshot(snapshot_a, limits{});
  const bytes snapshot_b = b.export_snapshot();
  auto of_b = crdt::decode_snapshot(snapshot_b, limits{});
  REQUIRE(of_a);
  REQUIRE(of_b);
  // The same text, but written by somebody else.
  auto opened = document::open(replica_id::from_number(3),
                               crdt::encode_snapshot(of_a->state, of_b->history, 0));
  REQUIRE(opened);
  CHECK_FALSE(opened->load_history().has_value());
}

// Tokens are one byte here and a record in memory: their column may not expand as text may.
TEST_CASE("hostile 1: what decompressed tokens become is in proportion to the input") {
  constexpr std::uint32_t n = 60'000'000;
  raw_update u;
  one_replica(u, 1, 0, 1);
  span(u, n, 3);
  listed(u, {});
  root_text(u);
  crdt::byte_writer frame;  // blocks of 4 KiB, so that the ratio is just allowed
  frame.u32_le(0xfd2f'b528);
  frame.u8(0xa0);
  frame.u32_le(n);
  for (std::uint32_t left = n; left > 0;) {
    const std::uint32_t count = std::min<std::uint32_t>(left, 4'096);
    left -= count;
    const std::uint32_t head = count << 3U | 2U | (left == 0 ? 1U : 0U);
    frame.u8(static_cast<std::uint8_t>(head));
    frame.u8(static_cast<std::uint8_t>(head >> 8U));
    frame.u8(static_cast<std::uint8_t>(head >> 16U));
    frame.u8(1);
  }
  refused(with_stored_column(u, tokens, n, frame.view()), {}, 512U << 20U);
}

// Else two replicas that get them in different orders would differ for ever, with equal versions.
TEST_CASE("hostile 5: two operations with one id in one import are equivocation") {
  const change a = typed_change("abc", 1);
  const change b = typed_change("xyz", 1);
  const change longer = typed_change("abxy", 1);
  CHECK(refused_changes({a, b}) == errc::equivocation);
  CHECK(refused_changes({b, a}) == errc::equivocation);
  CHECK(refused_changes({a, longer}) == errc::equivocation);
  document d = make(5);
  CHECK(d.import_changes(std::vector<change>{a, a})->applied == 3);
}

TEST_CASE("hostile 8: a chain that arrives newest first is released whole") {
  document a = make(1);
  document b = make(2);
  std::vector<change> chain;
  constexpr std::uint32_t n = 20'000;
  for (std::uint32_t i = 0; i < n; ++i) {
    document& d = i % 2 == 0 ? a : b;
    document& other = i % 2 == 0 ? b : a;
    const std::uint32_t first = d.version().count(d.replica());
    d.get_text("t").insert({i}, "x");
    chain.push_back(d.export_changes(d.replica(), first).front());
    REQUIRE(other.import(d.export_updates(other.version(), 0)).has_value());
  }
  document d = make(3);
  for (std::size_t i = n; i-- > 0;) {
    REQUIRE(d.import_changes({&chain[i], 1}).has_value());
  }
  CHECK(d.get_text("t").length() == n);
  CHECK(d.export_canonical() == a.export_canonical());
}

}  // namespace weft::test
