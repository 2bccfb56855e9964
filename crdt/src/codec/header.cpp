// SPDX-License-Identifier: MIT
#include "weft/crdt/document/change.hpp"

#include <algorithm>
#include <limits>

namespace weft::crdt {
namespace {

// Starts every header, and nothing else that Weft hashes: 0xC for changes, 1 for the version.
constexpr std::uint8_t header_format = 0xc1;
constexpr std::size_t salt_bytes = 16;

template <std::size_t Size>
void read_array(byte_reader& in, std::array<std::uint8_t, Size>& out) {
  const byte_view raw = in.raw(Size);
  std::copy(raw.begin(), raw.end(), out.begin());
}

void check(const change_header& h) {
  WEFT_ASSERT(h.prev.has_value() == (h.seq > 0), "every change but the first names the one before");
  WEFT_ASSERT(h.author.has_value() == (h.seq == 0), "the first change names its author, no other");
  WEFT_ASSERT(h.salt.empty() || h.salt.size() == salt_bytes, "a salt has 16 bytes");
  for (std::size_t i = 0; i < h.deps.size(); ++i) {
    WEFT_ASSERT(h.deps[i].replica != h.replica, "prev covers the replica's own past");
    WEFT_ASSERT(i == 0 || h.deps[i - 1].replica < h.deps[i].replica,
                "dependencies ascend, at most one of each replica");
  }
  WEFT_ASSERT(std::adjacent_find(h.membership_heads.begin(), h.membership_heads.end(),
                                 [](const auto& a, const auto& b) { return a >= b; }) ==
                  h.membership_heads.end(),
              "membership heads ascend");
}

void read_deps(byte_reader& in, change_header& h, const limits& bounds) {
  const std::size_t count = in.count(33, "dependencies");
  if (count > bounds.max_parents) {
    in.fail(errc::limit_exceeded, "number of dependencies");
  }
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    change_ref dep;
    read_array(in, dep.replica.bytes);
    dep.seq = in.varint();
    read_array(in, dep.hash);
    if (dep.replica == h.replica || (i != 0 && !(h.deps.back().replica < dep.replica))) {
      in.fail(errc::not_canonical, "order of dependencies");
    }
    h.deps.push_back(dep);
  }
}

void read_heads(byte_reader& in, change_header& h) {
  const std::size_t count = in.count(16, "membership heads");
  if (count > max_membership_heads) {
    in.fail(errc::limit_exceeded, "number of membership heads");
  }
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    digest16 head;
    read_array(in, head);
    if (i != 0 && h.membership_heads.back() >= head) {
      in.fail(errc::not_canonical, "order of membership heads");
    }
    h.membership_heads.push_back(head);
  }
}

}  // namespace

bytes change_header::encode() const {
  check(*this);
  byte_writer out;
  out.u8(header_format);
  out.raw(byte_view{document});
  out.raw(byte_view{replica.bytes});
  out.varint(seq);
  out.raw(byte_view{seq == 0 ? *author : *prev});
  out.varint(deps.size());
  for (const change_ref& dep : deps) {
    out.raw(byte_view{dep.replica.bytes});
    out.varint(dep.seq);
    out.raw(byte_view{dep.hash});
  }
  out.varint(membership_heads.size());
  for (const digest16& head : membership_heads) {
    out.raw(byte_view{head});
  }
  out.varint(first_counter);
  out.varint(op_count);
  out.varint(lamport);
  out.zigzag(wall_ms);
  out.varint(key_epoch);
  out.sized(byte_view{salt});
  out.raw(byte_view{body_digest});
  return out.take();
}

result<change_header> change_header::decode(byte_view bytes_in, const limits& bounds) {
  byte_reader in(bytes_in);
  change_header h;
  if (in.u8() != header_format) {
    in.fail(errc::unsupported, "format of a change header");
  }
  read_array(in, h.document);
  read_array(in, h.replica.bytes);
  h.seq = in.varint();
  read_array(in, h.seq == 0 ? h.author.emplace() : h.prev.emplace());
  read_deps(in, h, bounds);
  read_heads(in, h);
  h.first_counter = static_cast<std::uint32_t>(in.varint_max(max_op_count, "operation counter"));
  h.op_count = static_cast<std::uint32_t>(
      in.varint_max(max_op_count - h.first_counter, "operations of a change"));
  h.lamport = in.varint();
  h.wall_ms = in.zigzag();
  h.key_epoch = static_cast<std::uint32_t>(
      in.varint_max(std::numeric_limits<std::uint32_t>::max(), "key epoch"));
  const byte_view salt = in.sized(salt_bytes, "salt");
  h.salt.assign(salt.begin(), salt.end());
  if (!salt.empty() && salt.size() != salt_bytes) {
    in.fail(errc::malformed, "salt");
  }
  read_array(in, h.body_digest);
  in.expect_end("bytes after a change header");
  if (in.failed()) {
    return in.failure();
  }
  return h;
}

}  // namespace weft::crdt
