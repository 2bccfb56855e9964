// SPDX-License-Identifier: MIT
#include "codec/op_batch.hpp"
#include "codec/update_codec.hpp"
#include "weft/crdt/document/document.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace weft::crdt {
namespace {

// A change that holds every kind of operation.
change sample() {
  document d(replica_id::from_number(1));
  const transaction all(d);
  text t = d.get_text("t");
  t.insert({0}, "h\u00e4llo \U0001f600");
  t.erase({5}, 1);
  t.erase({4}, 1);
  t.erase({0}, 2);
  map m = d.get_map("m");
  m.set("a", std::int64_t{-3});
  m.set("a", std::string("text"));
  m.set("blob", bytes{1, 2, 3});
  m.ensure_counter("n").add(-7);
  m.ensure_map("s").ensure_text("x").insert({0}, "deep");
  m.erase("a");
  m.erase("n");
  m.erase("s");
  document copy(replica_id::from_number(2));
  d.commit();
  change c = d.export_changes(replica_id::from_number(1), 0).front();
  d.begin();
  return c;
}

std::vector<batch_item> pushed(const std::vector<batch_item>& items) {
  std::vector<batch_item> out;
  for (const batch_item& item : items) {
    push_item(out, 0, item);
  }
  return out;
}

batch_item text_item(item_kind kind, std::uint32_t position, std::uint32_t length) {
  return {0, kind, position, length, 0};
}

}  // namespace

TEST_CASE("body: the canonical form is the only one accepted") {
  const change c = sample();
  CHECK(*check_body(c.body) == c.length);
  for (std::size_t size = 0; size < c.body.size(); ++size) {
    CHECK_FALSE(check_body(byte_view{c.body}.first(size)));
  }
  for (std::size_t i = 0; i < c.body.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      bytes damaged = c.body;
      damaged[i] = static_cast<std::uint8_t>(damaged[i] ^ (1U << static_cast<unsigned>(bit)));
      op_batch batch;
      if (decode_body(damaged, batch, limits{})) {
        CHECK(encode_body(batch, 0) == damaged);
      }
    }
  }
}

TEST_CASE("body: limits hold") {
  const change c = sample();
  limits bounds;
  bounds.max_change_ops = c.length - 1;
  CHECK(check_body(c.body, bounds).error().code == errc::limit_exceeded);
  bounds = {};
  bounds.max_change_body_bytes = 10;
  CHECK(check_body(c.body, bounds).error().code == errc::limit_exceeded);
  bounds = {};
  bounds.max_key_bytes = 2;
  CHECK(check_body(c.body, bounds).error().code == errc::limit_exceeded);
  bounds = {};
  bounds.max_value_bytes = 2;
  CHECK(check_body(c.body, bounds).error().code == errc::limit_exceeded);
  bounds = {};
  bounds.max_nesting = 1;
  CHECK(check_body(c.body, bounds).error().code == errc::limit_exceeded);
  bounds = {};
  bounds.max_containers = 2;
  CHECK(check_body(c.body, bounds).error().code == errc::limit_exceeded);
}

TEST_CASE("items: runs depend on the operations alone, not on how they were cut") {
  using k = item_kind;
  const auto erase = [](std::uint32_t at) { return text_item(k::erase_forward, at, 1); };
  // Backspace from 9 down to 5, in every way to cut it.
  const std::vector<batch_item> backspace{text_item(k::erase_backward, 5, 5)};
  CHECK(pushed({erase(9), erase(8), erase(7), erase(6), erase(5)}) == backspace);
  CHECK(pushed({text_item(k::erase_backward, 8, 2), text_item(k::erase_backward, 5, 3)}) ==
        backspace);
  CHECK(pushed({erase(9), text_item(k::erase_backward, 6, 3), erase(5)}) == backspace);
  // The Delete key.
  CHECK(pushed({erase(3), text_item(k::erase_forward, 3, 4)}) ==
        std::vector<batch_item>{text_item(k::erase_forward, 3, 5)});
  // One step back gives a direction; then the same place twice is a new run.
  CHECK(pushed({erase(4), text_item(k::erase_forward, 3, 3)}) ==
        std::vector<batch_item>{text_item(k::erase_backward, 3, 2),
                                text_item(k::erase_forward, 3, 2)});
  CHECK(pushed({erase(4), erase(3), erase(3), erase(3)}) ==
        std::vector<batch_item>{text_item(k::erase_backward, 3, 2),
                                text_item(k::erase_forward, 3, 2)});
  // A backward run whose top the forward run before it takes.
  CHECK(pushed({text_item(k::erase_forward, 6, 2), text_item(k::erase_backward, 4, 3)}) ==
        pushed({erase(6), erase(6), erase(6), erase(5), erase(4)}));
  CHECK(pushed({text_item(k::insert, 2, 3), text_item(k::insert, 5, 1)}) ==
        std::vector<batch_item>{text_item(k::insert, 2, 4)});
}

}  // namespace weft::crdt
