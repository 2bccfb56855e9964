// SPDX-License-Identifier: MIT
#include "weft/sync/wire.hpp"

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
    .payload_bytes = max_presence_bytes,
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
  void operator()(const msg::ack& m) const {
    is(body::ack);
    out.doc_ref = m.doc_ref;
    put_seqs(m.seqs, out);
  }
  void operator()(const msg::members& m) const {
    is(body::members);
    out.doc_ref = m.doc_ref;
    out.entries = m.entries;
  }
  void operator()(const msg::presence& m) const {
    is(body::presence);
    out.doc_ref = m.doc_ref;
    out.replica = as_data(m.replica.bytes);
    out.clock = m.clock;
    out.ttl_ms = m.ttl_ms;
    out.payload = m.payload;
  }
  void operator()(const msg::invite_use& m) const {
    is(body::invite_use);
    out.document = as_data(m.document.bytes);
    out.entry = m.entry;
  }
  void operator()(const msg::unknown& /*m*/) const {
    WEFT_ASSERT(false, "a message that this program does not know is never sent");
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
      case body::ack:
        return msg::ack{in_.doc_ref, seqs("ack: replicas")};
      case body::members:
        return msg::members{in_.doc_ref, std::move(in_.entries)};
      case body::presence:
        return msg::presence{
            in_.doc_ref,
            replica_id{exact<std::array<std::uint8_t, 16>>(in_.replica, "presence: replica")},
            in_.clock, in_.ttl_ms, std::move(in_.payload)};
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

std::uint32_t read_u32(const bytes& in, std::size_t at) {
  return crdt::byte_reader(byte_view(in).subspan(at, 4)).u32_le();
}

}  // namespace

bytes encode_frame(const message& m) {
  flat_frame flat;
  std::visit(flatten{flat}, m);
  const bytes packed = wire_codec::pack(flat);
  crdt::byte_writer out;
  out.u32_le(static_cast<std::uint32_t>(packed.size()));
  out.u8(0);
  out.raw(packed);
  return out.take();
}

crdt::result<message> decode_frame(std::uint8_t flags, byte_view frame) {
  using crdt::errc;
  if (flags != 0) return crdt::unexpected(errc::unsupported, 0, "frame: flags");
  if (frame.size() > max_frame_bytes) {
    return crdt::unexpected(errc::limit_exceeded, 0, "frame: size");
  }
  flat_frame flat;
  const auto fault = wire_codec::unpack(frame.data(), frame.size(), decode_bounds, flat);
  if (fault.what != nullptr) {
    return crdt::unexpected(fault.limit ? errc::limit_exceeded : errc::malformed, fault.offset,
                            fault.what);
  }
  builder make(std::move(flat));
  message out = make.build();
  if (make.wrong() != nullptr) {
    return crdt::unexpected(errc::bad_value, frame.size(), make.wrong());
  }
  return out;
}

void frame_splitter::feed(byte_view in) {
  buffer_.insert(buffer_.end(), in.begin(), in.end());
}

crdt::result<std::optional<message>> frame_splitter::next() {
  if (failed_) return crdt::unexpected(*failed_);
  if (buffered() < frame_prefix_bytes) return std::optional<message>();
  const std::size_t size = read_u32(buffer_, at_);
  const auto failure = [&](crdt::error e) {
    e.offset += stream_offset_;
    failed_ = e;
    return crdt::unexpected(e);
  };
  if (size > max_frame_bytes) {
    return failure({crdt::errc::limit_exceeded, 0, "frame: size"});
  }
  if (buffered() - frame_prefix_bytes < size) return std::optional<message>();
  const byte_view whole = byte_view(buffer_).subspan(at_, frame_prefix_bytes + size);
  auto decoded = decode_frame(whole[4], whole.subspan(frame_prefix_bytes));
  if (!decoded) {
    crdt::error e = decoded.error();
    e.offset += frame_prefix_bytes;
    return failure(e);
  }
  at_ += whole.size();
  stream_offset_ += whole.size();
  // The rest moves to the front once it is the smaller part: O(1) per byte.
  if (at_ * 2 >= buffer_.size()) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ = 0;
  }
  return std::optional<message>(std::move(*decoded));
}

}  // namespace weft::sync
