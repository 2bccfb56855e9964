// SPDX-License-Identifier: MIT
#include "store/records.hpp"

#include "store/get_array.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace weft::sync::detail {

namespace {

// zstd at this level packs a whole document history in well under a second; higher ones gain
// nothing on columns.
constexpr int pack_level = 12;
constexpr std::size_t max_text_bytes = std::size_t{1} << 20U;
constexpr std::uint64_t max_list = std::uint64_t{1} << 20U;

std::string get_text(crdt::byte_reader& in) {
  return std::string(crdt::as_chars(in.sized(max_text_bytes, "text")));
}

bytes get_bytes(crdt::byte_reader& in) {
  const byte_view view = in.sized(in.remaining(), "bytes");
  return {view.begin(), view.end()};
}

template <class T>
std::optional<T> finish(crdt::byte_reader& in, T&& value) {
  in.expect_end("record");
  if (in.failed()) return std::nullopt;
  return std::forward<T>(value);
}

doc_number get_number(crdt::byte_reader& in) {
  return static_cast<doc_number>(in.varint_max(max_doc_number, "document number"));
}

}  // namespace

bytes encode(const store_record& r) {
  crdt::byte_writer out;
  out.raw(r.instance);
  out.raw(r.run);
  out.varint(r.reusable_from);
  return out.take();
}

std::optional<store_record> decode_store(byte_view data) {
  crdt::byte_reader in(data);
  store_record r;
  get_array(in, r.instance);
  get_array(in, r.run);
  r.reusable_from = in.varint();
  return finish(in, std::move(r));
}

bytes encode(const document_record& r) {
  crdt::byte_writer out;
  out.varint(r.number);
  out.raw(r.doc.id.bytes);
  out.sized(r.doc.title);
  out.varint(r.doc.change_count);
  out.varint(r.doc.last_lsn);
  out.raw(r.doc.log_digest);
  return out.take();
}

std::optional<document_record> decode_document(byte_view data) {
  crdt::byte_reader in(data);
  document_record r;
  r.number = get_number(in);
  get_array(in, r.doc.id.bytes);
  r.doc.title = get_text(in);
  r.doc.change_count = in.varint();
  r.doc.last_lsn = in.varint_max(max_lsn, "lsn");
  get_array(in, r.doc.log_digest);
  return finish(in, std::move(r));
}

bytes encode(const replica_record& r) {
  crdt::byte_writer out;
  out.varint(r.document);
  const change_meta& m = r.head.last;
  out.raw(m.replica.bytes);
  out.varint(m.seq);
  out.raw(m.hash);
  out.varint(m.first_counter);
  out.varint(m.op_count);
  out.varint(m.lamport);
  out.raw(r.head.author);
  out.varint(r.head.membership_heads.size());
  for (const digest16& h : r.head.membership_heads) out.raw(h);
  return out.take();
}

std::optional<replica_record> decode_replica(byte_view data) {
  crdt::byte_reader in(data);
  replica_record r;
  r.document = get_number(in);
  change_meta& m = r.head.last;
  get_array(in, m.replica.bytes);
  m.seq = in.varint();
  get_array(in, m.hash);
  m.first_counter = static_cast<std::uint32_t>(in.varint_max(crdt::max_op_count, "counter"));
  m.op_count = static_cast<std::uint32_t>(in.varint_max(crdt::max_op_count, "count"));
  m.lamport = in.varint();
  get_array(in, r.head.author);
  r.head.membership_heads.resize(in.count(16, "membership heads"));
  for (digest16& h : r.head.membership_heads) get_array(in, h);
  return finish(in, std::move(r));
}

bytes encode(const member_record& r) {
  crdt::byte_writer out;
  out.varint(r.document);
  out.sized(r.entry);
  return out.take();
}

std::optional<member_record> decode_member(byte_view data) {
  crdt::byte_reader in(data);
  member_record r;
  r.document = get_number(in);
  r.entry = get_bytes(in);
  return finish(in, std::move(r));
}

bytes encode(const ack_record& r) {
  crdt::byte_writer out;
  out.varint(r.document);
  out.raw(r.device.bytes);
  out.varint(r.seqs.size());
  for (const auto& [replica, count] : r.seqs) {
    out.raw(replica.bytes);
    out.varint(count);
  }
  return out.take();
}

std::optional<ack_record> decode_ack(byte_view data) {
  crdt::byte_reader in(data);
  ack_record r;
  r.document = get_number(in);
  get_array(in, r.device.bytes);
  const std::size_t count = in.count(17, "acknowledged replicas");
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    replica_id replica;
    get_array(in, replica.bytes);
    r.seqs[replica] = in.varint();
  }
  return finish(in, std::move(r));
}

bytes encode(const stored_peer& r) {
  crdt::byte_writer out;
  out.raw(r.key);
  out.sized(r.name);
  out.zigzag(r.last_seen_ms);
  out.varint(r.addresses.size());
  for (const std::string& a : r.addresses) out.sized(a);
  return out.take();
}

std::optional<stored_peer> decode_peer(byte_view data) {
  crdt::byte_reader in(data);
  stored_peer r;
  get_array(in, r.key);
  r.name = get_text(in);
  r.last_seen_ms = in.zigzag();
  const std::size_t count = in.count(1, "addresses");
  for (std::size_t i = 0; i < count && !in.failed(); ++i) r.addresses.push_back(get_text(in));
  return finish(in, std::move(r));
}

bytes encode(const store_txn::quarantined& r) {
  crdt::byte_writer out;
  out.raw(r.document.bytes);
  out.raw(r.from.bytes);
  out.sized(r.reason);
  out.sized(r.data);
  return out.take();
}

bytes encode(const blob_record& r) {
  crdt::byte_writer out;
  out.sized(r.key);
  out.sized(r.value);
  return out.take();
}

std::optional<blob_record> decode_blob(byte_view data) {
  crdt::byte_reader in(data);
  blob_record r;
  r.key = get_text(in);
  r.value = get_bytes(in);
  return finish(in, std::move(r));
}

bytes encode(const own_record& r) {
  crdt::byte_writer out;
  out.varint(r.document);
  out.raw(r.replica.bytes);
  return out.take();
}

std::optional<own_record> decode_own(byte_view data) {
  crdt::byte_reader in(data);
  own_record r;
  r.document = get_number(in);
  get_array(in, r.replica.bytes);
  return finish(in, std::move(r));
}

bytes encode(const pack_record& r) {
  crdt::byte_writer out;
  out.varint(r.document);
  out.varint(r.first_lsn);
  out.varint(r.last_lsn);
  out.varint(r.changes);
  out.varint(r.body_bytes);
  return out.take();
}

std::optional<pack_record> decode_pack_record(byte_view data) {
  crdt::byte_reader in(data);
  pack_record r;
  r.document = get_number(in);
  r.first_lsn = in.varint_max(max_lsn, "lsn");
  r.last_lsn = in.varint_max(max_lsn, "lsn");
  r.changes = in.varint();
  r.body_bytes = in.varint();
  return finish(in, std::move(r));
}

change_meta meta_of(const stored_change& c) {
  const change_header& h = c.sealed.header;
  return {h.replica, h.seq, c.hash, h.first_counter, h.op_count, h.lamport};
}

bytes encode_change_row(const sealed_change& c) {
  crdt::byte_writer out;
  out.sized(c.header.encode());
  out.sized(c.body);
  out.sized(c.signature);
  return out.take();
}

std::optional<stored_change> decode_change_row(std::uint64_t lsn, byte_view data) {
  crdt::byte_reader in(data);
  const byte_view header_bytes = in.sized(in.remaining(), "header");
  stored_change c;
  c.lsn = lsn;
  c.sealed.body = get_bytes(in);
  c.sealed.signature = get_bytes(in);
  in.expect_end("change row");
  if (in.failed()) return std::nullopt;
  auto header = change_header::decode(header_bytes);
  if (!header) return std::nullopt;
  c.sealed.header = *std::move(header);
  c.hash = hash_of_bytes(header_bytes);
  return c;
}

void drop_inner_signatures(std::span<stored_change> changes) {
  std::set<replica_id> ended;
  for (auto c = changes.rbegin(); c != changes.rend(); ++c) {
    if (!ended.insert(c->sealed.header.replica).second) c->sealed.signature.clear();
  }
}

bytes encode_pack(std::span<const stored_change> changes) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> runs;  // first lsn, length
  std::vector<sealed_change> plain;
  plain.reserve(changes.size());
  for (const stored_change& c : changes) {
    if (runs.empty() || runs.back().first + runs.back().second != c.lsn) {
      runs.emplace_back(c.lsn, 0);
    }
    ++runs.back().second;
    plain.push_back(c.sealed);
  }
  crdt::byte_writer out;
  out.varint(runs.size());
  std::uint64_t at = 0;
  for (const auto& [first, length] : runs) {
    out.varint(first - at);
    out.varint(length);
    at = first + length;
  }
  out.raw(crdt::encode_block(plain, pack_level));
  return out.take();
}

namespace {

/// The hash of each change. The next one of the same replica names it.
std::vector<change_hash> hashes_of(const std::vector<sealed_change>& changes) {
  std::vector<change_hash> out(changes.size());
  std::map<replica_id, const change_header*> next;
  for (std::size_t i = changes.size(); i-- > 0;) {
    const change_header& h = changes[i].header;
    const change_header*& after = next[h.replica];
    out[i] = after != nullptr && after->seq == h.seq + 1 ? *after->prev : hash_of(h);
    after = &h;
  }
  return out;
}

}  // namespace

crdt::result<std::vector<stored_change>> decode_pack(byte_view data, const change_lookup& lookup) {
  crdt::byte_reader in(data);
  const std::size_t runs = in.count(2, "lsn runs");
  std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
  std::uint64_t at = 0;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < runs && !in.failed(); ++i) {
    const std::uint64_t first = at + in.varint_max(max_lsn, "lsn");
    const std::uint64_t length = in.varint_max(max_list, "lsn run");
    places.emplace_back(first, length);
    at = first + length;
    total += length;
  }
  if (in.failed()) return in.failure();
  const std::uint64_t block_at = in.offset();
  auto plain = open_block(in.raw(in.remaining()), lookup);
  if (!plain) return crdt::unexpected(plain.error());
  if (plain->size() != total) {
    return crdt::unexpected(crdt::errc::malformed, block_at, "number of changes in a pack");
  }
  const std::vector<change_hash> hashes = hashes_of(*plain);
  std::vector<stored_change> out;
  out.reserve(plain->size());
  for (const auto& [first, length] : places) {
    for (std::uint64_t lsn = first; lsn < first + length; ++lsn) {
      const std::size_t i = out.size();
      out.push_back({lsn, hashes[i], std::move((*plain)[i])});
    }
  }
  return out;
}

}  // namespace weft::sync::detail
