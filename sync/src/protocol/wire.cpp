// SPDX-License-Identifier: MIT
#include "weft/sync/wire.hpp"

#include "protocol/keystroke_frames.hpp"
#include "protocol/wire/wire_codec.hpp"
#include "weft/crdt/document/text.hpp"

#include <algorithm>
#include <iterator>

namespace weft::sync {

namespace {

using wire_codec::body;
using wire_codec::flat_frame;

constexpr std::size_t max_short_text = 64;
constexpr std::size_t max_error_text = 200;

constexpr wire_codec::bounds decode_bounds{
    .words = max_unpacked_frame_bytes / 8,
    .features = max_frame_features,
    .text_bytes = max_error_text,
    .replicas = max_frame_replicas,
    .entries = max_frame_entries,
    .entry_bytes = max_entry_bytes,
    .block_bytes = max_frame_bytes,
};

template <class Array>
bytes as_data(const Array& in) {
  return {in.begin(), in.end()};
}

void put_seqs(const seq_vector& seqs, flat_frame& out) {
  out.replicas.reserve(seqs.size() * 16);
  out.seqs.reserve(seqs.size());
  for (const auto& [replica, end] : seqs) {
    out.replicas.insert(out.replicas.end(), replica.bytes.begin(), replica.bytes.end());
    out.seqs.push_back(end);
  }
}

/// One overload per message.
struct flatten {
  flat_frame& out;
  void is(body b) const { out.ordinal = static_cast<std::uint16_t>(b); }

  void operator()(const msg::hello& m) const {
    is(body::hello);
    out.proto_min = m.proto_min;
    out.proto_max = m.proto_max;
    out.features = m.features;
    out.agent = m.agent;
    out.instance = as_data(m.instance);
    out.wall_ms = m.wall_ms;
    out.role = m.node_role;
    out.name = m.name;
    out.max_frame = m.max_frame;
  }
  void operator()(const msg::ready& m) const {
    is(body::ready);
    out.proto_min = m.proto;
    out.features = m.features;
  }
  void operator()(const msg::ping& m) const {
    is(body::ping);
    out.token = m.token;
  }
  void operator()(const msg::pong& m) const {
    is(body::pong);
    out.token = m.token;
  }
  void operator()(const msg::error& m) const {
    is(body::error);
    out.code = static_cast<std::uint16_t>(m.code);
    out.text = m.text;
    out.retry_ms = m.retry_ms;
    out.doc_ref = m.doc_ref;
    out.fatal = m.fatal;
  }
  void operator()(const msg::subscribe& m) const {
    is(body::subscribe);
    out.doc_ref = m.doc_ref;
    out.document = as_data(m.document.bytes);
    put_seqs(m.have, out);
    out.member_digest = as_data(m.member_digest);
  }
  void operator()(const msg::subscribed& m) const {
    is(body::subscribed);
    out.doc_ref = m.doc_ref;
    out.status = m.status;
  }
  void operator()(const msg::have& m) const {
    is(body::have);
    out.doc_ref = m.doc_ref;
    put_seqs(m.seqs, out);
  }
  void operator()(const msg::changes& m) const {
    is(body::changes);
    out.doc_ref = m.doc_ref;
    out.block = m.block;
  }
  void operator()(const msg::members& m) const {
    is(body::members);
    out.doc_ref = m.doc_ref;
    out.entries = m.entries;
  }
  void operator()(const msg::invite_use& m) const {
    is(body::invite_use);
    out.document = as_data(m.document.bytes);
    out.entry = m.entry;
  }
  template <class Other>
  void operator()(const Other& /*m*/) const {
    WEFT_ASSERT(false, "not a message of this form, or one that this program does not know");
  }
};

/// From the flat form to validated values. The first fault is kept.
class builder {
public:
  explicit builder(flat_frame&& in) : in_(std::move(in)) {}

  message build() {
    switch (static_cast<body>(in_.ordinal)) {
      case body::hello:
        return hello();
      case body::ready:
        return msg::ready{in_.proto_min, features("ready: features")};
      case body::ping:
        return msg::ping{in_.token};
      case body::pong:
        return msg::pong{in_.token};
      case body::error:
        return msg::error{static_cast<close_code>(in_.code),
                          text(std::move(in_.text), max_error_text, "error: text"), in_.retry_ms,
                          in_.doc_ref, in_.fatal};
      case body::subscribe:
        return msg::subscribe{in_.doc_ref,
                              doc_id{exact<digest32>(in_.document, "subscribe: document")},
                              seqs("subscribe: replicas"),
                              exact<digest32>(in_.member_digest, "subscribe: member digest")};
      case body::subscribed:
        return msg::subscribed{in_.doc_ref, in_.status};
      case body::have:
        return msg::have{in_.doc_ref, seqs("have: replicas")};
      case body::changes:
        return msg::changes{in_.doc_ref, std::move(in_.block)};
      case body::members:
        return msg::members{in_.doc_ref, std::move(in_.entries)};
      case body::invite_use:
        return msg::invite_use{doc_id{exact<digest32>(in_.document, "invite use: document")},
                               std::move(in_.entry)};
    }
    return msg::unknown{in_.ordinal, in_.critical};
  }

  [[nodiscard]] const char* wrong() const { return wrong_; }

private:
  void fail(const char* what) {
    if (wrong_ == nullptr) wrong_ = what;
  }

  message hello() {
    msg::hello out;
    out.proto_min = in_.proto_min;
    out.proto_max = in_.proto_max;
    if (out.proto_min > out.proto_max) fail("hello: protocol range");
    out.features = features("hello: features");
    out.agent = text(std::move(in_.agent), max_short_text, "hello: agent");
    out.instance = exact<store_instance>(in_.instance, "hello: instance");
    out.wall_ms = in_.wall_ms;
    out.node_role = in_.role;
    out.name = text(std::move(in_.name), max_short_text, "hello: name");
    out.max_frame = in_.max_frame;
    return out;
  }

  std::vector<std::uint16_t> features(const char* what) {
    const bool sorted = std::adjacent_find(in_.features.begin(), in_.features.end(),
                                           std::greater_equal<>()) == in_.features.end();
    if (!sorted) fail(what);
    return std::move(in_.features);
  }

  std::string text(std::string&& in, std::size_t max, const char* what) {
    if (in.size() > max || in.find('\0') != std::string::npos || !crdt::is_valid_utf8(in)) {
      fail(what);
      return {};
    }
    return std::move(in);
  }

  template <class Array>
  Array exact(const bytes& in, const char* what) {
    Array out{};
    if (in.size() != out.size()) {
      fail(what);
      return out;
    }
    std::copy(in.begin(), in.end(), out.begin());
    return out;
  }

  /// Ascending replicas, each with at least one change.
  seq_vector seqs(const char* what) {
    seq_vector out;
    if (in_.replicas.size() != in_.seqs.size() * 16) {
      fail(what);
      return out;
    }
    for (std::size_t i = 0; i < in_.seqs.size(); ++i) {
      replica_id id;
      std::copy_n(std::next(in_.replicas.begin(), static_cast<std::ptrdiff_t>(16 * i)), 16,
                  id.bytes.begin());
      const bool ascends = out.empty() || out.rbegin()->first < id;
      if (!ascends || in_.seqs[i] == 0) {
        fail(what);
        return out;
      }
      out.emplace_hint(out.end(), id, in_.seqs[i]);
    }
    return out;
  }

  flat_frame in_;
  const char* wrong_ = nullptr;
};

crdt::result<message> decode_capnp(byte_view body) {
  using crdt::errc;
  flat_frame flat;
  const auto fault = wire_codec::unpack(body.data(), body.size(), decode_bounds, flat);
  if (fault.what != nullptr) {
    return crdt::unexpected(fault.limit ? errc::limit_exceeded : errc::malformed, fault.offset,
                            fault.what);
  }
  builder make(std::move(flat));
  message out = make.build();
  if (make.wrong() != nullptr) {
    return crdt::unexpected(errc::bad_value, body.size(), make.wrong());
  }
  return out;
}

std::size_t most_bytes(frame_kind kind) {
  switch (kind) {
    case frame_kind::small_changes:
      return max_small_frame_bytes;
    case frame_kind::presence:
      return max_presence_bytes + 64;
    default:
      return max_frame_bytes;
  }
}

}  // namespace

bytes frame_writer::write(const message& m) {
  crdt::byte_writer body;
  const frame_kind kind = keystroke_frames::write(m, memory_, body);
  if (kind == frame_kind::capnp) {
    flat_frame flat;
    std::visit(flatten{flat}, m);
    body.raw(wire_codec::pack(flat));
  }
  crdt::byte_writer out;
  out.varint(body.size());
  out.u8(static_cast<std::uint8_t>(kind));
  out.raw(body.view());
  return out.take();
}

bytes encode_frame(const message& m) {
  return frame_writer().write(m);
}

crdt::result<message> decode_frame(frame_kind kind, byte_view body, wire_memory& memory) {
  if (body.size() > most_bytes(kind)) {
    return crdt::unexpected(crdt::errc::limit_exceeded, 0, "frame: size");
  }
  if (kind == frame_kind::capnp) return decode_capnp(body);
  return keystroke_frames::read(kind, body, memory);
}

void frame_splitter::feed(byte_view in) {
  buffer_.insert(buffer_.end(), in.begin(), in.end());
}

/// Judged as far as it is there, so that a false size is not waited for.
crdt::result<frame_splitter::prefix> frame_splitter::read_prefix() const {
  crdt::byte_reader in(byte_view(buffer_).subspan(at_));
  prefix out;
  out.size = static_cast<std::size_t>(in.varint_max(max_frame_bytes, "frame: size"));
  const std::uint8_t kind = in.u8();
  if (in.failed()) {
    const crdt::error why = in.failure().value;
    if (why.code != crdt::errc::truncated) return crdt::unexpected(why);
    if (buffered() < max_frame_prefix_bytes) return prefix{};
    return crdt::unexpected(crdt::errc::limit_exceeded, 0, "frame: size");
  }
  if (kind > static_cast<std::uint8_t>(frame_kind::presence)) {
    return crdt::unexpected(crdt::errc::unsupported, in.offset() - 1, "frame: kind");
  }
  out.kind = static_cast<frame_kind>(kind);
  if (out.size > most_bytes(out.kind)) {
    return crdt::unexpected(crdt::errc::limit_exceeded, 0, "frame: size");
  }
  out.bytes = static_cast<std::size_t>(in.offset());
  return out;
}

crdt::result<std::optional<message>> frame_splitter::next() {
  if (failed_) return crdt::unexpected(*failed_);
  const auto failure = [&](crdt::error e, std::size_t from) {
    e.offset += stream_offset_ + from;
    failed_ = e;
    return crdt::unexpected(e);
  };
  const auto head = read_prefix();
  if (!head) return failure(head.error(), 0);
  if (head->bytes == 0 || buffered() - head->bytes < head->size) return std::optional<message>();
  const std::size_t whole = head->bytes + head->size;
  auto decoded =
      decode_frame(head->kind, byte_view(buffer_).subspan(at_ + head->bytes, head->size), memory_);
  if (!decoded) return failure(decoded.error(), head->bytes);
  at_ += whole;
  stream_offset_ += whole;
  // The rest moves to the front once it is the smaller part: O(1) per byte.
  if (at_ * 2 >= buffer_.size()) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ = 0;
  }
  return std::optional<message>(std::move(*decoded));
}

}  // namespace weft::sync
