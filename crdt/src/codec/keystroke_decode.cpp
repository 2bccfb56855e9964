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

// A byte_reader that only knows whether something was wrong, so that all of it stays in registers.
class quick_reader {
public:
  explicit quick_reader(byte_view in) noexcept : at_(in.data()), end_(in.data() + in.size()) {}

  [[nodiscard]] std::uint8_t u8() noexcept {
    if (at_ == end_) {
      failed_ = true;
      return 0;
    }
    return *at_++;
  }
  // Up to 35 bits.
  [[nodiscard]] std::uint64_t varint() noexcept {
    if (at_ != end_ && *at_ < 0x80U) [[likely]] {
      return *at_++;
    }
    if (remaining() >= 3) {
      const std::uint64_t low = (at_[0] & 0x7fU) | (at_[1] & 0x7fU) << 7U;
      if (at_[1] < 0x80U && at_[1] != 0) {
        at_ += 2;
        return low;
      }
      if (at_[1] >= 0x80U && at_[2] < 0x80U && at_[2] != 0) {
        at_ += 3;
        return low | std::uint64_t{at_[-1]} << 14U;
      }
    }
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 35 && at_ != end_; shift += 7) {
      const std::uint8_t byte = *at_++;
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80U) {
        failed_ |= byte == 0;
        return value;
      }
    }
    failed_ = true;
    return 0;
  }
  [[nodiscard]] std::uint64_t varint_max(std::uint64_t max, const char* /*what*/) noexcept {
    const std::uint64_t value = varint();
    failed_ |= value > max;
    return value;
  }
  [[nodiscard]] std::int64_t zigzag() noexcept {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1U));
  }
  [[nodiscard]] byte_view raw(std::size_t size) noexcept {
    if (size > remaining()) {
      failed_ = true;
      return {};
    }
    at_ += size;
    return {at_ - size, size};
  }
  void fail(errc /*code*/, const char* /*what*/) noexcept { failed_ = true; }
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] std::size_t remaining() const noexcept {
    return static_cast<std::size_t>(end_ - at_);
  }

private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  bool failed_ = false;
};

template <class Reader>
void read_id(Reader& in, replica_id& id) {
  if (const byte_view raw = in.raw(id.bytes.size()); raw.size() == id.bytes.size()) {
    std::memcpy(id.bytes.data(), raw.data(), id.bytes.size());
  }
}

template <class Reader>
std::uint32_t read_counter(Reader& in) {
  return static_cast<std::uint32_t>(in.varint_max(max_op_count - 1, "operation counter"));
}

template <class Reader>
void read_parent(Reader& in, foreign_parent& parent) {
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
template <class Reader>
void read_start(Reader& in, const limits& bounds, keystroke& k) {
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

bool decode_one_item(byte_view in, const limits& bounds, keystroke& k, batch_item& item,
                     std::string_view& text) {
  if (!is_keystroke(in) || in.size() > bounds.max_input_bytes) {
    return false;
  }
  quick_reader reader(in.subspan(2));
  read_start(reader, bounds, k);
  if (k.named || k.type != container_type::text) {
    return false;
  }
  std::int64_t caret = 0;
  item.container = 0;
  item.payload = 0;
  if (read_text_item(reader, reader, k.length, caret, item) != k.length || reader.failed()) {
    return false;
  }
  text = as_chars(reader.raw(reader.remaining()));
  if (item.kind != item_kind::insert) {
    return text.empty();
  }
  return utf::is_ascii(text) ? text.size() == k.length
                             : is_valid_utf8(text) && count_scalars(text) == k.length;
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
  if (const auto placed = place_content(batch); !placed) {
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
