// SPDX-License-Identifier: MIT
// causal_delivery: order, repeats, bounds, bad messages, and what is stable.
#include "weft/crdt/oplog/causal_delivery.hpp"

#include "weft/crdt/lattice/laws.hpp"
#include "weft/crdt/oplog/pure_set.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace weft::crdt {
namespace {

const replica_id a = replica_id::from_number(1);
const replica_id b = replica_id::from_number(2);
const replica_id c = replica_id::from_number(3);
using node = causal_delivery<std::string>;
using message = tagged<std::string>;

std::string delivered(node& n, const message& m) {
  std::string all;
  const auto ready = n.receive(m);
  for (const message& d : ready.value()) {
    all += d.op;
  }
  return all;
}

}  // namespace

TEST_CASE("causal_delivery: a reply waits for what it replies to") {
  node x(a);
  node y(b);
  node z(c);
  const message question = x.send("?").value();
  REQUIRE(delivered(y, question) == "?");
  const message reply = y.send("!").value();
  const message more = y.send(".").value();
  REQUIRE(delivered(z, more).empty());
  REQUIRE(delivered(z, reply).empty());
  REQUIRE(z.held() == 2);
  causal_context wanted;
  wanted.insert(question.id);
  REQUIRE(z.missing() == wanted);
  REQUIRE(delivered(z, question) == "?!.");
  REQUIRE(z.held() == 0);
  REQUIRE(z.missing().empty());
  REQUIRE(z.version() == y.version());
}

TEST_CASE("causal_delivery: what was here before, or is held, is delivered once") {
  node x(a);
  node y(b);
  const message first = x.send("1").value();
  const message second = x.send("2").value();
  REQUIRE(delivered(y, second).empty());
  REQUIRE(delivered(y, second).empty());
  REQUIRE(y.held() == 1);
  REQUIRE(delivered(y, first) == "12");
  REQUIRE(delivered(y, first).empty());
  REQUIRE(delivered(y, second).empty());
  REQUIRE(delivered(x, first).empty());  // its own
}

TEST_CASE("causal_delivery: bad messages are refused and change nothing") {
  node x(a);
  node y(b);
  const message first = x.send("1").value();
  const message second = x.send("2").value();
  REQUIRE(delivered(y, second).empty());
  message other = second;
  other.op = "3";
  CHECK(y.receive(other).error().code == errc::equivocation);
  other = first;
  other.seen.include(a, 5);
  CHECK(y.receive(other).error().code == errc::malformed);
  other = {{b, 0}, {}, "not mine"};
  CHECK(y.receive(other).error().code == errc::id_reuse);
  other = first;
  other.seen.include(b, 1);  // follows what b never did
  CHECK(y.receive(other).error().code == errc::id_reuse);
  REQUIRE(y.held() == 1);
  REQUIRE(delivered(y, first) == "12");
}

TEST_CASE("causal_delivery: the hold-back buffer is bounded, and what it refuses may come again") {
  node x(a);
  node y(b, {}, {}, 2);
  std::vector<message> sent;
  for (const char* op : {"1", "2", "3", "4"}) {
    sent.push_back(x.send(op).value());
  }
  REQUIRE(delivered(y, sent[3]).empty());
  REQUIRE(delivered(y, sent[2]).empty());
  CHECK(y.receive(sent[1]).error().code == errc::limit_exceeded);
  REQUIRE(y.held() == 2);
  REQUIRE(delivered(y, sent[0]) == "1");
  REQUIRE(delivered(y, sent[1]) == "234");
  // Nonsense that blocks the buffer can be thrown away.
  version_vector far;
  far.include(c, 7);
  REQUIRE(delivered(y, {{c, 7}, far, "?"}).empty());
  REQUIRE(y.held() == 1);
  y.drop_held();
  REQUIRE(y.held() == 0);
  REQUIRE(y.missing().empty());
}

TEST_CASE("causal_delivery: stable is what all members have, by their messages or their word") {
  node x(a, {a, b, c});
  node y(b, {a, b, c});
  const message m = x.send("1").value();
  REQUIRE(x.stable().empty());
  REQUIRE(delivered(y, m) == "1");
  REQUIRE(delivered(x, y.send("2").value()) == "2");  // shows that b has it
  REQUIRE(x.stable().empty());
  version_vector of_c;
  of_c.include(a, 1);
  x.observe(replica_id::from_number(9), of_c);  // a stranger
  REQUIRE(x.stable().empty());
  x.observe(c, of_c);
  REQUIRE(x.stable() == of_c);
  REQUIRE(node(a, {}, of_c).stable().empty());  // nobody is known
}

TEST_CASE("causal_delivery: a member's word does not overtake its messages") {
  node x(a, {a, b});
  node y(b, {a, b});
  const message concurrent = y.send("made before it saw 1").value();
  const message m = x.send("1").value();
  REQUIRE(delivered(y, m) == "1");
  x.observe(b, y.version());
  REQUIRE(x.stable().empty());  // else what is still on its way would be concurrent to the stable
  REQUIRE_FALSE(delivered(x, concurrent).empty());
  x.observe(b, y.version());
  REQUIRE(x.stable() == x.version());
}

TEST_CASE("causal_delivery: goes on after a restart from its version") {
  node x(a, {a, b});
  REQUIRE(x.send("1"));
  node again(a, {a, b}, x.version());
  REQUIRE(again.send("2").value().id == dot{a, 1});
  version_vector full;
  full.include(a, max_op_count);
  node last(a, {}, full);
  REQUIRE(last.send("3").error().code == errc::overflow);
}

TEST_CASE("causal_delivery: messages read back from bytes, and damage is an error") {
  using op = set_operation<std::uint32_t>;
  causal_delivery<op> x(a);
  for (const op& o : {op::add(3), op::remove(300), op::clear()}) {
    const tagged<op> m = x.send(o).value();
    const bytes data = to_bytes(m);
    REQUIRE(from_bytes<tagged<op>>(data).value() == m);
    for (std::size_t cut = 0; cut < data.size(); ++cut) {
      REQUIRE_FALSE(from_bytes<tagged<op>>(byte_view(data).first(cut)));
    }
  }
}

}  // namespace weft::crdt
