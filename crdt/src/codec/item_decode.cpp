// SPDX-License-Identifier: MIT
#include "base/utf.hpp"
#include "codec/item_codec.hpp"
#include "codec/value_codec.hpp"
#include "weft/crdt/document/text.hpp"

#include <algorithm>
#include <tuple>

namespace weft::crdt {
namespace {

// From so many names on a search is quicker than a comparison with each.
constexpr std::size_t few_names = 8;

// Whether the last of `names` differs from all others from `first` on. `sorted` has the places of
// those others once they are many.
template <class Name, class Order>
bool is_new(const std::vector<Name>& names, std::uint32_t first,
            std::set<std::uint32_t, Order>& sorted) {
  const auto last = static_cast<std::uint32_t>(names.size() - 1);
  if (last - first < few_names) {
    return std::find(names.begin() + first, names.end() - 1, names.back()) == names.end() - 1;
  }
  if (sorted.empty()) {
    for (std::uint32_t i = first; i < last; ++i) {
      sorted.insert(i);
    }
  }
  return sorted.insert(last).second;
}

// Scalars up to `ascii_end` are bytes.
void place_mixed(op_batch& batch, std::string_view content, std::size_t ascii_end) {
  std::size_t at = 0;
  for (batch_item& item : batch.items) {
    if (item.kind != item_kind::insert) {
      continue;
    }
    item.payload = at;
    if (item.length <= ascii_end - at) {
      at += item.length;
      continue;
    }
    at += utf::bytes_of(content.substr(at), item.length);
    if (at > ascii_end) {
      ascii_end = at + utf::ascii_prefix(content.substr(at));
    }
  }
}

}  // namespace

bool item_decoder::path_order::operator()(std::uint32_t a, std::uint32_t b) const {
  const batch_container& left = batch->containers[a];
  const batch_container& right = batch->containers[b];
  return std::tie(left.parent, left.type, left.key) < std::tie(right.parent, right.type, right.key);
}

bool item_decoder::key_order::operator()(std::uint32_t a, std::uint32_t b) const {
  return batch->keys[a] < batch->keys[b];
}

item_decoder::item_decoder(item_readers in, op_batch& batch, const limits& bounds)
    : in_(in),
      batch_(batch),
      bounds_(bounds),
      first_container_(static_cast<std::uint32_t>(batch.containers.size())),
      first_key_(static_cast<std::uint32_t>(batch.keys.size())),
      paths_(path_order{&batch}),
      keys_(key_order{&batch}) {}

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

void item_decoder::begin_in(std::uint32_t container) {
  first_container_ = container;
  notes_.push_back({});
  container_ = container;
  to_the_end_ = true;
}

// Calls f(tokens, deltas) on copies of the readers, which the compiler keeps in registers.
template <class F>
void item_decoder::on_copies(F&& f) {
  if (in_.tokens == in_.deltas) {
    byte_reader both = *in_.tokens;
    f(both, both);
    *in_.tokens = both;
  } else {
    byte_reader tokens = *in_.tokens;
    byte_reader deltas = *in_.deltas;
    f(tokens, deltas);
    *in_.tokens = tokens;
    *in_.deltas = deltas;
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
    if (batch_.containers[container_].type == container_type::text) {
      on_copies([&](byte_reader& tokens, byte_reader& deltas) {
        text_items(tokens, deltas, operations);
      });
    } else {
      other_item(operations);
    }
  }
}

void item_decoder::read(std::span<batch_span> spans) {
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (to_the_end_ && batch_.containers[container_].type == container_type::text) {
      on_copies([&](byte_reader& tokens, byte_reader& deltas) {
        text_spans(tokens, deltas, spans.subspan(i));
      });
      return;
    }
    read(spans[i].length);
    if (failed()) {
      return;
    }
    spans[i].item_end = static_cast<std::uint32_t>(batch_.items.size());
  }
}

void item_decoder::read_switch() {
  items_left_ = in_.containers->varint();
  to_the_end_ = items_left_ == 0;
  const std::uint64_t slot = in_.containers->varint();
  if (slot >= notes_.size() && !in_.containers->failed()) {
    define_up_to(slot);
  }
  container_ = first_container_ + static_cast<std::uint32_t>(slot);
}

void item_decoder::define_up_to(std::uint64_t slot) {
  if (slot >= bounds_.max_containers) {
    in_.containers->fail(errc::limit_exceeded, "number of containers");
    return;
  }
  while (notes_.size() <= slot && !in_.containers->failed()) {
    define();
  }
}

void item_decoder::define() {
  byte_reader& in = *in_.containers;
  const std::uint64_t head = in.varint();
  const std::uint64_t type = head & 0xfU;
  if (type < 1 || type > 3 || head >> 4U > 1) {
    in.fail(errc::unsupported, "kind of container");
    return;
  }
  notes note;
  std::uint32_t parent = no_parent;
  if (head >> 4U == 1) {
    const std::uint64_t number = in.varint();
    if (number >= notes_.size() ||
        batch_.containers[first_container_ + number].type != container_type::map) {
      in.fail(errc::malformed, "parent of a container");
      return;
    }
    parent = first_container_ + static_cast<std::uint32_t>(number);
    note.depth = notes_[number].depth + 1;
    if (note.depth > bounds_.max_nesting) {
      in.fail(errc::limit_exceeded, "nesting of containers");
      return;
    }
  }
  const std::string_view name = as_chars(in.sized(bounds_.max_key_bytes, "name of a container"));
  if (!is_valid_utf8(name)) {
    in.fail(errc::malformed, "name of a container is no UTF-8");
  }
  batch_.containers.push_back({static_cast<container_type>(type), parent, std::string(name)});
  notes_.push_back(note);
  if (!is_new(batch_.containers, first_container_, paths_)) {
    in.fail(errc::malformed, "a container that is defined twice");
  }
}

// As many of the operations as the container at hand has.
void item_decoder::text_items(byte_reader& tokens, byte_reader& deltas, std::uint64_t& operations) {
  std::int64_t& noted = notes_[container_ - first_container_].caret;
  std::int64_t caret = noted;
  std::uint64_t left = operations;
  std::uint64_t items = to_the_end_ ? left : items_left_;
  batch_item item;
  item.container = container_;
  do {
    const std::uint64_t length = read_text_item(tokens, deltas, left, caret, item);
    if (tokens.failed() || deltas.failed()) {
      return;
    }
    left -= length;
    batch_.items.push_back(item);
  } while (left != 0 && --items != 0);
  if (!to_the_end_) {
    items_left_ = left == 0 && items != 0 ? items - 1 : items;
  }
  noted = caret;
  operations = left;
}

// No other container comes.
void item_decoder::text_spans(byte_reader& tokens, byte_reader& deltas,
                              std::span<batch_span> spans) {
  std::int64_t caret = notes_[container_ - first_container_].caret;
  batch_item item;
  item.container = container_;
  for (batch_span& span : spans) {
    for (std::uint64_t left = span.length; left != 0;) {
      left -= read_text_item(tokens, deltas, left, caret, item);
      if (tokens.failed() || deltas.failed()) {
        return;
      }
      batch_.items.push_back(item);
    }
    span.item_end = static_cast<std::uint32_t>(batch_.items.size());
  }
  notes_[container_ - first_container_].caret = caret;
}

void item_decoder::other_item(std::uint64_t& operations) {
  items_left_ -= to_the_end_ ? 0U : 1U;
  batch_item item;
  item.container = container_;
  const std::uint64_t token = in_.tokens->varint();
  if (batch_.containers[container_].type == container_type::map) {
    map_item(token, item);
  } else {
    counter_item(token, item);
  }
  if (!failed()) {
    --operations;
    batch_.items.push_back(item);
  }
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
    batch_.keys.emplace_back(name);
    if (!is_new(batch_.keys, first_key_, keys_)) {
      in_.values->fail(errc::malformed, "a key that is defined twice");
      return 0;
    }
  }
  return first_key_ + static_cast<std::uint32_t>(slot);
}

result<void> place_content(op_batch& batch) {
  const std::string_view content = batch.content;
  const std::size_t ascii = utf::ascii_prefix(content);
  std::uint64_t scalars = content.size();
  if (ascii != content.size()) {
    if (!is_valid_utf8(content.substr(ascii))) {
      return unexpected(errc::malformed, 0, "inserted text is no UTF-8");
    }
    scalars = ascii + utf::count(content.substr(ascii)).scalars;
  }
  // As if scalars were bytes, what nearly always is so.
  std::uint64_t used = 0;
  for (batch_item& item : batch.items) {
    if (item.kind == item_kind::insert) {
      item.payload = used;
      used += item.length;
    }
  }
  if (used != scalars) {
    return unexpected(
        errc::malformed, 0,
        used > scalars ? "less inserted text than announced" : "more inserted text than announced");
  }
  if (ascii != content.size()) {
    place_mixed(batch, content, ascii);
  }
  return {};
}

std::size_t insert_size_bytes(const op_batch& batch, const batch_item& item) {
  const std::string_view rest = batch.text().substr(item.payload);
  return utf::bytes_of(rest, item.length);
}

}  // namespace weft::crdt
