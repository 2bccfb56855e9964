// SPDX-License-Identifier: MIT
#include "codec/keystroke.hpp"

#include "codec/columns.hpp"
#include "support/seeds.hpp"
#include "weft/crdt/document/document.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace weft::crdt {
namespace {

replica_id random_id(std::uint8_t first) {
  replica_id id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    id.bytes[i] = static_cast<std::uint8_t>(first + 37 * i);
  }
  return id;
}

text body(document& d) {
  return d.get_text("a rather long name");
}

bytes typed(document& d, std::uint32_t at, std::string_view what) {
  const version_vector before = d.version();
  body(d).insert({at}, what);
  return d.export_updates(before);
}

struct heads {
  std::vector<document> writers;
  document reader{random_id(200)};
};

// So many writers know of each other, and then each types once more: as many heads.
heads with_heads(std::size_t count) {
  heads out;
  for (std::size_t i = 0; i < count; ++i) {
    out.writers.emplace_back(random_id(static_cast<std::uint8_t>(10 + i)));
  }
  body(out.writers[0]).insert({0}, std::string(40'000, 'x'));
  for (int round = 0; round < 3; ++round) {
    for (document& d : out.writers) {
      if (round == 0) {
        REQUIRE(d.import(out.writers[0].export_updates(d.version())));
      }
      body(d).insert({30'000}, std::string(round == 0 ? 300 : 1, 'y'));
    }
    for (document& to : out.writers) {
      for (document& from : out.writers) {
        REQUIRE(to.import(from.export_updates(to.version())));
      }
    }
  }
  REQUIRE(out.reader.import(out.writers[0].export_updates()));
  return out;
}

}  // namespace

TEST_CASE("keystroke: a typed character is small, however many heads the document has") {
  for (std::size_t count = 1; count <= 5; ++count) {
    heads h = with_heads(count);
    document& author = h.writers[0];
    REQUIRE(author.frontier().size() == count);
    const bytes after_merge = typed(author, 29'000, "z");
    INFO(count << " heads: " << after_merge.size() << " bytes");
    CHECK(is_keystroke(after_merge));
    CHECK(after_merge.size() <= 40);
    REQUIRE(h.reader.import(after_merge));
    const bytes going_on = typed(author, 29'001, "\U0001f9f6");
    CHECK(going_on.size() <= 32);
    REQUIRE(h.reader.import(going_on));
    CHECK(h.reader.export_canonical() == author.export_canonical());
  }
}

TEST_CASE("keystroke: the first operation of a replica names its parent and no container") {
  document a(random_id(1));
  body(a).insert({0}, "abc");
  document b(random_id(2));
  REQUIRE(b.import(a.export_updates()));
  const bytes first = typed(b, 3, "d");
  CHECK(is_keystroke(first));
  CHECK(first.size() <= 48);
  REQUIRE(a.import(first));
  CHECK(a.export_canonical() == b.export_canonical());
}

TEST_CASE("keystroke: waits for what it refers to, in whatever order that arrives") {
  heads h = with_heads(3);
  std::vector<bytes> updates;
  for (int i = 0; i < 4; ++i) {
    updates.push_back(typed(h.writers[0], 5, "p"));
    updates.push_back(typed(h.writers[1], 9, "q"));
    REQUIRE(h.writers[0].import(updates.back()));
    REQUIRE(h.writers[1].import(updates[updates.size() - 2]));
  }
  REQUIRE(std::ranges::all_of(updates, [](const bytes& u) { return is_keystroke(u); }));
  const bytes expected = h.writers[0].export_canonical();
  std::mt19937 random(7);
  for (int run = 0; run < 50; ++run) {
    std::shuffle(updates.begin(), updates.end(), random);
    document late(random_id(100));
    std::uint64_t pending = 0;
    for (const bytes& update : updates) {
      const auto report = late.import(update);
      REQUIRE(report);
      pending += report->pending;
      REQUIRE(late.import(update));  // again: kept once
    }
    CHECK(pending == updates.size());
    CHECK(late.op_count() == 0);
    const auto released = late.import(h.reader.export_updates());
    REQUIRE(released);
    CHECK(released->applied == h.reader.op_count() + updates.size());
    CHECK(late.export_canonical() == expected);
    late.check_invariants();
  }
}

TEST_CASE("keystroke: what waits is bounded, and the newest stay") {
  document a(random_id(1));
  body(a).insert({0}, "abc");
  const bytes start = a.export_updates();
  std::vector<bytes> updates;
  for (int i = 0; i < 100; ++i) {
    updates.push_back(typed(a, 0, "x"));
  }
  document late(random_id(2));
  limits few;
  few.max_pending_bytes = 2'000;
  for (auto u = updates.rbegin(); u != updates.rend(); ++u) {
    REQUIRE(late.import(*u, few));
  }
  const auto report = late.import(start);
  REQUIRE(report);
  CHECK(report->applied > 3);
  CHECK(report->applied < 30);
}

TEST_CASE("keystroke: maps, counters and children below maps") {
  document a(random_id(1));
  document b(random_id(2));
  counter n = a.get_map("m").ensure_map("inner").ensure_counter("n");
  n.add(1);
  REQUIRE(b.import(a.export_updates()));
  const auto send = [&] {
    const bytes update = a.export_updates(b.version());
    REQUIRE(is_keystroke(update));
    REQUIRE(b.import(update));
    CHECK(a.export_canonical() == b.export_canonical());
    return update.size();
  };
  n.add(-5);
  CHECK(send() <= 24);
  a.get_map("m").set("key", std::string("value"));
  CHECK(send() <= 48);
  a.get_map("m").set("key", 0.5);
  a.get_map("m").erase("key");
  CHECK(send() <= 48);
  n.add(7);
  send();
}

TEST_CASE("keystroke: known ones are known, and another with the same id is refused") {
  heads h = with_heads(2);
  const bytes update = typed(h.writers[0], 5, "p");
  REQUIRE(h.reader.import(update));
  const auto again = h.reader.import(update);
  REQUIRE(again);
  CHECK(again->known == 1);
  bytes other = update;
  other.back() = 'q';
  const auto refused = h.reader.import(other);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::equivocation);
}

TEST_CASE("keystroke: one outside of its author's text is refused, at the tip and beside others") {
  for (const bool alone : {true, false}) {
    INFO((alone ? "at the tip" : "beside another edit"));
    document author(random_id(1));
    body(author).insert({0}, "some text");
    document reader(random_id(2));
    REQUIRE(reader.import(author.export_updates()));
    REQUIRE(reader.import(typed(author, 4, "a")));
    const bytes good = typed(author, 5, "b");
    if (!alone) {
      body(reader).insert({0}, "here there is more of it");
    }
    const std::string before = body(reader).to_string();
    const version_vector known = reader.version();
    for (const item_kind kind :
         {item_kind::insert, item_kind::erase_forward, item_kind::erase_backward}) {
      keystroke k;
      op_batch batch;
      REQUIRE(decode_keystroke(good, {}, k, batch));
      k.length = batch.spans[0].length = batch.items[0].length = 2;
      batch.items[0].kind = kind;
      batch.content = kind == item_kind::insert ? "bc" : "";
      // The author's text has ten characters.
      batch.items[0].position = kind == item_kind::insert ? 11 : 9;
      const auto report = reader.import(encode_keystroke(k, batch));
      REQUIRE_FALSE(report);
      CHECK(report.error().code == errc::bad_position);
      CHECK(body(reader).to_string() == before);
      CHECK(reader.version() == known);
    }
    REQUIRE(reader.import(good));
    CHECK(body(reader).to_string().find("someab text") != std::string::npos);
  }
}

TEST_CASE("keystroke: who listens hears of those at the tip what the text shows") {
  test::for_seeds(5, [](std::uint64_t seed) {
    test::rng random(seed);
    document author(random_id(1));
    document reader(random_id(2));
    std::string mirror;
    reader.subscribe([&](const event& e) {
      for (const container_change& c : e.changes) {
        for (const text_patch& p : c.patches) {
          mirror.replace(p.position, p.erased, p.inserted);
        }
      }
    });
    body(author).insert({0}, "some text");
    REQUIRE(reader.import(author.export_updates()));
    for (int i = 0; i < 100; ++i) {
      const version_vector known = author.version();
      const std::uint32_t length = body(author).length();
      const auto at = static_cast<std::uint32_t>(random.below(length + 1));
      if (random.chance(60) || at == length) {
        body(author).insert({at},
                            std::string(1 + random.below(3), static_cast<char>('a' + i % 26)));
      } else {
        const auto most = std::min<std::size_t>(length - at, 3);
        body(author).erase({at}, static_cast<std::uint32_t>(1 + random.below(most)));
      }
      REQUIRE(reader.import(author.export_updates(known)));
      REQUIRE(mirror == body(author).to_string());
      REQUIRE(body(reader).to_string() == mirror);
    }
  });
}

TEST_CASE("keystroke: the short way of reading takes what the long one does, and reads the same") {
  heads h = with_heads(3);
  document& author = h.writers[0];
  std::vector<bytes> updates{typed(author, 29'000, "z"), typed(author, 29'001, "z"),
                             typed(author, 7, "\xd0\xb6"), typed(author, 8, "more of it"),
                             typed(author, 2, "\xf0\x9f\x8e\x88 and \xe2\x82\xac")};
  const auto note = [&](const auto& edit) {
    const version_vector before = author.version();
    edit();
    updates.push_back(author.export_updates(before));
  };
  note([&] { body(author).erase({100}, 3); });
  note([&] { body(author).replace({100}, 1, "two items"); });
  note([&] { author.get_map("m").set("k", "v"); });

  keystroke whole;
  batch_item run;
  std::string_view typed_text;
  const auto is_short = [&](const bytes& u) {
    return decode_one_item(u, {}, whole, run, typed_text);
  };
  CHECK(std::ranges::count_if(updates, is_short) == 6);

  test::for_seeds(400, [&](std::uint64_t seed) {
    test::rng random(seed);
    for (bytes update : updates) {
      for (std::size_t n = random.below(3); n != 0; --n) {
        update[random.below(update.size())] = static_cast<std::uint8_t>(random.below(256));
      }
      if (random.below(8) == 0) {
        update.resize(random.below(update.size()));
      }
      keystroke k;
      batch_item item;
      std::string_view content;
      keystroke same;
      op_batch batch;
      const bool one = decode_one_item(update, {}, k, item, content);
      const bool decoded = decode_keystroke(update, {}, same, batch).has_value();
      REQUIRE(one == (decoded && !same.named && same.type == container_type::text &&
                      batch.items.size() == 1));
      if (!one) {
        continue;
      }
      REQUIRE(k == same);
      REQUIRE(item == batch.items[0]);
      REQUIRE(content == batch.content);
    }
  });
}

TEST_CASE("keystroke: damage is refused, waits or is harmless, and nothing is half applied") {
  heads h = with_heads(2);
  const bytes start = h.reader.export_updates();
  const bytes update = typed(h.writers[0], 5, "p");
  for (std::size_t at = 0; at < update.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      bytes damaged = update;
      damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ (1U << bit));
      document d(random_id(99));
      REQUIRE(d.import(start));
      const bytes before = d.export_canonical();
      const auto report = d.import(damaged);
      if (!report || report->applied == 0) {
        CHECK(d.export_canonical() == before);
      }
      d.check_invariants();
      document copy(random_id(98));
      REQUIRE(copy.import(d.export_updates()));
      CHECK(copy.export_canonical() == d.export_canonical());
    }
  }
  for (std::size_t size = 0; size < update.size(); ++size) {
    document d(random_id(99));
    REQUIRE(d.import(start));
    CHECK_FALSE(d.import(byte_view{update}.first(size)));
  }
}

}  // namespace weft::crdt
