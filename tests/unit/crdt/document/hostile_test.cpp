// SPDX-License-Identifier: MIT
// Hostile bytes (docs/testing.md lists the lies): counts, sizes, sums, integers, text. Refused with
// an error, in little memory, with nothing applied. Each test says which lie it tells.
#include "hostile_fixture.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace weft::test {

TEST_CASE("hostile: the hand-written bytes are right where they do not lie") {
  for (const bytes& update : {typed("hello").small(), typed("hello").columns()}) {
    document d = make(2);
    REQUIRE(d.import(update)->applied == 5);
    CHECK(d.get_text("t").to_string() == "hello");
  }
  const bytes frame = equal_bytes_frame(300'000, 'a', 300'000);
  raw_update u = typed("a");
  u.in[spans] = {};
  u.in[tokens] = {};
  span(u, 300'000, 3);
  insert_token(u, 300'000);
  document d = make(2);
  REQUIRE(d.import(with_stored_column(u, content, 300'000, frame))->applied == 300'000);
  CHECK(d.get_text("t").to_string() == std::string(300'000, 'a'));
}

// --- 1. Counts and sizes that lie ----------------------------------------------------------------

TEST_CASE("hostile 1: declared counts allocate nothing") {
  for (const std::uint64_t count : {std::uint64_t{100'000}, std::uint64_t{1} << 31U, huge}) {
    raw_update replicas;
    replicas[tables].varint(count);
    put_id(replicas[tables], 1);
    refused_in_both(replicas, errc::truncated);
    raw_update many_spans;
    one_replica(many_spans, 1, 0, count);
    span(many_spans, 1, 3);
    listed(many_spans, {});
    CHECK(refused(many_spans.small()) == errc::truncated);
    CHECK(refused(many_spans.columns()) == errc::truncated);
    raw_update many_parents = typed("x");
    many_parents.in[parents] = {};
    many_parents[parents].varint(count);
    refused_in_both(many_parents, errc::limit_exceeded);
    raw_update many_containers = typed("x");
    many_containers.in[containers] = {};
    many_containers[containers].varint(0);
    many_containers[containers].varint(count);
    const errc code = refused(many_containers.columns());
    CHECK((code == errc::truncated || code == errc::limit_exceeded));
  }
}

TEST_CASE("hostile 1: sizes of keys, values and names are held against limits and what is left") {
  for (const std::uint64_t size : {std::uint64_t{70'000}, huge}) {
    raw_update name;
    one_replica(name, 1, 0, 1);
    span(name, 1, 3);
    listed(name, {});
    name[containers].varint(0);
    name[containers].varint(0);
    name[containers].varint(1);
    name[containers].varint(size);
    name[containers].raw("t");
    refused_in_both(name, errc::limit_exceeded);
  }
  const auto map_update = [](auto write_values) {
    raw_update u;
    one_replica(u, 1, 0, 1);
    span(u, 1, 3);
    listed(u, {});
    u[containers].varint(0);
    u[containers].varint(0);
    u[containers].varint(2);
    u[containers].sized("m");
    u[tokens].varint(5U << 2U);  // set, a text
    u[values].varint(0);
    write_values(u[values]);
    return u;
  };
  refused_in_both(map_update([](crdt::byte_writer& v) {
                    v.varint(huge);
                    v.raw("key");
                  }),
                  errc::limit_exceeded);
  refused_in_both(map_update([](crdt::byte_writer& v) {
                    v.sized("key");
                    v.varint(huge);
                  }),
                  errc::limit_exceeded);
  refused_in_both(map_update([](crdt::byte_writer& v) {
                    v.sized("key");
                    v.varint(1'000);
                    v.raw("short");
                  }),
                  errc::truncated);
}

TEST_CASE("hostile 1: a decompression bomb is refused before it is opened") {
  const raw_update u = typed("a");
  const std::uint32_t size = 200U << 20U;
  const bytes frame = equal_bytes_frame(size, 'a', size);  // 6.4 KB for 200 MiB
  CHECK(refused(with_stored_column(u, content, size, frame)) == errc::limit_exceeded);
}

TEST_CASE("hostile 1: nine columns at once do not pass the limit of their sum") {
  limits bounds;
  bounds.max_raw_bytes = 4U << 20U;
  const std::uint32_t size = 1U << 20U;  // free of the ratio, each
  const bytes frame = equal_bytes_frame(size, 0, size);
  crdt::byte_writer out;
  crdt::write_format(out, crdt::format_form::update);
  for (std::size_t i = 0; i < column_count; ++i) {
    out.varint(size);
    out.varint(frame.size());
  }
  for (std::size_t i = 0; i < column_count; ++i) {
    out.raw(frame);
  }
  out.u32_le(crdt::crc32c(out.view()));
  CHECK(refused(out.view(), bounds) == errc::limit_exceeded);
}

TEST_CASE("hostile 1: a frame that tells another size than it has is refused") {
  const raw_update u = typed("a");
  for (const std::uint32_t told : {1U, 99'999U, 100'001U, 0xffff'ffffU}) {
    const bytes frame = equal_bytes_frame(100'000, 'a', told);
    CHECK(refused(with_stored_column(u, content, 100'000, frame)) == errc::malformed);
    if (told < 1U << 20U) {
      CHECK(refused(with_stored_column(u, content, told, frame), {}, 2U << 20U) == errc::malformed);
    }
  }
  // Two frames in one column, and bytes after the frame.
  bytes twice = equal_bytes_frame(100, 'a', 100);
  const bytes once = twice;
  twice.insert(twice.end(), once.begin(), once.end());
  CHECK(refused(with_stored_column(u, content, 100, twice)) == errc::malformed);
  CHECK(refused(with_stored_column(u, content, 200, twice)) == errc::malformed);
  bytes trailing = once;
  trailing.push_back(0);
  CHECK(refused(with_stored_column(u, content, 100, trailing)) == errc::malformed);
  // No content size at all.
  crdt::byte_writer no_size;
  no_size.u32_le(0xfd2f'b528);
  no_size.u8(0);
  no_size.u8(0x58);
  no_size.u8(0x23);  // the last block, 100 equal bytes
  no_size.u8(0x03);
  no_size.u8(0);
  no_size.u8('a');
  CHECK(refused(with_stored_column(u, content, 100, no_size.view())) == errc::malformed);
}

TEST_CASE("hostile 1: what decompressed tokens become is bounded by the limits") {
  // A million tokens in a few bytes; each is an operation of its own.
  constexpr std::uint32_t n = 1'000'000;
  raw_update u;
  one_replica(u, 1, 0, 1);
  span(u, n, 3);
  listed(u, {});
  root_text(u);
  const bytes frame = equal_bytes_frame(n, 1, n);  // erase one, where nothing is
  CHECK(refused(with_stored_column(u, tokens, n, frame), {}, 100U << 20U) == errc::bad_position);
  limits bounds;
  bounds.max_raw_bytes = 500'000;
  CHECK(refused(with_stored_column(u, tokens, n, frame), bounds) == errc::limit_exceeded);
}

// --- 2. Sums
// --------------------------------------------------------------------------------------

TEST_CASE("hostile 2: run lengths and counters that overflow are refused") {
  for (const std::uint64_t length :
       {std::uint64_t{crdt::max_op_count} + 1, std::uint64_t{1} << 32U, huge >> 3U}) {
    raw_update u = typed("x");
    u.in[spans] = {};
    span(u, length, 3);
    refused_in_both(u, errc::document_full);
    raw_update run = typed("x");
    run.in[tokens] = {};
    insert_token(run, length);
    CHECK(refused(run.columns()) == errc::malformed);
  }
  for (const std::uint64_t base : {std::uint64_t{crdt::max_op_count}, std::uint64_t{0xffff'ffff},
                                   std::uint64_t{0x1'0000'0000}, ~std::uint64_t{0}}) {
    raw_update u = typed("x");
    u.in[tables] = {};
    one_replica(u, 1, base, 1);
    const errc code = refused(u.columns());
    CHECK((code == errc::document_full || code == errc::limit_exceeded));
  }
}

TEST_CASE("hostile 2: many spans do not sum up past the limit") {
  raw_update u;
  one_replica(u, 1, 0, 5);
  for (int i = 0; i < 5; ++i) {
    span(u, std::uint64_t{1} << 29U, i == 0 ? 3 : 0);
  }
  listed(u, {});
  CHECK(refused(u.columns()) == errc::document_full);
}

TEST_CASE("hostile 2: as much text as announced, no less and no more") {
  for (const std::string_view text : {"", "hell", "hello!", "h\xc3\xa9ll"}) {
    raw_update u = typed("hello");
    u.in[content] = {};
    u[content].raw(text);
    refused_in_both(u, errc::malformed);
  }
}

TEST_CASE("hostile 2: positions do not wrap around") {
  for (const std::int64_t delta :
       {std::int64_t{crdt::max_op_count}, std::int64_t{1} << 31, std::int64_t{1} << 32,
        std::int64_t{1} << 62, std::int64_t{-1}, -(std::int64_t{1} << 32)}) {
    raw_update u = typed("x");
    u.in[tokens] = {};
    insert_token(u, 1, delta);
    const errc code = refused(u.columns());
    CHECK((code == errc::bad_position || code == errc::malformed));
    CHECK(refused(u.small()) == code);
  }
  // A backspace run that goes below the start.
  raw_update u;
  one_replica(u, 1, 0, 1);
  span(u, 5, 3);
  listed(u, {});
  root_text(u);
  insert_token(u, 2);
  erase_token(u, 3, 0, true);
  u[content].raw("ab");
  refused_in_both(u, errc::bad_position);
}

TEST_CASE("hostile 2: changes whose counters, lengths and lamports are at the edge") {
  for (const std::uint32_t counter : {crdt::max_op_count - 1, crdt::max_op_count, 0xffff'ffffU}) {
    change c = typed_change("abc");
    c.first.counter = counter;
    c.parents = {op(1, counter - 1)};
    CHECK(refused_changes({c}) == errc::document_full);
  }
  for (const std::uint32_t length : {0U, 2U, 4U, 0x7fff'ffffU, 0xffff'ffffU}) {
    change c = typed_change("abc");
    c.length = length;
    const errc code = refused_changes({c});
    CHECK((code == errc::malformed || code == errc::document_full));
  }
  for (const std::uint64_t lamport : {std::uint64_t{2}, huge, ~std::uint64_t{0}}) {
    change c = typed_change("abc");
    c.lamport = lamport;
    CHECK(refused_changes({c}) == errc::bad_value);
  }
}

// --- 3. Integers, enumerations, bytes left over
// ---------------------------------------------------

TEST_CASE("hostile 3: integers that are too long or not in their shortest form") {
  const auto with_span_count = [](std::initializer_list<std::uint8_t> raw) {
    raw_update u = typed("x");
    u.in[tables] = {};
    u[tables].varint(1);
    put_id(u[tables], 1);
    u[tables].varint(0);
    for (const std::uint8_t b : raw) {
      u[tables].u8(b);
    }
    return u;
  };
  refused_in_both(with_span_count({0x81, 0x00}), errc::not_canonical);
  refused_in_both(with_span_count({0x80, 0x80, 0x00}), errc::not_canonical);
  refused_in_both(
      with_span_count({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}),
      errc::malformed);
  refused_in_both(with_span_count({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}),
                  errc::malformed);
}

TEST_CASE("hostile 3: every column is read to its end") {
  for (std::size_t c = 0; c < column_count; ++c) {
    raw_update u = typed("hello");
    u.in[c].u8(1);
    INFO("column " << c);
    CHECK(refused(u.columns()) == errc::malformed);
  }
  bytes update = typed("hello").columns();
  update.insert(update.end() - 4, 0);
  const std::uint32_t sum = crdt::crc32c(byte_view{update}.first(update.size() - 4));
  for (unsigned i = 0; i < 4; ++i) {
    update[update.size() - 4 + i] = static_cast<std::uint8_t>(sum >> (8 * i));
  }
  CHECK(refused(update) == errc::malformed);
  bytes small = typed("hello").small();
  small.push_back('!');
  CHECK(refused(small) == errc::malformed);
}

TEST_CASE("hostile 3: unknown kinds of containers, operations and values") {
  for (const std::uint64_t head : {std::uint64_t{0}, std::uint64_t{4}, std::uint64_t{15},
                                   std::uint64_t{0x21}, std::uint64_t{0x101}, huge}) {
    raw_update u = typed("x");
    u.in[containers] = {};
    u[containers].varint(0);
    u[containers].varint(0);
    u[containers].varint(head);
    u[containers].sized("t");
    refused_in_both(u, errc::unsupported);
  }
  const auto on = [](std::uint64_t type, std::uint64_t token) {
    raw_update u;
    one_replica(u, 1, 0, 1);
    span(u, 1, 3);
    listed(u, {});
    u[containers].varint(0);
    u[containers].varint(0);
    u[containers].varint(type);
    u[containers].sized("c");
    u[tokens].varint(token);
    return u;
  };
  CHECK(refused(on(1, 2).columns()) == errc::malformed);  // an insertion that goes backward
  CHECK(refused(on(2, 3).columns()) == errc::unsupported);
  CHECK(refused(on(2, 6).columns()) == errc::unsupported);
  CHECK(refused(on(3, 2).columns()) == errc::unsupported);
  raw_update kind = on(2, 63U << 2U);
  kind[values].varint(0);
  kind[values].sized("k");
  const errc code = refused(kind.columns());
  CHECK((code == errc::unsupported || code == errc::malformed));
  raw_update nan = on(2, 4U << 2U);
  nan[values].varint(0);
  nan[values].sized("k");
  nan[values].u64_le(0x7ff8'0000'0000'0001U);
  refused_in_both(nan, errc::not_canonical);
}

// --- 7. Texts, keys, containers
// -------------------------------------------------------------------

TEST_CASE("hostile 7: bytes that are no UTF-8, wherever text stands") {
  for (const std::string_view bad :
       {"\x80", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
        "\xf8\x88\x80\x80\x80", "\xff", "\xe2\x82"}) {
    raw_update text = typed("x");
    text.in[content] = {};
    text[content].raw(bad);
    refused_in_both(text, errc::malformed);
    raw_update name = typed("x");
    name.in[containers] = {};
    name[containers].varint(0);
    name[containers].varint(0);
    name[containers].varint(1);
    name[containers].sized(bad);
    refused_in_both(name, errc::malformed);
    raw_update key;
    one_replica(key, 1, 0, 1);
    span(key, 1, 3);
    listed(key, {});
    key[containers].varint(0);
    key[containers].varint(0);
    key[containers].varint(2);
    key[containers].sized("m");
    key[tokens].varint(0);  // set null
    key[values].varint(0);
    key[values].sized(bad);
    refused_in_both(key, errc::malformed);
  }
}

TEST_CASE("hostile 7: a character that two insertions share is none") {
  raw_update u;
  one_replica(u, 1, 0, 1);
  span(u, 2, 3);
  listed(u, {});
  root_text(u);
  insert_token(u, 1);
  insert_token(u, 1, -1);
  u[content].raw("\xc3\xa9");  // one scalar for two insertions of one each
  refused_in_both(u, errc::malformed);
}

TEST_CASE("hostile 7: containers nest no deeper than the limit, and parents are maps before them") {
  const auto nested = [](std::size_t depth) {
    raw_update u;
    one_replica(u, 1, 0, 1);
    span(u, 1, 3);
    listed(u, {});
    u[containers].varint(0);
    u[containers].varint(depth);
    u[containers].varint(2);
    u[containers].sized("m");
    for (std::size_t i = 0; i < depth; ++i) {
      u[containers].varint(0x12);
      u[containers].varint(i);
      u[containers].sized("k");
    }
    u[tokens].varint(2);  // reset
    return u;
  };
  document d = make(2);
  CHECK(d.import(nested(1'024).small())->applied == 1);
  d.check_invariants();
  refused_in_both(nested(1'025), errc::limit_exceeded);
  refused_in_both(nested(60'000), errc::limit_exceeded);
  const auto child_of = [](std::uint64_t parent_type, std::uint64_t parent) {
    raw_update u = typed("x");
    u.in[containers] = {};
    u[containers].varint(0);
    u[containers].varint(1);
    u[containers].varint(parent_type);
    u[containers].sized("p");
    u[containers].varint(0x11);
    u[containers].varint(parent);
    u[containers].sized("k");
    return u;
  };
  refused_in_both(child_of(1, 0), errc::malformed);  // a text has no children
  refused_in_both(child_of(3, 0), errc::malformed);
  refused_in_both(child_of(2, 1), errc::malformed);  // its own parent
  refused_in_both(child_of(2, huge), errc::malformed);
}

TEST_CASE("hostile 7: a container or a key that is defined twice") {
  raw_update u = typed("x");
  u.in[containers] = {};
  u[containers].varint(0);
  u[containers].varint(1);
  for (int i = 0; i < 2; ++i) {
    u[containers].varint(1);
    u[containers].sized("t");
  }
  refused_in_both(u, errc::malformed);
}

}  // namespace weft::test
