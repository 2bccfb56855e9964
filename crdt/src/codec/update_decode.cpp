// SPDX-License-Identifier: MIT
#include "codec/columns.hpp"
#include "codec/crc32c.hpp"
#include "codec/item_codec.hpp"
#include "codec/update_codec.hpp"
#include "codec/update_columns.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace weft::crdt {
namespace {

// Room made ahead is bounded, since the columns are a stranger's.
constexpr std::uint64_t most_reserved = std::uint64_t{1} << 20U;

struct known_tables {
  small_table<std::uint32_t, 4> next;  // per replica: counter of its next operation
  std::uint64_t spans = 0;
};

void read_tables(byte_reader& in, op_batch& batch, known_tables& t, const limits& bounds) {
  const std::size_t replicas = in.count(17, "replicas");
  if (replicas > bounds.max_replicas) {
    in.fail(errc::limit_exceeded, "number of replicas");
  }
  for (std::size_t i = 0; i < replicas && !in.failed(); ++i) {
    replica_id id;
    const byte_view raw = in.raw(id.bytes.size());
    if (raw.size() == id.bytes.size()) {
      std::memcpy(id.bytes.data(), raw.data(), id.bytes.size());
    }
    if (!batch.replicas.empty() && !(batch.replicas.back() < id)) {
      in.fail(errc::not_canonical, "order of replicas");
    }
    batch.replicas.push_back(id);
  }
  for (std::size_t i = 0; i < replicas && !in.failed(); ++i) {
    t.next.push_back(static_cast<std::uint32_t>(in.varint_max(max_op_count, "operation counter")));
  }
  t.spans = in.varint();
}

class span_decoder {
public:
  span_decoder(span_readers in, op_batch& batch, known_tables& t, const limits& bounds)
      : in_(in), batch_(batch), next_(t.next), spans_(t.spans), bounds_(bounds) {}

  // Faults stay in the readers.
  void read() { read(*in_.tokens, *in_.replicas, *in_.parents); }

private:
  void read(byte_reader& tokens, byte_reader& replicas, byte_reader& parents) {
    std::uint64_t operations = 0;
    // A span is a byte at least, and the bytes are there.
    const std::uint64_t expected = std::min<std::uint64_t>(spans_, tokens.remaining());
    batch_.spans.reserve(static_cast<std::size_t>(std::min(expected, most_reserved)));
    // Two that are listed take five bytes at least; of others there is mostly one.
    batch_.parents.reserve(
        static_cast<std::size_t>(std::min(expected + parents.remaining() / 5, most_reserved)));
    const std::size_t replica_count = batch_.replicas.size();
    for (std::uint64_t i = 0; i < spans_; ++i) {
      batch_span span;
      const std::uint64_t token = tokens.varint();
      const std::uint64_t replica = replica_count > 1 ? replicas.varint() : 0;
      const std::uint64_t length = (token >> 2U) + 1;
      if (replica >= replica_count) {
        replicas.fail(errc::malformed, "number of a replica");
        return;
      }
      span.replica = static_cast<std::uint32_t>(replica);
      span.counter = next_[replica];
      operations += length;
      if (operations > max_op_count || span.counter + length > max_op_count) {
        tokens.fail(errc::document_full, "number of operations");
        return;
      }
      span.length = static_cast<std::uint32_t>(length);
      read_parents(static_cast<parent_code>(token & 3U), span, tokens, parents);
      if (tokens.failed()) {  // the others may have: then zeros are read until the tokens end
        return;
      }
      next_[replica] += span.length;
      last_ = {span.replica, span.counter + span.length - 1};
      span.parent_end = static_cast<std::uint32_t>(batch_.parents.size());
      batch_.spans.push_back(span);
    }
  }

  void read_parents(parent_code code, const batch_span& span, byte_reader& tokens,
                    byte_reader& parents) {
    if (code == parent_code::listed) {
      read_list(parents);
      return;
    }
    const bool wants_own = code != parent_code::previous;
    const bool wants_last = code != parent_code::own;
    if ((wants_own && span.counter == 0) || (wants_last && batch_.spans.empty())) {
      tokens.fail(errc::malformed, "parent of the first operation");
      return;
    }
    const batch_parent own{span.replica, span.counter - 1};
    if (code == parent_code::own_and_previous && own == last_) {
      parents.fail(errc::not_canonical, "order of parents");
      return;
    }
    if (wants_own && (!wants_last || own < last_)) {
      batch_.parents.push_back(own);
    }
    if (wants_last) {
      batch_.parents.push_back(last_);
    }
    if (wants_own && wants_last && last_ < own) {
      batch_.parents.push_back(own);
    }
  }

  void read_list(byte_reader& parents) {
    const std::size_t replicas = batch_.replicas.size();
    // Mostly there are two, near by: their number, then replica and distance of each.
    std::array<std::uint8_t, 5> pair{};
    if (replicas > 1 && bounds_.max_parents > 1 && parents.small_varints(pair, 2)) {
      if (!exists(pair[1], pair[2]) || !exists(pair[3], pair[4])) {
        parents.fail(errc::malformed, "parent");
        return;
      }
      const batch_parent first = parent_of(pair[1], pair[2]);
      const batch_parent second = parent_of(pair[3], pair[4]);
      if (!(first < second)) {
        parents.fail(errc::not_canonical, "order of parents");
      }
      batch_.parents.push_back(first);
      batch_.parents.push_back(second);
      return;
    }
    const std::size_t first = batch_.parents.size();
    const std::uint64_t count = parents.varint_max(bounds_.max_parents, "number of parents");
    for (std::uint64_t i = 0; i < count && !parents.failed(); ++i) {
      const std::uint64_t replica = replicas > 1 ? parents.varint() : 0;
      const std::uint64_t back = parents.varint();
      if (!exists(replica, back)) {
        parents.fail(errc::malformed, "parent");
        return;
      }
      const batch_parent parent = parent_of(replica, back);
      if (batch_.parents.size() != first && !(batch_.parents.back() < parent)) {
        parents.fail(errc::not_canonical, "order of parents");
      }
      batch_.parents.push_back(parent);
    }
  }

  // `back`: how far it stands before the newest operation of its replica so far.
  [[nodiscard]] bool exists(std::uint64_t replica, std::uint64_t back) const {
    return replica < batch_.replicas.size() && back < next_[replica];
  }
  [[nodiscard]] batch_parent parent_of(std::uint64_t replica, std::uint64_t back) const {
    return {static_cast<std::uint32_t>(replica),
            static_cast<std::uint32_t>(next_[replica] - 1 - back)};
  }

  span_readers in_;
  op_batch& batch_;
  small_table<std::uint32_t, 4>& next_;
  batch_parent last_;  // the last operation of the span before, if there is one
  std::uint64_t spans_;
  const limits& bounds_;
};

result<void> decode_small(byte_reader& in, const limits& bounds, op_batch& batch) {
  known_tables t;
  read_tables(in, batch, t, bounds);
  span_decoder spans({&in, &in, &in}, batch, t, bounds);
  spans.read();
  if (in.failed()) {
    return in.failure();
  }
  item_decoder items({&in, &in, &in, &in}, batch, bounds);
  items.read(batch.spans);
  if (items.failed()) {
    return items.failure();
  }
  const std::uint64_t content_at = in.offset();
  batch.content = as_chars(in.raw(in.remaining()));
  items.expect_end();
  if (in.failed()) {
    return in.failure();
  }
  if (const auto placed = place_content(batch); !placed) {
    return unexpected(placed.error().code, content_at, placed.error().what);
  }
  return {};
}

result<void> decode_columns(byte_reader& in, byte_view whole, const limits& bounds,
                            op_batch& batch) {
  if (whole.size() < 4 ||
      byte_reader{whole.last(4)}.u32_le() != crc32c(whole.first(whole.size() - 4))) {
    return unexpected(errc::checksum_mismatch, 0, "update");
  }
  column_frame frame;
  frame.read(in, update_column_count, bounds, &batch.content);
  [[maybe_unused]] const std::uint32_t checked = in.u32_le();
  in.expect_end("bytes after an update");
  if (in.failed()) {
    return in.failure();
  }
  std::vector<byte_reader> readers;
  readers.reserve(update_column_count);
  for (std::size_t i = 0; i < update_column_count; ++i) {
    readers.emplace_back(frame[i]);
  }
  const auto column = [&](update_column c) { return &readers[static_cast<std::size_t>(c)]; };

  known_tables t;
  read_tables(*column(update_column::tables), batch, t, bounds);
  span_decoder spans({column(update_column::spans), column(update_column::span_replicas),
                      column(update_column::parents)},
                     batch, t, bounds);
  spans.read();
  constexpr std::array of_spans{update_column::tables, update_column::spans,
                                update_column::span_replicas, update_column::parents};
  for (const bool at_end : {false, true}) {  // a fault leaves others unread
    for (const update_column c : of_spans) {
      if (at_end) {
        column(c)->expect_end("bytes after the last span");
      }
      if (column(c)->failed()) {
        return column(c)->failure();
      }
    }
  }
  // A token is a byte at least.
  batch.items.reserve(static_cast<std::size_t>(
      std::min<std::uint64_t>(column(update_column::tokens)->remaining(), most_reserved)));
  item_decoder items({column(update_column::containers), column(update_column::tokens),
                      column(update_column::deltas), column(update_column::values)},
                     batch, bounds);
  items.read(batch.spans);
  if (items.failed()) {
    return items.failure();
  }
  items.expect_end();
  if (items.failed()) {
    return items.failure();
  }
  if (const auto placed = place_content(batch); !placed) {
    return unexpected(placed.error());
  }
  return {};
}

}  // namespace

result<void> decode_update(byte_view in, const limits& bounds, op_batch& out) {
  out.clear();
  if (in.size() > bounds.max_input_bytes) {
    return unexpected(errc::limit_exceeded, 0, "size of an update");
  }
  byte_reader reader(in);
  const format_form form = read_format(reader);
  if (reader.failed()) {
    return reader.failure();
  }
  switch (form) {
    case format_form::small_update:
      return decode_small(reader, bounds, out);
    case format_form::update:
      return decode_columns(reader, in, bounds, out);
    case format_form::keystroke:
    case format_form::snapshot:
    case format_form::block:
      break;
  }
  return unexpected(errc::malformed, 1, "not an update");
}

result<op_batch> decode_update(byte_view in, const limits& bounds) {
  op_batch batch;
  if (const auto decoded = decode_update(in, bounds, batch); !decoded) {
    return unexpected(decoded.error());
  }
  return batch;
}

}  // namespace weft::crdt
