// SPDX-License-Identifier: MIT
#include "codec/item_codec.hpp"
#include "codec/update_codec.hpp"
#include "weft/crdt/document/change.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weft::crdt {

bytes encode_body(const op_batch& batch, std::size_t span) {
  const std::uint32_t first = batch.first_item(span);
  const std::span<const batch_item> items{batch.items.data() + first,
                                          batch.spans[span].item_end - first};
  byte_writer out;
  out.varint(batch.spans[span].length);
  item_encoder({&out, &out, &out, &out}, batch).write(items);
  // The inserts of one span stand together in the content.
  const auto is_insert = [](const batch_item& item) { return item.kind == item_kind::insert; };
  const auto begin = std::find_if(items.begin(), items.end(), is_insert);
  if (begin != items.end()) {
    const batch_item& last = *std::find_if(items.rbegin(), items.rend(), is_insert);
    const std::size_t end = last.payload + insert_size_bytes(batch, last);
    out.raw(batch.text().substr(begin->payload, end - begin->payload));
  }
  return out.take();
}

namespace {

// Moves one decoded span to the end of `to`.
void append(op_batch& to, op_batch&& one) {
  const auto containers = static_cast<std::uint32_t>(to.containers.size());
  const auto keys = static_cast<std::uint32_t>(to.keys.size());
  for (batch_container& c : one.containers) {
    c.parent += c.parent == no_parent ? 0 : containers;
    to.containers.push_back(std::move(c));
  }
  for (batch_item& item : one.items) {
    item.container += containers;
    if (item.kind == item_kind::insert) {
      item.payload += to.content.size();
    } else if (item.kind == item_kind::map_set) {
      item.payload += to.values.size();
    }
    if (item.kind == item_kind::map_set || item.kind == item_kind::map_erase) {
      item.position += keys;
    }
    to.items.push_back(item);
  }
  to.content += one.content;
  std::move(one.keys.begin(), one.keys.end(), std::back_inserter(to.keys));
  std::move(one.values.begin(), one.values.end(), std::back_inserter(to.values));
  batch_span span = one.spans.front();
  span.item_end = static_cast<std::uint32_t>(to.items.size());
  span.parent_end = static_cast<std::uint32_t>(to.parents.size());
  to.spans.push_back(span);
}

// The items as push_item would make them; equal to what was read unless two could be joined.
bool is_joined(const op_batch& batch) {
  for (std::size_t i = 1; i < batch.items.size(); ++i) {
    std::vector<batch_item> pair{batch.items[i - 1]};
    push_item(pair, 0, batch.items[i]);
    if (pair.size() != 2 || pair[0] != batch.items[i - 1]) {
      return false;
    }
  }
  return true;
}

// The one span of `batch`, which is empty before.
result<void> decode_one(byte_view body, op_batch& batch, const limits& bounds) {
  if (body.size() > bounds.max_change_body_bytes) {
    return unexpected(errc::limit_exceeded, 0, "size of a change");
  }
  byte_reader in(body);
  batch_span span;
  span.length = static_cast<std::uint32_t>(
      in.varint_max(std::min(bounds.max_change_ops, max_op_count), "operations of a change"));
  if (span.length == 0) {
    in.fail(errc::malformed, "a change without operations");
  }
  item_decoder items({&in, &in, &in, &in}, batch, bounds);
  items.read(span.length);
  const std::uint64_t content_at = in.offset();
  batch.content = as_chars(in.raw(in.remaining()));
  items.expect_end();
  if (in.failed()) {
    return in.failure();
  }
  if (const auto placed = place_content(batch); !placed) {
    return unexpected(placed.error().code, content_at, placed.error().what);
  }
  span.item_end = static_cast<std::uint32_t>(batch.items.size());
  batch.spans.push_back(span);
  // Many bytes can mean the same; only one form may be hashed.
  const bytes again = encode_body(batch, 0);
  if (!is_joined(batch) || !std::ranges::equal(again, body)) {
    return unexpected(errc::not_canonical, 0, "operations of a change");
  }
  return {};
}

}  // namespace

result<std::uint32_t> decode_body(byte_view body, op_batch& batch, const limits& bounds) {
  op_batch one;
  if (const auto decoded = decode_one(body, one, bounds); !decoded) {
    return unexpected(decoded.error());
  }
  const std::uint32_t length = one.spans.front().length;
  append(batch, std::move(one));
  return length;
}

result<std::uint32_t> check_body(byte_view body, const limits& bounds) {
  op_batch batch;
  return decode_body(body, batch, bounds);
}

}  // namespace weft::crdt
