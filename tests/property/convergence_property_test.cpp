// SPDX-License-Identifier: MIT
// Random scripts on clusters: after every step each document equals its slow twin, and in the end
// all documents are equal, whatever the order and the batches of delivery.
#include "support/cluster.hpp"
#include "support/order_laws.hpp"
#include "support/utf8.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>

namespace weft::test {
namespace {

crdt::bytes text_bytes(std::uint64_t seed) {
  return random_script(seed, 20 + seed % 50);
}

void run_text_cluster(cluster& c, const script& s) {
  for (const step& st : s.steps) {
    c.run_step(st);
  }
  c.converge(s.ids);
}

}  // namespace

TEST_CASE("convergence: documents follow their twins through every kind of step") {
  if (const char* hex = std::getenv("WEFT_SCRIPT")) {
    run_script(from_hex(hex));
    return;
  }
  for_seeds(250, [](std::uint64_t seed) { check_script(random_script(seed, 20 + seed % 60)); });
}

TEST_CASE("convergence: long scripts, compared at each delivery only") {
  for_seeds(12, [](std::uint64_t seed) {
    cluster_options options;
    options.check_each_step = false;
    check_script(random_script(seed + 10'000, 350), options);
  });
}

TEST_CASE("containers: nested ones are made, reset and made again as their twins say") {
  for_seeds(200, [](std::uint64_t seed) {
    const script s = only_containers(decode_script(random_script(seed + 60'000, 60)));
    cluster c(s);
    c.run();
  });
}

TEST_CASE("containers: after a reset the greatest write that it had not seen shows") {
  std::vector<crdt::document> writers;
  for (std::uint64_t id = 1; id <= 4; ++id) {
    writers.emplace_back(crdt::replica_id::from_number(id));
  }
  static_cast<void>(writers[0].get_map("m").ensure_map("k"));
  for (crdt::document& d : writers) {
    REQUIRE(d.import(writers[0].export_updates()).has_value());
  }
  // The one that is reset is the greatest of all; of the others the last id wins.
  writers[0].get_map("m").set("later", true);
  for (std::size_t i = 0; i < writers.size(); ++i) {
    writers[i].get_map("m").ensure_map("k").set("x", static_cast<std::int64_t>(i));
  }
  writers[0].get_map("m").erase("k");
  std::vector<std::size_t> order{0, 1, 2, 3};
  do {
    crdt::document sink(crdt::replica_id::from_number(9));
    for (const std::size_t i : order) {
      REQUIRE(sink.import(writers[i].export_updates()).has_value());
    }
    CHECK(sink.get_map("m").ensure_map("k").get("x") == crdt::value{std::int64_t{3}});
    CHECK(sink.get_map("m").ensure_map("k").size() == 1);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("strong list specification: one order of all items fits every text ever shown") {
  for_seeds(120, [](std::uint64_t seed) {
    const script s = only_text(decode_script(text_bytes(seed + 30'000)), true);
    cluster c(s);
    run_text_cluster(c, s);
    std::vector<std::u32string> seen;
    for (const peer& p : c.peers()) {
      seen.insert(seen.end(), p.seen.begin(), p.seen.end());
    }
    check_one_order(seen);
  });
}

TEST_CASE("non-interleaving: (F), (B) and (T) hold for the order that documents show") {
  for_seeds(150, [](std::uint64_t seed) {
    const script s = only_text(decode_script(text_bytes(seed + 40'000)), false);
    cluster_options options;
    options.check_each_step = false;
    cluster c(s, options);
    run_text_cluster(c, s);
    // Nothing is erased, so the text shown is the whole order.
    std::map<char32_t, list_item> items;
    for (const world_op& op : c.world().ops) {
      items[op.scalar] = {op.id, op.left, op.right, op.scalar, false};
    }
    std::vector<list_item> order;
    const std::string text = c.peers().front().doc->get_text("t").to_string();
    for (const char32_t scalar : to_scalars(text)) {
      order.push_back(items.at(scalar));
    }
    REQUIRE(order.size() == c.world().ops.size());
    check_no_interleaving(order);
  });
}

}  // namespace weft::test
