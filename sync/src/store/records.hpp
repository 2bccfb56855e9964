// SPDX-License-Identifier: MIT
// The bytes of rows: small records (documents, heads, peers, ...), change rows and packs.
//
// Integers are varints, sequences carry their length. Decoders are total: rows passed a checksum,
// but a file may also have been forged. docs/internals/store.md has the layouts. Pure functions.
#pragma once

#include "weft/sync/sealed.hpp"
#include "weft/sync/store.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace weft::sync::detail {

using nonce16 = std::array<std::uint8_t, 16>;

/// Upper part of a record's id; the lower 48 bits count within the kind. Never renumbered.
enum class record_kind : std::uint8_t {
  store = 0,
  document = 1,
  replica = 2,
  member = 3,
  ack = 4,
  peer = 5,
  quarantine = 6,
  blob = 7,
  own_replica = 8,
  pack = 9,
};
inline constexpr std::size_t record_kinds = 10;

[[nodiscard]] constexpr std::int64_t record_id(record_kind kind, std::uint64_t n) noexcept {
  return static_cast<std::int64_t>((std::uint64_t{static_cast<std::uint8_t>(kind)} << 48U) | n);
}

/// Number of a document in this store, from 1. Upper part of the ids of its changes and packs.
using doc_number = std::uint32_t;
inline constexpr doc_number max_doc_number = (doc_number{1} << 22U) - 1;
inline constexpr std::uint64_t max_lsn = (std::uint64_t{1} << 40U) - 1;

[[nodiscard]] constexpr std::int64_t change_id(doc_number document, std::uint64_t lsn) noexcept {
  return static_cast<std::int64_t>((std::uint64_t{document} << 40U) | lsn);
}
[[nodiscard]] constexpr std::uint64_t lsn_of(std::int64_t change_row) noexcept {
  return static_cast<std::uint64_t>(change_row) & max_lsn;
}

struct store_record {
  store_instance instance{};
  nonce16 run{};
  /// Own replica ids with smaller record numbers are never written as again: something happened
  /// since that may have lost changes of theirs.
  std::uint64_t reusable_from = 0;
};
struct document_record {
  doc_number number = 0;
  stored_doc doc;
};
struct replica_record {
  doc_number document = 0;
  replica_head head;
};
struct member_record {
  doc_number document = 0;
  bytes entry;
};
struct ack_record {
  doc_number document = 0;
  device_id device{};
  seq_vector seqs;
};
struct blob_record {
  std::string key;
  bytes value;
};
struct own_record {
  doc_number document = 0;
  replica_id replica{};
};
struct pack_record {
  doc_number document = 0;
  std::uint64_t first_lsn = 0;  ///< also names the row of table pack
  std::uint64_t last_lsn = 0;
  std::uint64_t changes = 0;
  std::uint64_t body_bytes = 0;
};

[[nodiscard]] bytes encode(const store_record& r);
[[nodiscard]] bytes encode(const document_record& r);
[[nodiscard]] bytes encode(const replica_record& r);
[[nodiscard]] bytes encode(const member_record& r);
[[nodiscard]] bytes encode(const ack_record& r);
[[nodiscard]] bytes encode(const stored_peer& r);
[[nodiscard]] bytes encode(const store_txn::quarantined& r);
[[nodiscard]] bytes encode(const blob_record& r);
[[nodiscard]] bytes encode(const own_record& r);
[[nodiscard]] bytes encode(const pack_record& r);

/// Each gives nullopt for bytes that encode() would not have written.
[[nodiscard]] std::optional<store_record> decode_store(byte_view in);
[[nodiscard]] std::optional<document_record> decode_document(byte_view in);
[[nodiscard]] std::optional<replica_record> decode_replica(byte_view in);
[[nodiscard]] std::optional<member_record> decode_member(byte_view in);
[[nodiscard]] std::optional<ack_record> decode_ack(byte_view in);
[[nodiscard]] std::optional<stored_peer> decode_peer(byte_view in);
[[nodiscard]] std::optional<blob_record> decode_blob(byte_view in);
[[nodiscard]] std::optional<own_record> decode_own(byte_view in);
[[nodiscard]] std::optional<pack_record> decode_pack_record(byte_view in);

/// A change with its place in the order of arrival.
struct stored_change {
  std::uint64_t lsn = 0;
  change_hash hash{};
  sealed_change sealed;
};
[[nodiscard]] change_meta meta_of(const stored_change& c);

[[nodiscard]] bytes encode_change_row(const sealed_change& c);
[[nodiscard]] std::optional<stored_change> decode_change_row(std::uint64_t lsn, byte_view in);

/// One row of table pack: the lsns as runs, then a block of the engine. Signatures inside of a
/// replica's run are left out. Pre: lsns ascend; the last change of each replica is signed.
[[nodiscard]] bytes encode_pack(std::span<const stored_change> changes);
/// `lookup` knows the changes of earlier packs.
[[nodiscard]] crdt::result<std::vector<stored_change>> decode_pack(byte_view in,
                                                                   const change_lookup& lookup);
/// What encode_pack keeps: the changes without their inner signatures.
void drop_inner_signatures(std::span<stored_change> changes);

}  // namespace weft::sync::detail
