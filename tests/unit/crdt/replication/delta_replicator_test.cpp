// SPDX-License-Identifier: MIT
// delta_replicator on hostile networks, and its rules one by one.
#include "lossy_world.hpp"

#include <catch2/catch.hpp>

#include <vector>

namespace weft::crdt {
namespace {

using habits = lossy_world::habits;
const std::vector<lossy_world::link> line{{0, 1}, {1, 2}};
const std::vector<lossy_world::link> triangle{{0, 1}, {1, 2}, {2, 0}};
const std::vector<lossy_world::link> ring{{0, 1}, {1, 2}, {2, 3}, {3, 0}};

// How many of `runs` end with all equal; every step is causally consistent.
std::size_t converged(unsigned first_seed, unsigned runs, const habits& h,
                      const std::vector<lossy_world::link>& links = triangle,
                      std::size_t replicas = 3) {
  std::size_t good = 0;
  for (unsigned seed = first_seed; seed < first_seed + runs; ++seed) {
    INFO("seed " << seed);
    lossy_world world(seed, replicas, links, h);
    bool consistent = true;
    for (int i = 0; i < 80; ++i) {
      world.step();
      consistent = consistent && world.causally_consistent();
    }
    if (!h.restart_from_zero) {
      REQUIRE(consistent);
    }
    good += world.settle() ? 1U : 0U;
  }
  return good;
}

using machine = delta_replicator<replicated_set>;
const replica_id a = replica_id::from_number(1);
const replica_id b = replica_id::from_number(2);
const replica_id c = replica_id::from_number(3);

void add(machine& m, const replica_id& who, std::uint32_t e) {
  REQUIRE(m.update([&](replicated_set& s) { return on(s, who).add(e); }));
  m.saved();
}
// Delivers what `from` has for `to`, and the acknowledgement. False: it had nothing.
bool pass(machine& from, const replica_id& from_id, machine& to, const replica_id& to_id) {
  const auto message = from.message_for(to_id);
  if (!message) {
    return false;
  }
  to.receive(from_id, *message);
  to.saved();
  from.receive_ack(to_id, to.ack_for(from_id).value());
  return true;
}

}  // namespace

TEST_CASE("delta_replicator: 3000 runs with loss, repeats, reordering and crashes converge",
          "[long]") {
  CHECK(converged(1, 1'500, {}) == 1'500);
  CHECK(converged(10'001, 1'000, {}, line) == 1'000);
  CHECK(converged(20'001, 500, {}, ring, 4) == 500);
}

TEST_CASE("delta_replicator: restores from old backups converge, with a new generation") {
  habits h;
  h.restores = true;
  CHECK(converged(30'001, 2'000, h) == 2'000);
}

TEST_CASE("delta_replicator: a small buffer falls back to whole states and still converges") {
  habits h;
  h.options.max_buffer_bytes = 60;
  CHECK(converged(40'001, 500, h) == 500);
}

TEST_CASE("delta_replicator: a number that goes back to 0 at a crash leaves replicas apart",
          "[long]") {
  habits h;
  h.restart_from_zero = true;
  const std::size_t good = converged(1, 3'000, h);
  CAPTURE(good);
  CHECK(good < 3'000);
  // The same with a new generation is harmless.
  h.new_generation = true;
  CHECK(converged(1, 1'000, h) == 1'000);
}

TEST_CASE("delta_replicator: an old acknowledgement covers new deltas if the number is lost") {
  machine x;
  x.add_neighbour(b);
  machine y;
  y.add_neighbour(a);
  for (std::uint32_t e = 0; e < 5; ++e) {
    add(x, a, e);
  }
  const auto message = x.message_for(b).value();
  y.receive(a, message);
  y.saved();
  const delta_ack late = y.ack_for(a).value();
  for (const bool keep_number : {true, false}) {
    replicated_state<replicated_set> disk = x.to_save();
    disk.next = keep_number ? disk.next : 0;
    machine again(disk);
    again.add_neighbour(b);
    add(again, a, 9);
    again.receive_ack(b, late);
    CHECK(again.message_for(b).has_value() == keep_number);
  }
}

TEST_CASE("delta_replicator: nothing leaves before it is saved, neither message nor ack") {
  machine x;
  x.add_neighbour(b);
  REQUIRE(x.update([&](replicated_set& s) { return on(s, a).add(1); }));
  REQUIRE(x.unsaved());
  REQUIRE_FALSE(x.message_for(b).has_value());
  x.saved();
  const auto message = x.message_for(b);
  REQUIRE(message);
  machine y;
  y.receive(a, *message);
  REQUIRE_FALSE(y.ack_for(a).has_value());
  y.saved();
  REQUIRE(y.ack_for(a) == delta_ack{0, 1, 0});
  REQUIRE_FALSE(y.ack_for(a).has_value());
  // What brings nothing is acknowledged as well.
  y.receive(a, *message);
  REQUIRE(y.ack_for(a) == delta_ack{0, 1, 0});
}

TEST_CASE("delta_replicator: not sending back is safe only for what was saved before it was sent") {
  for (const bool avoid : {true, false}) {
    replication_options options;
    options.avoid_back_propagation = avoid;
    machine x({}, options);
    machine y({}, options);
    x.add_neighbour(b);
    y.add_neighbour(a);
    add(x, a, 1);
    REQUIRE(pass(x, a, y, b));
    pass(y, b, x, a);
    add(y, b, 2);
    REQUIRE(pass(y, b, x, a));
    const replicated_state<replicated_set> disk = x.to_save();
    add(x, a, 3);  // says "saved", and is not on the disk
    REQUIRE(pass(x, a, y, b));
    machine restarted(disk, options);
    restarted.add_neighbour(b);
    while (pass(y, b, restarted, a)) {
    }
    CHECK(restarted.state().contains(3) == !avoid);
  }
}

TEST_CASE("delta_replicator: a delta is not sent back, and an echo is not kept") {
  machine x;
  machine y;
  x.add_neighbour(b);
  y.add_neighbour(a);
  add(x, a, 1);
  REQUIRE(pass(x, a, y, b));
  REQUIRE(pass(y, b, x, a));  // the first time all is sent: x was never heard
  REQUIRE(x.buffered() == 0);
  add(x, a, 2);
  REQUIRE(pass(x, a, y, b));
  REQUIRE_FALSE(pass(y, b, x, a));
  REQUIRE(y.buffered() == 0);
  REQUIRE_FALSE(pass(x, a, y, b));
}

TEST_CASE("delta_replicator: in a ring, keeping only what is new saves most of the bytes") {
  std::vector<std::size_t> sent;
  for (const bool remove : {true, false}) {
    habits h;
    h.crashes = false;
    h.options.remove_redundancy = remove;
    h.options.avoid_back_propagation = remove;
    std::size_t total = 0;
    for (unsigned seed = 1; seed < 60; ++seed) {
      lossy_world world(seed, 4, ring, h);
      for (int i = 0; i < 200; ++i) {
        world.step();
      }
      REQUIRE(world.settle());
      total += world.bytes_sent();
    }
    sent.push_back(total);
  }
  CAPTURE(sent[0], sent[1]);
  CHECK(sent[0] < sent[1]);
}

TEST_CASE("delta_replicator: the buffer holds what some neighbour lacks, and no more") {
  machine x;
  machine y;
  machine z;
  x.add_neighbour(b);
  x.add_neighbour(c);
  y.add_neighbour(a);
  z.add_neighbour(a);
  add(x, a, 1);
  REQUIRE(pass(x, a, y, b));
  REQUIRE(pass(x, a, z, c));
  for (std::uint32_t e = 2; e < 7; ++e) {
    add(x, a, e);
    REQUIRE(pass(x, a, y, b));
  }
  REQUIRE(x.buffered() == 5);  // for c
  const auto lacking = x.message_for(c).value();
  REQUIRE(lacking.part.size() == 5);
  REQUIRE(lacking.part != x.state());
  x.remove_neighbour(c);
  REQUIRE(x.buffered() == 0);
  x.add_neighbour(c);
  REQUIRE(x.message_for(c)->part == x.state());
}

TEST_CASE("delta_replicator: without neighbours nothing is kept; a refused change is no delta") {
  machine x;
  add(x, a, 1);
  REQUIRE(x.buffered() == 0);
  REQUIRE(x.buffered_bytes() == 0);
  REQUIRE(x.to_save().next == 1);
  x.update([&](replicated_set& s) { return on(s, a).remove(7); });
  REQUIRE_FALSE(x.unsaved());
  const auto refused = x.update([](replicated_set&) -> result<replicated_set> {
    return unexpected(errc::overflow, 0, "test");
  });
  REQUIRE(refused.error().code == errc::overflow);
  REQUIRE(x.to_save().next == 1);
}

TEST_CASE("delta_replicator: acknowledgements that are old, foreign or wrong do no harm") {
  machine x;
  machine y;
  x.add_neighbour(b);
  y.add_neighbour(a);
  add(x, a, 1);
  REQUIRE(pass(x, a, y, b));
  add(x, a, 2);
  REQUIRE(pass(x, a, y, b));
  add(x, a, 3);
  x.receive_ack(b, {0, 1, 0});  // older than what is known
  x.receive_ack(c, {0, 3, 0});  // from nobody
  x.receive_ack(b, {7, 3, 0});  // about another life of x
  REQUIRE(x.message_for(b)->part.values() == std::vector<std::uint32_t>{3});
  // b was restored from a backup: what it once acknowledged means nothing now.
  machine restored(replicated_state<replicated_set>{{}, 0, 1});
  restored.add_neighbour(a);
  add(restored, c, 9);
  REQUIRE(pass(restored, b, x, a));
  REQUIRE(x.message_for(b)->part.values() == std::vector<std::uint32_t>{1, 2, 3, 9});
  x.receive_ack(b, {0, 3, 0});  // late, from the life before
  REQUIRE(pass(x, a, restored, b));
  REQUIRE(restored.state() == x.state());
}

TEST_CASE("delta_replicator: what is on the wire reads back, and damage is an error") {
  machine x;
  x.add_neighbour(b);
  add(x, a, 1);
  const auto message = x.message_for(b).value();
  const bytes wire = to_bytes(message);
  REQUIRE(from_bytes<delta_message<replicated_set>>(wire).value() == message);
  const delta_ack ack{1, 300, 2};
  REQUIRE(from_bytes<delta_ack>(to_bytes(ack)).value() == ack);
  for (std::size_t cut = 0; cut < wire.size(); ++cut) {
    REQUIRE_FALSE(from_bytes<delta_message<replicated_set>>(byte_view(wire).first(cut)));
  }
  REQUIRE_FALSE(from_bytes<delta_ack>(bytes{1, 2}));
}

}  // namespace weft::crdt
