// SPDX-License-Identifier: MIT
// The closed set of messages as plain, validated values; wire.hpp turns them into bytes and back.
#pragma once

#include "weft/sync/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace weft::sync {

inline constexpr std::uint16_t protocol_min = 1;
inline constexpr std::uint16_t protocol_max = 1;

/// Codes of error messages; numbers are part of the protocol.
enum class close_code : std::uint16_t {
  none = 0,
  protocol = 1,
  version = 2,
  unsupported = 3,
  denied = 4,
  limit = 5,
  busy = 6,
  shutting_down = 7,
  store_failed = 8,
  quota = 9,
  invite_used = 10,
  invite_expired = 11,
  invite_unknown = 12,
  penalty = 13,
  clone = 14,
  internal = 15,
};

namespace msg {

struct hello {
  std::uint16_t proto_min = protocol_min;
  std::uint16_t proto_max = protocol_max;
  std::vector<std::uint16_t> features;  ///< sorted
  std::string agent;                    ///< <= 64 bytes, for logs
  store_instance instance{};
  std::int64_t wall_ms = 0;
  std::uint8_t node_role = 0;  ///< 0 device, 1 node
  std::string name;            ///< <= 64 bytes
  std::uint32_t max_frame = 0;
  friend bool operator==(const hello&, const hello&) = default;
};
struct ready {
  std::uint16_t proto = 1;
  std::vector<std::uint16_t> features;
  friend bool operator==(const ready&, const ready&) = default;
};
struct ping {
  std::uint64_t token = 0;
  friend bool operator==(const ping&, const ping&) = default;
};
struct pong {
  std::uint64_t token = 0;
  friend bool operator==(const pong&, const pong&) = default;
};
struct error {
  close_code code = close_code::none;
  std::string text;  ///< <= 200 bytes
  std::uint32_t retry_ms = 0;
  std::uint32_t doc_ref = 0;
  bool fatal = false;
  friend bool operator==(const error&, const error&) = default;
};
/// `doc_ref` is chosen by the sender of subscribe; each side has its own numbers.
struct subscribe {
  std::uint32_t doc_ref = 0;
  doc_id document{};
  seq_vector have;
  digest32 member_digest{};
  friend bool operator==(const subscribe&, const subscribe&) = default;
};
struct subscribed {
  std::uint32_t doc_ref = 0;  ///< of the subscribe answered
  std::uint8_t status = 0;    ///< 0 ok, 1 denied or unknown (one answer, no probing)
  friend bool operator==(const subscribed&, const subscribed&) = default;
};
/// Full durable version vector of the sender; resets what the receiver believes it has.
struct have {
  std::uint32_t doc_ref = 0;  ///< of the sender's subscribe
  seq_vector seqs;
  friend bool operator==(const have&, const have&) = default;
};
/// `doc_ref` in the messages below is the *receiver's* number (the one of its subscribe).
struct changes {
  std::uint32_t doc_ref = 0;
  bytes block;  ///< crdt::encode_block
  friend bool operator==(const changes&, const changes&) = default;
};
/// A change as far as a receiver cannot work it out: counters, lamport, hashes and digests follow
/// from the changes that it names, which the receiver has or lacks.
struct small_change {
  struct name {
    replica_id replica{};
    std::uint64_t seq = 0;
    friend bool operator==(const name&, const name&) = default;
  };
  name self;
  std::optional<digest32> author;  ///< present iff seq is 0
  std::vector<name> deps;          ///< replicas ascend, never the own one
  std::vector<digest16> membership_heads;
  std::int64_t wall_ms = 0;
  bytes body;
  bytes signature;  ///< 0 or 64 bytes
  friend bool operator==(const small_change&, const small_change&) = default;
};
/// The same as `changes`, for a few keystrokes.
struct small_changes {
  std::uint32_t doc_ref = 0;
  std::vector<small_change> changes;  ///< 1 to max_small_changes, in causal order
  friend bool operator==(const small_changes&, const small_changes&) = default;
};
struct ack {  ///< stored: fsynced by this device. Only what moved
  std::uint32_t doc_ref = 0;
  seq_vector seqs;
  friend bool operator==(const ack&, const ack&) = default;
};
struct members {
  std::uint32_t doc_ref = 0;
  std::vector<bytes> entries;
  friend bool operator==(const members&, const members&) = default;
};
struct presence {
  std::uint32_t doc_ref = 0;
  replica_id replica{};
  std::uint32_t clock = 0;
  std::uint32_t ttl_ms = 0;
  bytes payload;  ///< <= 4 KiB; empty: left
  friend bool operator==(const presence&, const presence&) = default;
};
struct invite_use {
  doc_id document{};
  bytes entry;  ///< the redeem entry
  friend bool operator==(const invite_use&, const invite_use&) = default;
};
/// A body this program does not know. `critical` asks for a refusal.
struct unknown {
  std::uint16_t ordinal = 0;
  bool critical = false;
  friend bool operator==(const unknown&, const unknown&) = default;
};

}  // namespace msg

using message =
    std::variant<msg::hello, msg::ready, msg::ping, msg::pong, msg::error, msg::subscribe,
                 msg::subscribed, msg::have, msg::changes, msg::ack, msg::members, msg::presence,
                 msg::invite_use, msg::unknown, msg::small_changes>;

}  // namespace weft::sync
