// SPDX-License-Identifier: MIT
// The slow twins against each other: they are the judges, so they must agree among themselves.
#include "support/naive_document.hpp"
#include "support/order_laws.hpp"
#include "support/seeds.hpp"
#include "support/utf8.hpp"

#include <catch2/catch.hpp>

#include <set>

namespace weft::test {
namespace {

const container_path text_path{crdt::container_type::text, "t", {}};

void pull(naive_document& to, const naive_document& from) {
  for (node n = 0; n < from.known().size(); ++n) {
    if (from.knows(n) && !to.knows(n)) {
      to.receive(n);
    }
  }
}

struct history {
  naive_world world;
  std::vector<naive_document> documents;
};

history random_history(std::uint64_t seed, std::size_t steps) {
  rng random(seed);
  history h;
  for (std::size_t i = 0; i < 2 + random.below(3); ++i) {
    h.documents.emplace_back(h.world, crdt::replica_id::from_number(random.next()));
  }
  char32_t next = 0x4e00;
  for (std::size_t i = 0; i < steps; ++i) {
    naive_document& d = h.documents[random.below(h.documents.size())];
    const auto length = static_cast<std::uint32_t>(d.text(text_path).size());
    if (random.chance(30)) {
      pull(d, h.documents[random.below(h.documents.size())]);
    } else if (length > 0 && random.chance(25)) {
      d.erase(text_path, static_cast<std::uint32_t>(random.below(length)), 1);
    } else {
      const auto at = random.chance(30) ? 0U : static_cast<std::uint32_t>(random.below(length + 1));
      d.insert(text_path, at, std::u32string(1 + random.below(3), next));
      ++next;
    }
  }
  return h;
}

std::vector<std::size_t> shuffled_order(const naive_graph& graph, const std::vector<walk_op>& ops,
                                        rng& random) {
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    left.push_back(i);
  }
  std::vector<std::size_t> order;
  while (!left.empty()) {
    const std::size_t pick = random.below(left.size());
    bool ready = true;
    for (const std::size_t other : left) {
      ready = ready && !graph.before(ops[other].at, ops[left[pick]].at);
    }
    if (ready) {
      order.push_back(left[pick]);
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(pick));
    }
  }
  return order;
}

}  // namespace

TEST_CASE("naive twins: the list and the walker give one text in every walk order") {
  for_seeds(300, [](std::uint64_t seed) {
    history h = random_history(seed, 40);
    rng random(seed);
    for (const naive_document& d : h.documents) {
      const auto ops = d.walk_ops(text_path);
      for (int round = 0; round < 3; ++round) {
        const auto order = shuffled_order(h.world.graph, ops, random);
        REQUIRE(printable(naive_walk(h.world.graph, ops, order)) == printable(d.text(text_path)));
      }
    }
  });
}

TEST_CASE("naive twins: merged lists do not interleave and are equal") {
  for_seeds(300, [](std::uint64_t seed) {
    history h = random_history(seed, 40);
    for (naive_document& d : h.documents) {
      pull(h.documents.front(), d);
    }
    for (naive_document& d : h.documents) {
      pull(d, h.documents.front());
      REQUIRE(d.text(text_path) == h.documents.front().text(text_path));
      check_no_interleaving(d.items(text_path));
    }
  });
}

TEST_CASE("naive twins: the laws notice a list that another order rule made") {
  // T2 of the ordering rule, as a rule without raw right neighbours gives it: e3 splits e2 from
  // the e1 that it was typed against.
  const auto id = [](std::uint64_t r, std::uint32_t n) {
    return crdt::op_id{crdt::replica_id::from_number(r), n};
  };
  const list_item e0{id(0, 0), {}, {}, U'0', false};
  const list_item e1{id(1, 0), {}, {}, U'1', false};
  const list_item e2{id(1, 1), e0.id, e1.id, U'2', false};
  const list_item e3{id(2, 0), e0.id, {}, U'3', false};
  CHECK_NOTHROW(check_no_interleaving({e0, e3, e2, e1}));
  CHECK_THROWS(check_no_interleaving({e0, e2, e3, e1}));
  CHECK_THROWS(check_no_interleaving({e1, e0, e3, e2}));
}

TEST_CASE("naive twins: a cycle of orders is not one order") {
  CHECK_NOTHROW(check_one_order({U"ab", U"bc", U"ac"}));
  CHECK_THROWS(check_one_order({U"ab", U"bc", U"ca"}));
}

TEST_CASE("naive twins: a reset child shows only what the reset had not seen") {
  naive_world world;
  naive_document a(world, crdt::replica_id::from_number(1));
  naive_document b(world, crdt::replica_id::from_number(2));
  const container_path map{crdt::container_type::map, "m", {}};
  const container_path child = map.child("k", crdt::container_type::text);
  a.ensure(map, "k", crdt::container_type::text);
  a.insert(child, 0, U"ab");
  pull(b, a);
  a.map_erase(map, "k");
  b.insert(child, 1, U"X");
  pull(a, b);
  CHECK(a.entries(map).empty());
  a.ensure(map, "k", crdt::container_type::text);
  CHECK(a.text(child) == U"X");
}

}  // namespace weft::test
