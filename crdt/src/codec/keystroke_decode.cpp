// SPDX-License-Identifier: MIT
#include "base/utf.hpp"
#include "codec/columns.hpp"
#include "codec/item_codec.hpp"
#include "codec/keystroke.hpp"
#include "codec/keystroke_head.hpp"
#include "weft/crdt/document/text.hpp"

#include <cstring>

namespace weft::crdt {
namespace {

void read_id(byte_reader& in, replica_id& id) {
  if (const byte_view raw = in.raw(id.bytes.size()); raw.size() == id.bytes.size()) {
    std::memcpy(id.bytes.data(), raw.data(), id.bytes.size());
  }
}

std::uint32_t read_counter(byte_reader& in) {
  return static_cast<std::uint32_t>(in.varint_max(max_op_count - 1, "operation counter"));
}

void read_parent(byte_reader& in, foreign_parent& parent) {
  const std::uint64_t reference = in.varint_max(max_op_count, "parent");
  parent.by_id = reference == 0;
  if (parent.by_id) {
    read_id(in, parent.id);
    parent.counter = read_counter(in);
  } else {
    parent.distance = static_cast<std::uint32_t>(reference - 1);
    parent.place = read_counter(in);
    parent.counter = read_counter(in) + 1;
  }
}

// Head, author, counter, length and parents.
void read_start(byte_reader& in, const limits& bounds, keystroke& k) {
  const unsigned head = in.u8();
  if ((head & ~keystroke_head::all) != 0) {
    in.fail(errc::unsupported, "head of a keystroke");
  }
  read_id(in, k.author);
  k.counter = read_counter(in);
  k.length = 1;
  if ((head & keystroke_head::several) != 0) {
    k.length = static_cast<std::uint32_t>(in.varint_max(max_op_count - 2, "operations")) + 2;
  }
  if (k.length > max_op_count - k.counter) {
    in.fail(errc::document_full, "number of operations");
  }
  k.own_parent = (head & keystroke_head::own_parent) != 0;
  if (k.own_parent && k.counter == 0) {
    in.fail(errc::malformed, "parent of the first operation");
  }
  const unsigned type = head >> keystroke_head::container_shift & 3U;
  k.named = type == 0;
  k.type = static_cast<container_type>(type);
  std::uint64_t parents = head >> keystroke_head::parents_shift & 3U;
  k.foreign.clear();
  if (parents == 0) {
    return;
  }
  if (parents == keystroke_head::many_parents) {
    parents += in.varint_max(bounds.max_parents, "number of parents");
  }
  for (std::uint64_t i = 0; i < parents && !in.failed(); ++i) {
    read_parent(in, k.foreign.emplace_back());
  }
}

}  // namespace

void read_path(byte_reader& in, const limits& bounds, op_batch& batch) {
  const std::uint64_t head = in.varint();
  const std::uint64_t depth = head >> 2U;
  if ((head & 3U) == 0 || depth > bounds.max_nesting) {
    in.fail(errc::unsupported, "kind of container");
  }
  std::uint32_t parent = no_parent;
  for (std::uint64_t i = 0; i <= depth && !in.failed(); ++i) {
    const std::string_view name = as_chars(in.sized(bounds.max_key_bytes, "name of a container"));
    if (!is_valid_utf8(name)) {
      in.fail(errc::malformed, "name of a container is no UTF-8");
    }
    batch.containers.push_back(
        {i == depth ? static_cast<container_type>(head & 3U) : container_type::map, parent,
         std::string(name)});
    parent = static_cast<std::uint32_t>(batch.containers.size() - 1);
  }
}

result<void> decode_keystroke(byte_view in, const limits& bounds, keystroke& k, op_batch& batch) {
  batch.clear();
  if (in.size() > bounds.max_input_bytes) {
    return unexpected(errc::limit_exceeded, 0, "size of an update");
  }
  byte_reader reader(in);
  if (!is_keystroke(in)) {
    reader.fail(errc::malformed, "not a keystroke");
    return reader.failure();
  }
  static_cast<void>(reader.raw(2));
  read_start(reader, bounds, k);
  if (k.named) {
    read_path(reader, bounds, batch);
  } else {
    batch.containers.emplace_back().type = k.type;
  }
  if (reader.failed()) {
    return reader.failure();
  }
  const auto container = static_cast<std::uint32_t>(batch.containers.size() - 1);
  k.type = batch.containers.back().type;
  if (k.type == container_type::text) {
    std::int64_t caret = 0;
    for (std::uint64_t left = k.length; left != 0 && !reader.failed();) {
      batch_item& item = batch.items.emplace_back();
      item.container = container;
      left -= read_text_item(reader, reader, left, caret, item);
    }
  } else {
    item_decoder items({&reader, &reader, &reader, &reader}, batch, bounds);
    items.begin_in(container);
    items.read(k.length);
  }
  const std::uint64_t content_at = reader.offset();
  batch.content = as_chars(reader.raw(reader.remaining()));
  if (reader.failed()) {
    return reader.failure();
  }
  const bool one_key = batch.items.size() == 1 && batch.content.size() == 1 && k.length == 1 &&
                       batch.items[0].kind == item_kind::insert && utf::is_ascii(batch.content);
  if (one_key) {
    batch.items[0].payload = 0;
  } else if (const auto placed = place_content(batch, 0, 0); !placed) {
    return unexpected(placed.error().code, content_at, placed.error().what);
  }
  batch_span span;
  span.counter = k.counter;
  span.length = k.length;
  span.item_end = static_cast<std::uint32_t>(batch.items.size());
  batch.spans.push_back(span);
  return {};
}

}  // namespace weft::crdt
