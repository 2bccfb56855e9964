// SPDX-License-Identifier: MIT
#include "codec/columns.hpp"
#include "codec/crc32c.hpp"
#include "codec/snapshot_codec.hpp"
#include "codec/value_codec.hpp"
#include "weft/crdt/document/text.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

namespace weft::crdt {
namespace {

void write_container(byte_writer& out, const shown_container& c) {
  const bool is_child = c.name.parent != no_parent;
  out.varint(static_cast<std::uint64_t>(c.name.type) | (is_child ? 0x10U : 0U));
  if (is_child) {
    out.varint(c.name.parent);
  }
  out.sized(c.name.key);
  switch (c.name.type) {
    case container_type::text:
      out.varint(c.text.size());
      break;
    case container_type::map:
      out.varint(c.entries.size());
      for (const auto& [key, v] : c.entries) {
        out.sized(key);
        out.varint(static_cast<std::uint64_t>(kind_of(v)));
        write_payload(out, v);
      }
      break;
    case container_type::counter:
      out.zigzag(c.sum);
      break;
  }
}

class state_reader {
public:
  state_reader(byte_reader in, byte_reader texts, const limits& bounds)
      : in_(in), texts_(texts), bounds_(bounds) {}

  result<snapshot_state> read() {
    snapshot_state state;
    auto version = version_vector::decode(in_, bounds_);
    if (!version) {
      return unexpected(version.error());
    }
    state.version = std::move(*version);
    state.op_count = in_.varint_max(max_op_count, "operations of a document");
    read_tip(state);
    const std::uint64_t count = in_.varint_max(bounds_.max_containers, "number of containers");
    for (std::uint64_t i = 0; i < count && !failed(); ++i) {
      read_container(state);
    }
    in_.expect_end("bytes after the last container");
    texts_.expect_end("bytes after the last text");
    if (failed()) {
      return in_.failed() ? in_.failure() : texts_.failure();
    }
    return state;
  }

private:
  [[nodiscard]] bool failed() const { return in_.failed() || texts_.failed(); }

  void read_tip(snapshot_state& state) {
    const std::size_t count = in_.count(17, "frontier");
    for (std::size_t i = 0; i < count && !in_.failed(); ++i) {
      op_id id;
      const byte_view raw = in_.raw(id.replica.bytes.size());
      std::copy(raw.begin(), raw.end(), id.replica.bytes.begin());
      id.counter = static_cast<std::uint32_t>(in_.varint_max(max_op_count, "operation counter"));
      if (!state.tip.empty() && !(state.tip.back() < id)) {
        in_.fail(errc::not_canonical, "order of a frontier");
      }
      if (!state.version.contains(id)) {
        in_.fail(errc::malformed, "frontier outside of the version");
      }
      state.tip.push_back(id);
    }
  }

  void read_container(snapshot_state& state) {
    shown_container c;
    const std::uint64_t head = in_.varint();
    const std::uint64_t type = head & 0xfU;
    if (type < 1 || type > 3 || head >> 4U > 1) {
      in_.fail(errc::unsupported, "kind of container");
      return;
    }
    c.name.type = static_cast<container_type>(type);
    std::uint32_t depth = 0;
    if (head >> 4U == 1) {
      const std::uint64_t parent = in_.varint();
      if (parent >= state.containers.size() ||
          state.containers[parent].name.type != container_type::map) {
        in_.fail(errc::malformed, "parent of a container");
        return;
      }
      c.name.parent = static_cast<std::uint32_t>(parent);
      depth = depths_[parent] + 1;
    }
    c.name.key = as_chars(in_.sized(bounds_.max_key_bytes, "name of a container"));
    if (depth > bounds_.max_nesting || !is_valid_utf8(c.name.key) ||
        !paths_.emplace(c.name.parent, c.name.type, c.name.key).second) {
      in_.fail(errc::malformed, "name of a container");
      return;
    }
    read_content(c);
    state.containers.push_back(std::move(c));
    depths_.push_back(depth);
  }

  void read_content(shown_container& c) {
    switch (c.name.type) {
      case container_type::text:
        c.text = as_chars(texts_.raw(in_.varint()));
        if (!is_valid_utf8(c.text)) {
          texts_.fail(errc::malformed, "text is no UTF-8");
        }
        return;
      case container_type::counter:
        c.sum = in_.zigzag();
        return;
      case container_type::map:
        break;
    }
    const std::size_t count = in_.count(2, "entries of a map");
    for (std::size_t i = 0; i < count && !in_.failed(); ++i) {
      std::string key(as_chars(in_.sized(bounds_.max_key_bytes, "key")));
      if (!is_valid_utf8(key) || (!c.entries.empty() && c.entries.back().first >= key)) {
        in_.fail(errc::malformed, "key");
      }
      value v = read_payload(in_, in_.varint(), bounds_);
      c.entries.emplace_back(std::move(key), std::move(v));
    }
  }

  byte_reader in_;
  byte_reader texts_;
  const limits& bounds_;
  std::vector<std::uint32_t> depths_;
  std::set<std::tuple<std::uint32_t, container_type, std::string>> paths_;
};

struct parts {
  byte_view state;  // column frame
  std::uint64_t state_at = 0;
  byte_view history;
};

// Splits a snapshot and checks the checksum of the state.
result<parts> split(byte_view in, const limits& bounds) {
  if (in.size() > bounds.max_input_bytes) {
    return unexpected(errc::limit_exceeded, 0, "size of a snapshot");
  }
  byte_reader reader(in);
  if (read_format(reader) != format_form::snapshot) {
    reader.fail(errc::malformed, "not a snapshot");
  }
  parts p;
  const std::uint64_t size = reader.varint();
  p.state_at = reader.offset();
  p.state = reader.raw(size);
  const std::uint32_t checksum = reader.u32_le();
  if (reader.failed()) {
    return reader.failure();
  }
  if (checksum != crc32c(in.first(static_cast<std::size_t>(reader.offset()) - 4))) {
    return unexpected(errc::checksum_mismatch, 0, "state of a snapshot");
  }
  // What stands behind it is checked when it is needed.
  p.history = reader.raw(reader.remaining());
  return p;
}

}  // namespace

bytes encode_snapshot(const snapshot_state& state, byte_view history, int level) {
  byte_writer meta;
  state.version.encode(meta);
  meta.varint(state.op_count);
  meta.varint(state.tip.size());
  for (const op_id& id : state.tip) {
    meta.raw(byte_view{id.replica.bytes});
    meta.varint(id.counter);
  }
  meta.varint(state.containers.size());
  byte_writer texts;
  for (const shown_container& c : state.containers) {
    write_container(meta, c);
    texts.raw(c.text);
  }
  byte_writer frame;
  // Texts are to be read at once: zstd's fast levels halve the time of reading them back.
  constexpr int fast = -7;
  constexpr int thorough = 10;  // from here on size is what is wanted
  const int text_level = level <= 0 ? 0 : level < thorough ? fast : level;
  write_columns(frame, std::array{meta.view(), texts.view()}, std::array{level, text_level});

  byte_writer out;
  write_format(out, format_form::snapshot);
  out.sized(frame.view());
  out.u32_le(crc32c(out.view()));
  out.raw(history);
  return out.take();
}

result<decoded_snapshot> decode_snapshot(byte_view in, const limits& bounds) {
  const auto p = split(in, bounds);
  if (!p) {
    return unexpected(p.error());
  }
  decoded_snapshot out;
  byte_reader reader(p->state, p->state_at);
  out.frame.read(reader, 2, bounds);
  reader.expect_end("bytes after the state");
  if (reader.failed()) {
    return reader.failure();
  }
  auto state = state_reader(byte_reader{out.frame[0], p->state_at},
                            byte_reader{out.frame[1], p->state_at}, bounds)
                   .read();
  if (!state) {
    return unexpected(state.error());
  }
  out.state = std::move(*state);
  out.history = p->history;
  return out;
}

result<byte_view> snapshot_history(byte_view in, const limits& bounds) {
  const auto p = split(in, bounds);
  if (!p) {
    return unexpected(p.error());
  }
  return p->history;
}

bool is_snapshot(byte_view in) noexcept {
  return in.size() >= 2 && in[0] == format_magic &&
         in[1] == static_cast<std::uint8_t>(format_form::snapshot);
}

}  // namespace weft::crdt
