// SPDX-License-Identifier: MIT
// A peer of another protocol version, made of a bare transport.
#include "net/transport.hpp"
#include "node_fixture.hpp"
#include "weft/sync/wire.hpp"

using namespace weft::sync;
using namespace weft::testing;

TEST_CASE("node: a peer that speaks only protocol 2 is told so, and the user too") {
  run_loop loop;
  device ana(loop, "Ana");
  ana.start();
  auto made = ana.node().create("Future");
  REQUIRE(made);
  const key_pair later = key_pair::generate();
  REQUIRE(ana.node().grant((*made)->id(), later.public_part(), role::editor, "Later", {}));

  net::event_loop turns;
  frame_splitter in;
  std::vector<message> got;
  bool down = false;
  std::unique_ptr<net::transport> wire;
  net::transport_events on;
  on.up = [&](session_id session, const public_key&, std::uint64_t, bool) {
    msg::hello hello;
    hello.proto_min = hello.proto_max = 2;
    hello.max_frame = 1U << 20U;
    wire->send(session, encode_frame(hello));
  };
  on.received = [&](session_id, const bytes& data) {
    in.feed(data);
    for (auto next = in.next(); next && next->has_value(); next = in.next()) {
      got.push_back(**next);
    }
  };
  on.down = [&](session_id, close_reason, const std::string&) { down = true; };
  auto built = net::transport::make(turns, later, on);
  REQUIRE(built);
  wire = std::move(*built);
  wire->dial(1, ana.node().id(), {ana.node().listening()->format()});
  REQUIRE(eventually(loop, [&] {
    turns.run_one(std::chrono::milliseconds(10));
    return down;
  }));
  REQUIRE_FALSE(got.empty());
  const auto* refusal = std::get_if<msg::error>(&got.back());
  REQUIRE(refusal != nullptr);
  CHECK(refusal->code == close_code::version);
  CHECK(refusal->fatal);
  CHECK(ana.node().wire().sessions == 0);
}
