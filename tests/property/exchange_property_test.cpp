// SPDX-License-Identifier: MIT
// What goes out comes back the same, and what is damaged changes nothing.
#include "support/cluster.hpp"
#include "weft/crdt/document/change.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

namespace weft::test {
namespace {

using crdt::change;
using crdt::document;
using crdt::replica_id;

// Runs a script without looking, and gives the cluster back.
std::unique_ptr<cluster> grown(std::uint64_t seed, std::size_t steps) {
  cluster_options options;
  options.check_each_step = false;
  auto c = std::make_unique<cluster>(decode_script(random_script(seed, steps)), options);
  c->run();
  return c;
}

// Stands in for a hash: equal input, equal output, and no more is needed here.
crdt::digest32 digest(crdt::byte_view bytes) {
  crdt::digest32 out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::uint64_t h = 0xcbf2'9ce4'8422'2325U + i;
    for (const std::uint8_t b : bytes) {
      h = (h ^ b) * 0x0000'0100'0000'01b3U;
    }
    out[i] = static_cast<std::uint8_t>(h >> 40U);
  }
  return out;
}

using change_key = std::pair<replica_id, std::uint64_t>;

// A log of sealed changes of two writers who take turns, as a store would hold it.
struct sealed_log {
  std::vector<crdt::sealed_change> changes;
  std::map<change_key, crdt::digest32> hashes;
  std::map<crdt::op_id, change_key> last_op;  ///< last operation of a change -> the change
  std::map<replica_id, std::uint64_t> next_seq;

  void seal(document& d, rng& random) {
    const replica_id self = d.replica();
    std::uint32_t first = 0;
    for (const auto& c : changes) {
      if (c.header.replica == self) {
        first = c.header.first_counter + c.header.op_count;
      }
    }
    for (const change& c : d.export_changes(self, first)) {
      add(c, random);
    }
  }

  void add(const change& c, rng& random) {
    crdt::sealed_change out;
    crdt::change_header& h = out.header;
    h.document = digest(crdt::as_bytes("document"));
    h.replica = c.first.replica;
    h.seq = next_seq[h.replica]++;
    if (h.seq == 0) {
      h.author = digest(h.replica.bytes);
    } else {
      h.prev = hashes.at({h.replica, h.seq - 1});
    }
    for (const crdt::op_id& parent : c.parents) {
      const auto [replica, seq] = last_op.at(parent);
      if (replica != h.replica) {
        crdt::change_ref ref{replica, seq, {}};
        std::copy_n(hashes.at({replica, seq}).begin(), ref.hash.size(), ref.hash.begin());
        h.deps.push_back(ref);
      }
    }
    std::sort(h.deps.begin(), h.deps.end());
    h.first_counter = c.first.counter;
    h.op_count = c.length;
    h.lamport = c.lamport;
    h.wall_ms = 1'700'000'000'000 + static_cast<std::int64_t>(random.below(1'000'000));
    h.body_digest = digest(c.body);
    out.body = c.body;
    if (random.chance(30)) {
      out.signature.assign(64, static_cast<std::uint8_t>(random.below(256)));
    }
    hashes[{h.replica, h.seq}] = digest(h.encode());
    last_op[{h.replica, c.first.counter + c.length - 1}] = {h.replica, h.seq};
    changes.push_back(std::move(out));
  }

  [[nodiscard]] crdt::block_resolver resolver() const {
    return {digest, digest,
            [this](const replica_id& r, std::uint64_t seq) -> std::optional<crdt::digest32> {
              const auto at = hashes.find({r, seq});
              return at == hashes.end() ? std::nullopt : std::optional(at->second);
            }};
  }
};

sealed_log two_writers(rng& random) {
  sealed_log log;
  document a(replica_id::from_number(random.next()));
  document b(replica_id::from_number(random.next()));
  for (int i = 0; i < 25; ++i) {
    document& d = random.chance(50) ? a : b;
    document& other = &d == &a ? b : a;
    crdt::text t = d.get_text("t");
    if (random.chance(60) || t.length() == 0) {
      t.insert({static_cast<std::uint32_t>(random.below(t.length() + 1))}, "h\xc3\xa9llo");
    } else if (random.chance(50)) {
      t.erase({static_cast<std::uint32_t>(random.below(t.length()))}, 1);
    } else {
      d.get_map("m").set("k", std::string("v"));
      d.get_counter("c").add(-3);
    }
    log.seal(d, random);
    if (random.chance(40)) {
      REQUIRE(other.import(d.export_updates(other.version())).has_value());
    }
  }
  return log;
}

}  // namespace

TEST_CASE("exchange: a snapshot opens as the same document and goes on") {
  for_seeds(80, [](std::uint64_t seed) {
    const auto c = grown(seed, 60);
    document& source = *c->peers().front().doc;
    const auto canonical = source.export_canonical();
    for (const int level : {0, 3}) {
      auto opened = document::open(replica_id::from_number(7), source.export_snapshot(level));
      REQUIRE(opened);
      REQUIRE(opened->version() == source.version());
      REQUIRE(opened->get_text("t").to_string() == source.get_text("t").to_string());
      REQUIRE(opened->export_canonical() == canonical);
      opened->get_text("t").insert({0}, "more");
      opened->check_invariants();
      document other(replica_id::from_number(8));
      REQUIRE(other.import(source.export_updates({}, level)).has_value());
      const auto update = opened->export_updates(source.version(), level);
      REQUIRE(other.import(update).has_value());
      REQUIRE(other.export_canonical() == opened->export_canonical());
    }
  });
}

TEST_CASE("exchange: the body of every change is canonical and has as many operations as it says") {
  for_seeds(60, [](std::uint64_t seed) {
    const auto c = grown(seed + 1'000, 50);
    document& source = *c->peers().front().doc;
    for (const auto& [replica, count] : source.version().counts()) {
      std::uint32_t next = 0;
      for (const change& ch : source.export_changes(replica, 0)) {
        REQUIRE(ch.first == crdt::op_id{replica, next});
        const auto checked = crdt::check_body(ch.body);
        REQUIRE(checked);
        REQUIRE(*checked == ch.length);
        next += ch.length;
      }
      REQUIRE(next == count);
    }
  });
}

TEST_CASE("exchange: all copies of a document give the same changes") {
  for_seeds(60, [](std::uint64_t seed) {
    const auto c = grown(seed + 2'000, 50);
    document& first = *c->peers().front().doc;
    for (peer& p : c->peers()) {
      for (const auto& [replica, count] : first.version().counts()) {
        REQUIRE(p.doc->export_changes(replica, count / 2) ==
                first.export_changes(replica, count / 2));
      }
    }
  });
}

TEST_CASE("exchange: all copies of a document give the same updates and snapshots") {
  for_seeds(60, [](std::uint64_t seed) {
    const auto c = grown(seed + 2'000, 50);
    document& first = *c->peers().front().doc;
    crdt::version_vector half;
    for (const auto& [replica, count] : first.version().counts()) {
      half.include(replica, count / 2);
    }
    for (peer& p : c->peers()) {
      REQUIRE(p.doc->version() == first.version());
      REQUIRE(p.doc->export_updates() == first.export_updates());
      REQUIRE(p.doc->export_updates(half) == first.export_updates(half));
      REQUIRE(p.doc->export_snapshot() == first.export_snapshot());
    }
  });
}

TEST_CASE("exchange: every split of a history into updates gives what one import gives") {
  for_seeds(40, [](std::uint64_t seed) {
    rng random(seed);
    document writer(replica_id::from_number(1));
    document reader(replica_id::from_number(2));
    std::vector<crdt::version_vector> cuts{writer.version()};
    for (int i = 0; i < 20; ++i) {
      crdt::text t = writer.get_text("t");
      if (t.length() > 3 && random.chance(30)) {
        t.erase({static_cast<std::uint32_t>(random.below(t.length() - 2))}, 2);
      } else {
        t.insert({static_cast<std::uint32_t>(random.below(t.length() + 1))}, "ab\xf0\x9f\x98\x80");
      }
      cuts.push_back(writer.version());
      REQUIRE(reader.import(writer.export_updates(reader.version())).has_value());
      REQUIRE(reader.get_text("t").to_string() == t.to_string());
    }
    const auto canonical = writer.export_canonical();
    REQUIRE(reader.export_canonical() == canonical);
    for (const crdt::version_vector& cut : cuts) {
      // The tail first: it waits until the rest arrives.
      document late(replica_id::from_number(3));
      REQUIRE(late.import(writer.export_updates(cut)).has_value());
      REQUIRE(late.import(writer.export_updates()).has_value());
      REQUIRE(late.export_canonical() == canonical);
    }
  });
}

TEST_CASE("exchange: a block gives back the very same changes") {
  for_seeds(80, [](std::uint64_t seed) {
    rng random(seed);
    const sealed_log log = two_writers(random);
    for (const auto& c : log.changes) {
      const auto header = crdt::change_header::decode(c.header.encode());
      REQUIRE(header);
      REQUIRE(*header == c.header);
    }
    for (const int level : {0, 3}) {
      const auto decoded =
          crdt::decode_block(crdt::encode_block(log.changes, level), log.resolver());
      REQUIRE(decoded);
      REQUIRE(*decoded == log.changes);
    }
    // The newer half alone needs the hashes of the older one.
    const std::size_t half = log.changes.size() / 2;
    const std::vector<crdt::sealed_change> tail(
        log.changes.begin() + static_cast<std::ptrdiff_t>(half), log.changes.end());
    const auto decoded = crdt::decode_block(crdt::encode_block(tail), log.resolver());
    REQUIRE(decoded);
    REQUIRE(*decoded == tail);
  });
}

TEST_CASE("exchange: damaged updates are refused whole, or are harmless") {
  for_seeds(120, [](std::uint64_t seed) {
    rng random(seed);
    const auto c = grown(seed + 3'000, 30);
    document& source = *c->peers().front().doc;
    document reader(replica_id::from_number(5));
    REQUIRE(reader.import(source.export_updates({}, 0)).has_value());
    source.get_text("t").insert({0}, "new");
    source.get_map("m").set("a", true);
    for (int i = 0; i < 25; ++i) {
      crdt::bytes update = source.export_updates(
          random.chance(50) ? reader.version() : crdt::version_vector{}, random.chance(50) ? 0 : 3);
      const auto before = reader.export_canonical();
      if (random.chance(30)) {
        update.resize(random.below(update.size()));
      } else {
        for (std::size_t k = 0; k <= random.below(3); ++k) {
          update[random.below(update.size())] ^= static_cast<std::uint8_t>(1 + random.below(255));
        }
      }
      const auto report = reader.import(update);
      if (!report) {
        REQUIRE(report.error().offset <= update.size());
        REQUIRE(reader.export_canonical() == before);
      }
      reader.check_invariants();
    }
  });
}

// A change by a third writer who has seen both, at a position that their texts do not have.
change impossible_change(document& a, document& b, rng& random) {
  document seer(replica_id::from_number(41));
  REQUIRE(seer.import(a.export_updates()).has_value());
  REQUIRE(seer.import(b.export_updates(seer.version())).has_value());
  seer.get_text("t").insert({0}, "x");
  change bad = seer.export_changes(seer.replica(), 0).front();
  document liar(replica_id::from_number(41));
  const char* name = random.chance(50) ? "t" : "u";
  liar.get_text(name).insert({0}, std::string(500, '.'));
  liar.get_text(name).insert({500}, "x");
  bad.body = liar.export_changes(liar.replica(), 500).front().body;
  return bad;
}

// Two writers at once on one past, and an impossible change after theirs.
TEST_CASE("exchange: a batch with one impossible change applies nothing, the rest imports later") {
  for_seeds(150, [](std::uint64_t seed) {
    rng random(seed);
    document a(replica_id::from_number(10));
    document b(replica_id::from_number(20));
    const auto edit = [&](document& d) {
      crdt::text t = d.get_text("t");
      if (t.length() > 4 && random.chance(40)) {
        t.erase({static_cast<std::uint32_t>(random.below(t.length() - 2))}, 2);
      } else {
        t.insert({static_cast<std::uint32_t>(random.below(t.length() + 1))}, "abc");
      }
      d.get_map("m").set(std::string(1, static_cast<char>('a' + random.below(3))),
                         random.chance(50));
      d.get_counter("c").add(1);
    };
    edit(a);
    REQUIRE(b.import(a.export_updates()).has_value());
    document reader(replica_id::from_number(30));
    REQUIRE(reader.import(a.export_updates()).has_value());
    for (int round = 0; round < 4; ++round) {
      for (int i = 0; i < 3; ++i) {
        edit(a);
        edit(b);
      }
      std::vector<change> batch;
      for (document* d : {&a, &b}) {
        for (change& c : d->export_changes(d->replica(), reader.version().count(d->replica()))) {
          batch.push_back(std::move(c));
        }
      }
      change bad = impossible_change(a, b, random);
      const auto before = reader.export_canonical();
      auto with_bad = batch;
      with_bad.push_back(bad);
      const auto refused = reader.import_changes(with_bad);
      REQUIRE_FALSE(refused);
      REQUIRE(refused.error().code == crdt::errc::bad_position);
      REQUIRE(reader.export_canonical() == before);
      reader.check_invariants();
      // In another order than before, so that the operations get other places.
      random.shuffle(batch);
      for (const change& c : batch) {
        REQUIRE(reader.import_changes({&c, 1}).has_value());
      }
      if (random.chance(50)) {
        REQUIRE(a.import(b.export_updates(a.version())).has_value());
        REQUIRE(b.import(a.export_updates(b.version())).has_value());
      }
    }
    document fresh(replica_id::from_number(31));
    REQUIRE(fresh.import(a.export_updates()).has_value());
    REQUIRE(fresh.import(b.export_updates()).has_value());
    REQUIRE(reader.import(fresh.export_updates()).has_value());
    REQUIRE(fresh.get_text("t").to_string() == reader.get_text("t").to_string());
    REQUIRE(fresh.export_canonical() == reader.export_canonical());
  });
}

}  // namespace weft::test
