// SPDX-License-Identifier: MIT
#include "protocol/keystroke_frames.hpp"

#include "weft/crdt/limits.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace weft::sync {

// What both ends remember.

wire_memory::replica* wire_memory::at(std::uint32_t doc_ref, std::uint64_t n) {
  const auto found = replicas_.find(doc_ref);
  if (found == replicas_.end() || n >= found->second.size()) return nullptr;
  return &found->second[static_cast<std::size_t>(n)];
}

std::optional<std::size_t> wire_memory::find(std::uint32_t doc_ref, const replica_id& id) const {
  const auto found = numbers_.find({doc_ref, id});
  if (found == numbers_.end()) return std::nullopt;
  return found->second;
}

wire_memory::replica& wire_memory::add(std::uint32_t doc_ref, const replica_id& id) {
  if (count_ == max_replicas) {
    replicas_.clear();
    numbers_.clear();
    count_ = 0;
  }
  ++count_;
  std::vector<replica>& of = replicas_[doc_ref];
  numbers_.try_emplace({doc_ref, id}, of.size());
  return of.emplace_back(replica{id, 0, 0});
}

void wire_memory::remember_body(byte_view body) {
  const byte_view kept = body.first(std::min(body.size(), max_body_bytes));
  last_body_.assign(kept.begin(), kept.end());
}

namespace keystroke_frames {

namespace {

using msg::small_change;

namespace flag {
constexpr std::uint8_t has_deps = 1;
constexpr std::uint8_t is_signed = 2;
constexpr std::uint8_t has_heads = 4;
constexpr std::uint8_t exact_time = 8;  // in milliseconds, not in seconds
constexpr std::uint8_t all = 15;
}  // namespace flag

constexpr std::size_t signature_bytes = 64;
constexpr std::int64_t ms_per_second = 1'000;
constexpr std::size_t max_heads = 4'096;

std::int64_t difference(std::uint64_t to, std::uint64_t from) {
  return static_cast<std::int64_t>(to - from);  // modulo 2^64, undone by sum
}
std::uint64_t sum(std::uint64_t from, std::int64_t difference) {
  return from + static_cast<std::uint64_t>(difference);
}
void note(wire_memory::replica& r, std::uint64_t seq) {
  r.next_seq = std::max(r.next_seq, seq + 1);
}

std::size_t common_beginning(byte_view a, byte_view b) {
  const auto end = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first;
  return static_cast<std::size_t>(end - a.begin());
}

class body_writer {
public:
  body_writer(wire_memory& memory, std::uint32_t doc_ref, crdt::byte_writer& out)
      : memory_(memory), doc_ref_(doc_ref), out_(out) {
    out_.varint(doc_ref);
  }

  void operator()(const msg::small_changes& m) {
    for (const small_change& c : m.changes) write(c);
  }
  void operator()(const msg::ack& m) {
    for (const auto& [id, end] : m.seqs) {
      wire_memory::replica& r = name(id);
      out_.zigzag(difference(end, r.next_seq));
      note(r, end - 1);
    }
  }
  void operator()(const msg::presence& m) {
    wire_memory::replica& r = name(m.replica);
    out_.zigzag(std::int64_t{m.clock} - r.clock);
    r.clock = m.clock;
    out_.varint(m.ttl_ms);
    out_.raw(m.payload);
  }

private:
  wire_memory::replica& name(const replica_id& id) {
    if (const auto n = memory_.find(doc_ref_, id)) {
      out_.varint(*n + 1);
      return *memory_.at(doc_ref_, *n);
    }
    out_.varint(0);
    out_.raw(byte_view(id.bytes));
    return memory_.add(doc_ref_, id);
  }

  void write(const small_change& c) {
    const std::int64_t step = difference(static_cast<std::uint64_t>(c.wall_ms),
                                         static_cast<std::uint64_t>(memory_.wall_ms));
    memory_.wall_ms = c.wall_ms;
    const bool exact = step % ms_per_second != 0;
    out_.u8(static_cast<std::uint8_t>(
        (c.deps.empty() ? 0 : flag::has_deps) | (c.signature.empty() ? 0 : flag::is_signed) |
        (c.membership_heads.empty() ? 0 : flag::has_heads) | (exact ? flag::exact_time : 0)));
    wire_memory::replica& own = name(c.self.replica);
    out_.zigzag(difference(c.self.seq, own.next_seq));
    note(own, c.self.seq);
    if (c.author) out_.raw(byte_view(*c.author));
    if (!c.deps.empty()) out_.varint(c.deps.size());
    for (const small_change::name& dep : c.deps) {
      wire_memory::replica& r = name(dep.replica);
      out_.zigzag(difference(r.next_seq - 1, dep.seq));
      note(r, dep.seq);
    }
    out_.zigzag(exact ? step : step / ms_per_second);
    if (!c.membership_heads.empty()) out_.varint(c.membership_heads.size());
    for (const digest16& head : c.membership_heads) out_.raw(byte_view(head));
    out_.raw(c.signature);
    const std::size_t same = common_beginning(memory_.last_body(), c.body);
    out_.varint(same);
    out_.sized(byte_view(c.body).subspan(same));
    memory_.remember_body(c.body);
  }

  wire_memory& memory_;
  std::uint32_t doc_ref_;
  crdt::byte_writer& out_;
};

class body_reader {
public:
  body_reader(byte_view in, wire_memory& memory) : in_(in), memory_(memory) {
    doc_ref_ = static_cast<std::uint32_t>(
        in_.varint_max(std::numeric_limits<std::uint32_t>::max(), "frame: document"));
  }

  crdt::result<message> small_changes() {
    msg::small_changes out;
    out.doc_ref = doc_ref_;
    do {
      if (out.changes.size() == max_small_changes) in_.fail(errc::limit_exceeded, "small changes");
      out.changes.push_back(read());
    } while (!in_.failed() && in_.remaining() > 0);
    return finish(std::move(out));
  }
  crdt::result<message> ack() {
    msg::ack out;
    out.doc_ref = doc_ref_;
    while (!in_.failed() && in_.remaining() > 0) {
      if (out.seqs.size() == max_frame_replicas) in_.fail(errc::limit_exceeded, "ack: replicas");
      wire_memory::replica* r = name();
      if (r == nullptr) break;
      const std::uint64_t end = sum(r->next_seq, in_.zigzag());
      if (end == 0) in_.fail(errc::bad_value, "ack: nothing is acknowledged");
      note(*r, end - 1);
      if (!out.seqs.try_emplace(r->id, end).second) in_.fail(errc::bad_value, "ack: replicas");
    }
    return finish(std::move(out));
  }
  crdt::result<message> presence() {
    msg::presence out;
    out.doc_ref = doc_ref_;
    if (wire_memory::replica* r = name()) {
      out.replica = r->id;
      out.clock = static_cast<std::uint32_t>(sum(r->clock, in_.zigzag()));
      r->clock = out.clock;
    }
    out.ttl_ms = static_cast<std::uint32_t>(
        in_.varint_max(std::numeric_limits<std::uint32_t>::max(), "presence: time to live"));
    if (in_.remaining() > max_presence_bytes) in_.fail(errc::limit_exceeded, "presence: payload");
    const byte_view payload = in_.raw(in_.remaining());
    out.payload.assign(payload.begin(), payload.end());
    return finish(std::move(out));
  }

private:
  using errc = crdt::errc;

  template <class Message>
  crdt::result<message> finish(Message&& m) {
    if (in_.failed()) return in_.failure();
    return message(std::forward<Message>(m));
  }
  template <std::size_t Size>
  std::array<std::uint8_t, Size> array() {
    std::array<std::uint8_t, Size> out{};
    const byte_view raw = in_.raw(Size);
    std::copy(raw.begin(), raw.end(), out.begin());
    return out;
  }

  /// Null after a failure.
  wire_memory::replica* name() {
    const std::uint64_t n = in_.varint();
    if (in_.failed()) return nullptr;
    if (n > 0) {
      wire_memory::replica* known = memory_.at(doc_ref_, n - 1);
      if (known == nullptr) in_.fail(errc::bad_value, "frame: number of a replica");
      return known;
    }
    const replica_id id{array<16>()};
    return in_.failed() ? nullptr : &memory_.add(doc_ref_, id);
  }

  small_change read() {
    small_change out;
    const std::uint8_t flags = in_.u8();
    if ((flags & ~flag::all) != 0) in_.fail(errc::unsupported, "small change: flags");
    wire_memory::replica* own = name();
    if (own == nullptr) return out;
    out.self = {own->id, sum(own->next_seq, in_.zigzag())};
    note(*own, out.self.seq);
    if (out.self.seq == 0) out.author = array<32>();
    if ((flags & flag::has_deps) != 0) read_deps(out);
    read_time(out, (flags & flag::exact_time) != 0);
    if ((flags & flag::has_heads) != 0) read_heads(out);
    if ((flags & flag::is_signed) != 0) {
      const byte_view raw = in_.raw(signature_bytes);
      out.signature.assign(raw.begin(), raw.end());
    }
    const byte_view before = memory_.last_body();
    const auto same =
        static_cast<std::size_t>(in_.varint_max(before.size(), "small change: beginning of body"));
    const byte_view rest = in_.sized(max_small_frame_bytes, "small change: body");
    out.body.assign(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(same));
    out.body.insert(out.body.end(), rest.begin(), rest.end());
    memory_.remember_body(out.body);
    return out;
  }

  void read_deps(small_change& out) {
    const std::size_t count = in_.count(2, "small change: dependencies");
    if (count == 0) in_.fail(errc::not_canonical, "small change: no dependencies");
    if (count > crdt::limits{}.max_parents) {
      in_.fail(errc::limit_exceeded, "small change: dependencies");
    }
    for (std::size_t i = 0; i < count && !in_.failed(); ++i) {
      wire_memory::replica* r = name();
      if (r == nullptr) return;
      const std::uint64_t seq = r->next_seq - 1 - static_cast<std::uint64_t>(in_.zigzag());
      note(*r, seq);
      if (r->id == out.self.replica || (i > 0 && !(out.deps.back().replica < r->id))) {
        in_.fail(errc::not_canonical, "small change: order of dependencies");
      }
      out.deps.push_back({r->id, seq});
    }
  }

  void read_time(small_change& out, bool exact) {
    const auto step = static_cast<std::uint64_t>(in_.zigzag());
    const std::uint64_t scaled = exact ? step : step * static_cast<std::uint64_t>(ms_per_second);
    out.wall_ms = static_cast<std::int64_t>(static_cast<std::uint64_t>(memory_.wall_ms) + scaled);
    memory_.wall_ms = out.wall_ms;
  }

  void read_heads(small_change& out) {
    const std::size_t count = in_.count(16, "small change: membership heads");
    if (count == 0) in_.fail(errc::not_canonical, "small change: no membership heads");
    if (count > max_heads) in_.fail(errc::limit_exceeded, "small change: membership heads");
    for (std::size_t i = 0; i < count && !in_.failed(); ++i) {
      const digest16 head = array<16>();
      if (i > 0 && out.membership_heads.back() >= head) {
        in_.fail(errc::not_canonical, "small change: order of membership heads");
      }
      out.membership_heads.push_back(head);
    }
  }

  crdt::byte_reader in_;
  wire_memory& memory_;
  std::uint32_t doc_ref_ = 0;
};

}  // namespace

frame_kind write(const message& m, wire_memory& memory, crdt::byte_writer& out) {
  if (const auto* changes = std::get_if<msg::small_changes>(&m)) {
    body_writer(memory, changes->doc_ref, out)(*changes);
    return frame_kind::small_changes;
  }
  if (const auto* ack = std::get_if<msg::ack>(&m)) {
    body_writer(memory, ack->doc_ref, out)(*ack);
    return frame_kind::ack;
  }
  if (const auto* presence = std::get_if<msg::presence>(&m)) {
    body_writer(memory, presence->doc_ref, out)(*presence);
    return frame_kind::presence;
  }
  return frame_kind::capnp;
}

crdt::result<message> read(frame_kind kind, byte_view body, wire_memory& memory) {
  body_reader in(body, memory);
  switch (kind) {
    case frame_kind::small_changes:
      return in.small_changes();
    case frame_kind::ack:
      return in.ack();
    case frame_kind::presence:
      return in.presence();
    case frame_kind::capnp:
      break;
  }
  return crdt::unexpected(crdt::errc::unsupported, 0, "frame: kind");
}

}  // namespace keystroke_frames

}  // namespace weft::sync
