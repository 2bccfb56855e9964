// SPDX-License-Identifier: MIT
#include "base/utf.hpp"
#include "codec/item_codec.hpp"
#include "codec/value_codec.hpp"
#include "weft/crdt/document/text.hpp"

#include <algorithm>

namespace weft::crdt {

item_decoder::item_decoder(item_readers in, op_batch& batch, const limits& bounds)
    : in_(in),
      batch_(batch),
      bounds_(bounds),
      first_container_(static_cast<std::uint32_t>(batch.containers.size())),
      first_key_(static_cast<std::uint32_t>(batch.keys.size())) {}

bool item_decoder::failed() const noexcept {
  return in_.containers->failed() || in_.tokens->failed() || in_.deltas->failed() ||
         in_.values->failed();
}

unexpected item_decoder::failure() const noexcept {
  for (const byte_reader* in : {in_.containers, in_.tokens, in_.deltas, in_.values}) {
    if (in->failed()) {
      return in->failure();
    }
  }
  return {errc::malformed, 0, "operations"};
}

void item_decoder::expect_end() {
  if (items_left_ != 0) {
    in_.containers->fail(errc::malformed, "a container with fewer operations than announced");
  }
  for (byte_reader* in : {in_.containers, in_.tokens, in_.deltas, in_.values}) {
    in->expect_end("bytes after the last operation");
  }
}

void item_decoder::read(std::uint64_t operations) {
  while (operations != 0 && !failed()) {
    if (items_left_ == 0 && !to_the_end_) {
      read_switch();
      if (failed()) {
        return;
      }
    }
    items_left_ -= to_the_end_ ? 0U : 1U;
    batch_item item;
    item.container = container_;
    const std::uint64_t token = in_.tokens->varint();
    switch (batch_.containers[container_].type) {
      case container_type::text:
        text_item(token, operations, item);
        break;
      case container_type::map:
        map_item(token, item);
        break;
      case container_type::counter:
        counter_item(token, item);
        break;
    }
    if (failed()) {
      return;
    }
    operations -= item.length;
    batch_.items.push_back(item);
  }
}

void item_decoder::read_switch() {
  items_left_ = in_.containers->varint();
  to_the_end_ = items_left_ == 0;
  const std::uint64_t slot = in_.containers->varint();
  const std::uint64_t known = batch_.containers.size() - first_container_;
  if (slot >= known && !in_.containers->failed()) {
    define_up_to(slot);
  }
  container_ = first_container_ + static_cast<std::uint32_t>(slot);
}

void item_decoder::define_up_to(std::uint64_t slot) {
  if (slot >= bounds_.max_containers) {
    in_.containers->fail(errc::limit_exceeded, "number of containers");
    return;
  }
  std::uint64_t known = batch_.containers.size() - first_container_;
  for (; known <= slot && !in_.containers->failed(); ++known) {
    const std::uint64_t head = in_.containers->varint();
    batch_container c;
    const std::uint64_t type = head & 0xfU;
    if (type < 1 || type > 3 || head >> 4U > 1) {
      in_.containers->fail(errc::unsupported, "kind of container");
      return;
    }
    c.type = static_cast<container_type>(type);
    std::uint32_t depth = 0;
    if (head >> 4U == 1) {
      const std::uint64_t parent = in_.containers->varint();
      if (parent >= known ||
          batch_.containers[first_container_ + parent].type != container_type::map) {
        in_.containers->fail(errc::malformed, "parent of a container");
        return;
      }
      c.parent = first_container_ + static_cast<std::uint32_t>(parent);
      depth = depths_[parent] + 1;
      if (depth > bounds_.max_nesting) {
        in_.containers->fail(errc::limit_exceeded, "nesting of containers");
        return;
      }
    }
    c.key = as_chars(in_.containers->sized(bounds_.max_key_bytes, "name of a container"));
    if (!is_valid_utf8(c.key)) {
      in_.containers->fail(errc::malformed, "name of a container is no UTF-8");
    }
    if (!paths_.emplace(c.parent, c.type, c.key).second) {
      in_.containers->fail(errc::malformed, "a container that is defined twice");
    }
    batch_.containers.push_back(std::move(c));
    cursors_.push_back(0);
    depths_.push_back(depth);
  }
}

void item_decoder::text_item(std::uint64_t token, std::uint64_t left, batch_item& item) {
  const std::uint64_t length = (token >> 3U) + 1;
  const bool erases = (token & 1U) != 0;
  const bool backward = (token & 2U) != 0;
  std::int64_t& cursor = cursors_[container_ - first_container_];
  const std::int64_t delta = (token & 4U) != 0 ? in_.deltas->zigzag() : 0;
  if (length > left || (backward && !erases)) {
    in_.tokens->fail(errc::malformed, "run of operations");
    return;
  }
  if (delta > max_op_count || delta < -std::int64_t{max_op_count} ||
      ((token & 4U) != 0 && delta == 0)) {
    in_.deltas->fail(errc::malformed, "position of a run");
    return;
  }
  const auto signed_length = static_cast<std::int64_t>(length);
  const std::int64_t position = cursor + delta - (backward ? signed_length : 0);
  if (position < 0 || position + signed_length > std::int64_t{max_op_count}) {
    in_.deltas->fail(errc::bad_position, "position of a run");
    return;
  }
  item.position = static_cast<std::uint32_t>(position);
  item.length = static_cast<std::uint32_t>(length);
  item.kind = !erases                  ? item_kind::insert
              : backward && length > 1 ? item_kind::erase_backward
                                       : item_kind::erase_forward;
  cursor = erases ? position : position + signed_length;
}

void item_decoder::map_item(std::uint64_t token, batch_item& item) {
  switch (token & 3U) {
    case 0:
      item.kind = item_kind::map_set;
      item.position = key();
      item.payload = batch_.values.size();
      batch_.values.push_back(read_payload(*in_.values, token >> 2U, bounds_));
      return;
    case 1:
      item.kind = item_kind::map_erase;
      item.position = key();
      break;
    default:
      item.kind = item_kind::map_reset;
      break;
  }
  if (token > 2) {
    in_.tokens->fail(errc::unsupported, "operation on a map");
  }
}

void item_decoder::counter_item(std::uint64_t token, batch_item& item) {
  if (token > 1) {
    in_.tokens->fail(errc::unsupported, "operation on a counter");
    return;
  }
  item.kind = token == 0 ? item_kind::counter_add : item_kind::counter_reset;
  item.payload = token == 0 ? static_cast<std::uint64_t>(in_.values->zigzag()) : 0;
}

std::uint32_t item_decoder::key() {
  const std::uint64_t slot = in_.values->varint();
  const std::uint64_t known = batch_.keys.size() - first_key_;
  if (slot > known) {
    in_.values->fail(errc::malformed, "number of a key");
    return 0;
  }
  if (slot == known) {
    const std::string_view name = as_chars(in_.values->sized(bounds_.max_key_bytes, "key"));
    if (!is_valid_utf8(name)) {
      in_.values->fail(errc::malformed, "key is no UTF-8");
      return 0;
    }
    if (!keys_.emplace(name).second) {
      in_.values->fail(errc::malformed, "a key that is defined twice");
      return 0;
    }
    batch_.keys.emplace_back(name);
  }
  return first_key_ + static_cast<std::uint32_t>(slot);
}

result<void> place_content(op_batch& batch, std::size_t first, std::size_t offset) {
  const std::string_view content = std::string_view{batch.content}.substr(offset);
  if (!is_valid_utf8(content)) {
    return unexpected(errc::malformed, 0, "inserted text is no UTF-8");
  }
  const std::uint64_t scalars = utf::count(content).scalars;
  const bool ascii = scalars == content.size();
  std::uint64_t used = 0;
  std::size_t at = 0;
  for (std::size_t i = first; i < batch.items.size(); ++i) {
    batch_item& item = batch.items[i];
    if (item.kind != item_kind::insert) {
      continue;
    }
    used += item.length;
    if (used > scalars) {
      return unexpected(errc::malformed, 0, "less inserted text than announced");
    }
    item.payload = offset + at;
    at += ascii ? item.length : utf::bytes_of(content.substr(at), item.length);
  }
  if (used != scalars) {
    return unexpected(errc::malformed, 0, "more inserted text than announced");
  }
  return {};
}

std::size_t insert_size_bytes(const op_batch& batch, const batch_item& item) {
  const std::string_view rest = std::string_view{batch.content}.substr(item.payload);
  return utf::bytes_of(rest, item.length);
}

}  // namespace weft::crdt
