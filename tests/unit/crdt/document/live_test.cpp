// SPDX-License-Identifier: MIT
#include "weft/crdt/document/live.hpp"

#include "support/seeds.hpp"

#include <catch2/catch.hpp>

#include <deque>
#include <random>
#include <string>
#include <vector>

namespace weft::crdt {
namespace {

replica_id id(std::uint8_t n) {
  replica_id out;
  out.bytes.fill(n);
  return out;
}

text body(document& d) {
  return d.get_text("a rather long name");
}

// Two documents, a session at each end, and the messages on their way.
struct line {
  document& a;
  document& b;
  live_session at_a;
  live_session at_b;
  std::deque<bytes> to_a;
  std::deque<bytes> to_b;

  line(document& first, document& second)
      : a(first), b(second), at_a(second.version()), at_b(first.version()) {}

  void send_a() {
    if (bytes message = at_a.encode(a); !message.empty()) {
      to_b.push_back(std::move(message));
    }
  }
  void send_b() {
    if (bytes message = at_b.encode(b); !message.empty()) {
      to_a.push_back(std::move(message));
    }
  }
  bool receive_a() {
    if (to_a.empty()) {
      return false;
    }
    REQUIRE(at_a.apply(a, to_a.front()));
    to_a.pop_front();
    return true;
  }
  bool receive_b() {
    if (to_b.empty()) {
      return false;
    }
    REQUIRE(at_b.apply(b, to_b.front()));
    to_b.pop_front();
    return true;
  }
  // Says everything until both are silent. Whether anything was said.
  bool settle() {
    bool any = false;
    for (bool said = true; said; any = any || said) {
      send_a();
      send_b();
      said = false;
      while (receive_a() || receive_b()) {
        said = true;
      }
    }
    return any;
  }
};

void edit(document& d, std::mt19937& random) {
  text t = body(d);
  const std::uint32_t length = t.length();
  switch (random() % 8) {
    case 0:
      d.get_map("m").set("k" + std::to_string(random() % 3), random() % 2 == 0);
      break;
    case 1:
      d.get_map("m").ensure_counter("n").add(1);
      break;
    case 2:
    case 3:
      if (length != 0) {
        t.erase({static_cast<std::uint32_t>(random() % length)}, 1);
        break;
      }
      [[fallthrough]];
    default:
      t.insert({static_cast<std::uint32_t>(random() % (length + 1))},
               random() % 5 == 0 ? "\u00e4\U0001f9f6" : "abc");
      break;
  }
}

}  // namespace

TEST_CASE("live: a typed character takes few bytes, alone and while the other types as well") {
  document a(id(1));
  document b(id(2));
  body(a).insert({0}, std::string(50'000, 'x'));
  line l(a, b);
  l.settle();
  body(b).insert({40'000}, "first of b");
  body(a).insert({30'000}, "first of a");
  l.settle();
  body(a).insert({30'010}, "z");
  body(b).insert({40'020}, "z");
  l.settle();

  SECTION("alone") {
    for (std::uint32_t i = 0; i < 20; ++i) {
      body(a).insert({30'011 + i}, "y");
      l.send_a();
      CHECK(l.to_b.back().size() <= (i == 0 ? 12 : 5));
      l.receive_b();
    }
  }
  SECTION("at the same time") {
    for (std::uint32_t i = 0; i < 200; ++i) {
      body(a).insert({100}, "y");
      body(b).insert({45'000 + i}, "\u00e4");
      l.send_a();
      l.send_b();
      CHECK(l.to_a.back().size() <= 12);
      CHECK(l.to_b.back().size() <= 12);
      l.receive_a();
      l.receive_b();
    }
  }
  l.settle();
  CHECK(a.export_canonical() == b.export_canonical());
}

TEST_CASE("live: two documents that edit at once end alike, whatever crosses on the way") {
  for (std::uint32_t seed = 0; seed < 30; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    document a(id(1));
    document b(id(2));
    edit(a, random);
    REQUIRE(b.import(a.export_updates()));
    line l(a, b);
    for (int step = 0; step < 150; ++step) {
      switch (random() % 6) {
        case 0:
          edit(a, random);
          break;
        case 1:
          edit(b, random);
          break;
        case 2:
          l.send_a();
          break;
        case 3:
          l.send_b();
          break;
        case 4:
          l.receive_a();
          break;
        default:
          l.receive_b();
          break;
      }
    }
    l.settle();
    REQUIRE(a.export_canonical() == b.export_canonical());
    a.check_invariants();
  }
}

TEST_CASE("live: three documents in a ring relay one another's operations") {
  for (std::uint32_t seed = 0; seed < 15; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    document a(id(1));
    document b(id(2));
    document c(id(3));
    line ab(a, b);
    line bc(b, c);
    line ca(c, a);
    const std::vector<line*> lines{&ab, &bc, &ca};
    const std::vector<document*> documents{&a, &b, &c};
    for (int step = 0; step < 300; ++step) {
      line& l = *lines[random() % 3];
      switch (random() % 6) {
        case 0:
        case 1:
          edit(*documents[random() % 3], random);
          break;
        case 2:
          l.send_a();
          break;
        case 3:
          l.send_b();
          break;
        case 4:
          l.receive_a();
          break;
        default:
          l.receive_b();
          break;
      }
    }
    for (bool said = true; said;) {
      said = false;
      for (line* l : lines) {
        said = l->settle() || said;
      }
    }
    REQUIRE(a.export_canonical() == b.export_canonical());
    REQUIRE(a.export_canonical() == c.export_canonical());
  }
}

TEST_CASE("live: a lost, doubled or swapped message breaks the session and changes nothing") {
  for (const int fault : {0, 1, 2}) {
    document a(id(1));
    document b(id(2));
    line l(a, b);
    for (std::uint32_t i = 0; i < 4; ++i) {
      body(a).insert({i}, "x");
      l.send_a();
    }
    REQUIRE(l.receive_b());
    if (fault == 0) {
      l.to_b.pop_front();
    } else if (fault == 1) {
      REQUIRE(l.at_b.apply(b, l.to_b.front()));
    } else {
      std::swap(l.to_b[0], l.to_b[1]);
    }
    const bytes before = b.export_canonical();
    const auto refused = l.at_b.apply(b, l.to_b.front());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::checksum_mismatch);
    CHECK(l.at_b.broken());
    CHECK_FALSE(l.at_b.apply(b, l.to_b.back()));
    CHECK(b.export_canonical() == before);

    line again(a, b);
    again.settle();
    CHECK(a.export_canonical() == b.export_canonical());
  }
}

TEST_CASE("live: damage is refused and changes nothing") {
  document a(id(1));
  body(a).insert({0}, "ab");
  a.get_map("m").set("k", true);
  const bytes message = live_session({}).encode(a);
  for (std::size_t at = 0; at < message.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      bytes damaged = message;
      damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ (1U << bit));
      document b(id(2));
      live_session session({});
      REQUIRE_FALSE(session.apply(b, damaged));
      CHECK(b.op_count() == 0);
    }
    live_session session({});
    document b(id(2));
    CHECK_FALSE(session.apply(b, byte_view{message}.first(at)));
  }
}

}  // namespace weft::crdt
