// SPDX-License-Identifier: MIT
// The canonical bytes of membership entries, their hashes and signatures.
#include "weft/sync/membership.hpp"

#include <algorithm>

namespace weft::sync {

namespace {

constexpr std::uint8_t entry_version = 1;
constexpr std::uint64_t max_parents = 1024;

/// Everything but the signatures.
void write_body(const member_entry& e, crdt::byte_writer& out) {
  out.u8(entry_version);
  out.u8(static_cast<std::uint8_t>(e.kind));
  if (e.kind != entry_kind::create) {
    out.raw(e.document.value_or(doc_id{}).bytes);
    out.varint(e.parents.size());
    for (const member_hash& parent : e.parents) out.raw(parent);
  }
  out.raw(e.author);
  out.zigzag(e.wall_ms);
  switch (e.kind) {
    case entry_kind::create:
      out.raw(e.nonce);
      out.sized(e.name);
      break;
    case entry_kind::invite:
      out.raw(e.invite);
      out.u8(static_cast<std::uint8_t>(e.granted));
      out.varint(e.max_uses);
      out.zigzag(e.expires_ms);
      break;
    case entry_kind::redeem:
      out.raw(e.invite);
      out.sized(e.name);
      break;
    case entry_kind::grant:
      out.raw(e.subject);
      out.u8(static_cast<std::uint8_t>(e.granted));
      out.sized(e.name);
      break;
  }
}

digest32 signed_by_invite(const member_entry& e) {
  crdt::byte_writer out;
  write_body(e, out);
  return sha256_tagged("weft.member.invite.v1", out.view());
}

digest32 signed_by_author(const member_entry& e) {
  crdt::byte_writer out;
  write_body(e, out);
  if (e.kind == entry_kind::redeem) out.sized(e.invite_signature);
  return sha256_tagged("weft.member.sign.v1", out.view());
}

template <std::size_t N>
void read_fixed(crdt::byte_reader& in, std::array<std::uint8_t, N>& to) {
  const byte_view view = in.raw(N);
  if (view.size() == N) std::copy(view.begin(), view.end(), to.begin());
}

role read_role(crdt::byte_reader& in) {
  const std::uint8_t value = in.u8();
  if (value < static_cast<std::uint8_t>(role::relay) ||
      value > static_cast<std::uint8_t>(role::owner)) {
    in.fail(crdt::errc::malformed, "membership entry: role");
    return role::none;
  }
  return static_cast<role>(value);
}

std::uint32_t read_u32(crdt::byte_reader& in) {
  return static_cast<std::uint32_t>(in.varint_max(0xffff'ffffU, "membership entry: number"));
}

std::string read_name(crdt::byte_reader& in) {
  return std::string(crdt::as_chars(in.sized(max_name_bytes, "membership entry: name")));
}

bytes read_signature(crdt::byte_reader& in) {
  const byte_view view = in.sized(64, "membership entry: signature");
  if (view.size() != 64) in.fail(crdt::errc::malformed, "membership entry: signature");
  return {view.begin(), view.end()};
}

void read_parents(crdt::byte_reader& in, member_entry& e) {
  const std::uint64_t count = in.varint_max(max_parents, "membership entry: parents");
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
    member_hash parent{};
    read_fixed(in, parent);
    if (!e.parents.empty() && !(e.parents.back() < parent)) {
      in.fail(crdt::errc::not_canonical, "membership entry: parents");
    }
    e.parents.push_back(parent);
  }
}

void read_fields(crdt::byte_reader& in, member_entry& e) {
  switch (e.kind) {
    case entry_kind::create:
      read_fixed(in, e.nonce);
      e.name = read_name(in);
      break;
    case entry_kind::invite:
      read_fixed(in, e.invite);
      e.granted = read_role(in);
      e.max_uses = read_u32(in);
      e.expires_ms = in.zigzag();
      break;
    case entry_kind::redeem:
      read_fixed(in, e.invite);
      e.name = read_name(in);
      e.invite_signature = read_signature(in);
      break;
    case entry_kind::grant:
      read_fixed(in, e.subject);
      e.granted = read_role(in);
      e.name = read_name(in);
      break;
  }
}

}  // namespace

bytes member_entry::encode() const {
  crdt::byte_writer out;
  write_body(*this, out);
  if (kind == entry_kind::redeem) out.sized(invite_signature);
  out.sized(signature);
  return out.take();
}

crdt::result<member_entry> member_entry::decode(byte_view in) {
  crdt::byte_reader reader(in);
  member_entry e;
  if (reader.u8() != entry_version && !reader.failed()) {
    reader.fail(crdt::errc::unsupported, "membership entry: version");
  }
  const std::uint8_t kind = reader.u8();
  if (!reader.failed() && (kind < 1 || kind > 4)) {
    reader.fail(crdt::errc::unsupported, "membership entry: kind");
  }
  if (reader.failed()) return reader.failure();
  e.kind = static_cast<entry_kind>(kind);
  if (e.kind != entry_kind::create) {
    e.document.emplace();
    read_fixed(reader, e.document->bytes);
    read_parents(reader, e);
  }
  read_fixed(reader, e.author);
  e.wall_ms = reader.zigzag();
  if (!reader.failed()) read_fields(reader, e);
  e.signature = read_signature(reader);
  reader.expect_end("membership entry: bytes after its end");
  if (reader.failed()) return reader.failure();
  return e;
}

member_hash member_entry::hash() const {
  return sha256_tagged("weft.member.v1", encode());
}

void member_entry::sign(const key_pair& device, const key_pair* invite_key) {
  WEFT_ASSERT(device.public_part() == author, "a membership entry is signed by its author");
  WEFT_ASSERT((invite_key != nullptr) == (kind == entry_kind::redeem),
              "a redemption, and nothing else, is signed by the invite key too");
  if (invite_key != nullptr) {
    WEFT_ASSERT(invite_key->public_part() == invite, "the invite key is the one that is named");
    const auto by_invite = invite_key->sign(signed_by_invite(*this));
    invite_signature.assign(by_invite.begin(), by_invite.end());
  }
  const auto by_author = device.sign(signed_by_author(*this));
  signature.assign(by_author.begin(), by_author.end());
}

bool member_entry::well_signed() const {
  if (name.size() > max_name_bytes || parents.size() > max_parents) return false;
  if (!std::is_sorted(parents.begin(), parents.end())) return false;
  if (std::adjacent_find(parents.begin(), parents.end()) != parents.end()) return false;
  if (kind == entry_kind::create ? document.has_value() || !parents.empty() : !document) {
    return false;
  }
  const bool gives = kind == entry_kind::invite || kind == entry_kind::grant;
  if (gives && (granted < role::relay || granted > role::owner)) return false;
  if (signature.size() != 64) return false;
  if (kind == entry_kind::redeem && (invite_signature.size() != 64 ||
                                     !verify(invite, signed_by_invite(*this), invite_signature))) {
    return false;
  }
  return verify(author, signed_by_author(*this), signature);
}

doc_id document_of(const member_entry& create) {
  WEFT_ASSERT(create.kind == entry_kind::create, "a document is founded by a create entry");
  return {sha256_tagged("weft.doc.v1", create.encode())};
}

}  // namespace weft::sync
