// SPDX-License-Identifier: MIT
// Identities of the sync layer: devices, documents, changes, stores. Plain values.
#pragma once

#include "weft/crdt/bytes.hpp"
#include "weft/crdt/document/change.hpp"
#include "weft/crdt/ids.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace weft::sync {

using crdt::byte_view;
using crdt::bytes;
using crdt::digest16;
using crdt::digest32;
using crdt::replica_id;

/// SHA-256 of a device's public key (its SubjectPublicKeyInfo in DER). Stable for the key's life.
struct device_id {
  digest32 bytes{};
  friend constexpr auto operator<=>(const device_id&, const device_id&) = default;
};

/// SHA-256("weft.doc.v1" + genesis entry). Two creations never collide, the first owner is
/// provable.
struct doc_id {
  digest32 bytes{};
  friend constexpr auto operator<=>(const doc_id&, const doc_id&) = default;
};

/// SHA-256("weft.change.v1" + canonical header); the header holds the body's digest.
using change_hash = digest32;
/// SHA-256("weft.member.v1" + canonical membership entry).
using member_hash = digest32;
/// Random name of one database, replaced on restore, repair or roll-back.
using store_instance = std::array<std::uint8_t, 16>;

/// Number of changes known per replica (exclusive end). No zero is stored.
using seq_vector = std::map<replica_id, std::uint64_t>;

/// Lower-case base32 (RFC 4648 alphabet, no padding): 52 characters for 32 bytes.
[[nodiscard]] std::string to_base32(byte_view in);
/// nullopt for anything that to_base32 would not have written.
[[nodiscard]] std::optional<bytes> from_base32(std::string_view text);

[[nodiscard]] std::string to_string(const device_id& id);
[[nodiscard]] std::string to_string(const doc_id& id);
[[nodiscard]] std::optional<doc_id> parse_doc_id(std::string_view text);
[[nodiscard]] std::optional<device_id> parse_device_id(std::string_view text);

}  // namespace weft::sync
