// SPDX-License-Identifier: MIT
// The protocol as a pure state machine: events in, effects out.
//
// node_core knows sessions, subscriptions, who has what, membership and presence. It has no socket,
// thread, file, clock or random source: time and entropy come in, bytes and transactions go out, so
// a simulator runs thousands of hostile networks on the shipped code. It reads the store through
// `store_view` and writes by `commit` effects only; nothing is sent, acknowledged or delivered
// before the `stored` event of the commit that holds it.
//
// All per-session state dies with the session: after a reconnect only what the peer states counts.
// Not thread-safe; one event is processed to its end before the next. docs/sync-protocol.md.
#pragma once

#include "weft/sync/crypto.hpp"
#include "weft/sync/link.hpp"
#include "weft/sync/message.hpp"
#include "weft/sync/store.hpp"

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace weft::sync {

using session_id = std::uint64_t;
using txn_id = std::uint64_t;
/// Monotonic, from an arbitrary start.
using time_point = std::chrono::milliseconds;

inline constexpr std::size_t initial_send_room = std::size_t{1} << 20U;
inline constexpr std::size_t max_run_bytes = std::size_t{512} << 10U;

enum class close_reason : std::uint8_t { peer_closed, network, protocol, denied, replaced, local };

namespace ev {
struct session_up {
  session_id session = 0;
  public_key peer{};
  bool dialled = false;
  bool known = true;                ///< false: an unknown key, let in because an invite is open
  std::optional<join_link> redeem;  ///< dialled to redeem this link
};
struct received {
  session_id session = 0;
  bytes data;
};
struct session_down {
  session_id session = 0;
  close_reason why = close_reason::network;
  std::string detail;
};
/// Room in the send buffer; replaces what the core believes. The core begins with
/// `initial_send_room` and takes off each frame it sends; changes, acks and presence wait for room,
/// small control frames do not. A transport reports whenever its buffer has drained by half.
struct writable {
  session_id session = 0;
  std::size_t free_bytes = 0;
};
struct dial_failed {
  device_id device{};
  std::string detail;
};
struct tick {};  ///< the timer asked for by fx::wake fired
struct stored {
  txn_id txn = 0;
};  ///< a commit is durable
struct store_failed {
  txn_id txn = 0;
  sync_error error;
};
/// Sealed by the application's thread, continuing the replica's log without a gap. Each signed run
/// holds at most `max_run_bytes` of bodies, so that it fits a frame.
struct local_changes {
  doc_id document{};
  std::vector<checked_change> changes;
};
struct local_presence {
  doc_id document{};
  replica_id replica{};
  bytes payload;
};
struct create_document {
  doc_id document{};
  std::string title;
  member_entry create;
};
struct local_members {
  doc_id document{};
  std::vector<member_entry> entries;
};  ///< invite, grant: signed here
struct join {
  join_link link;
  member_entry redeem;
  std::int64_t timeout_ms = 30'000;  ///< then join_done reports what kept us
};
struct add_peer {
  stored_peer peer;
};
struct set_online {
  bool online = true;
};  ///< false: close all sessions, stay silent (work offline)
struct shut_down {};
}  // namespace ev

using event =
    std::variant<ev::session_up, ev::received, ev::session_down, ev::writable, ev::dial_failed,
                 ev::tick, ev::stored, ev::store_failed, ev::local_changes, ev::local_presence,
                 ev::create_document, ev::local_members, ev::join, ev::add_peer, ev::set_online,
                 ev::shut_down>;

/// How one document stands towards one device.
struct peer_status {
  device_id device{};
  std::string name;
  bool connected = false;
  std::uint64_t missing_there = 0;  ///< changes that this device has not acknowledged
  std::uint64_t missing_here = 0;   ///< changes it has and we lack, as far as we know
  std::string trouble;              ///< empty, or a sentence (refused, other version, unreachable)
  friend bool operator==(const peer_status&, const peer_status&) = default;
};
struct doc_status {
  doc_id document{};
  std::uint64_t unsaved = 0;  ///< local changes whose commit is not yet durable
  std::uint64_t changes = 0;
  std::vector<peer_status> peers;  ///< members other than this device, by device id
  std::string trouble;             ///< empty, or what is wrong with the store
  friend bool operator==(const doc_status&, const doc_status&) = default;
};

namespace fx {
struct send {
  session_id session = 0;
  bytes frame;
};
/// The core has forgotten the session and has already sent the error frame that tells why: flush
/// what was sent, then close. No event of this session is expected any more.
struct close {
  session_id session = 0;
  close_code code = close_code::none;
  std::string text;
};
struct dial {
  device_id device{};
  std::vector<std::string> addresses;
  std::optional<join_link> redeem;
};
struct commit {
  txn_id txn = 0;
  store_txn data;
};
struct wake {
  time_point at{};
};  ///< send ev::tick at or after this time; replaces the former
/// Durable, checked, in causal order; for the application's document.
struct deliver {
  doc_id document{};
  std::vector<checked_change> changes;
};
/// Local changes up to these sequence numbers are on this disk.
struct saved {
  doc_id document{};
  seq_vector seqs;
};
struct deliver_presence {
  doc_id document{};
  replica_id replica{};
  device_id from{};
  bytes payload;
};  ///< empty: gone
struct status {
  doc_status now;
};  ///< changed; coalesced
struct document_added {
  doc_id document{};
  std::string title;
};  ///< joined, or granted by a peer
struct join_done {
  doc_id document{};
  std::optional<sync_error> error;
};
/// Which keys may connect, and whether an unknown one may try to redeem.
struct pins {
  std::vector<public_key> known;
  bool open_to_invited = false;
};
struct log {
  std::string line;
};  ///< no content, no keys, no links
}  // namespace fx

using effect = std::variant<fx::send, fx::close, fx::dial, fx::commit, fx::wake, fx::deliver,
                            fx::saved, fx::deliver_presence, fx::status, fx::document_added,
                            fx::join_done, fx::pins, fx::log>;

struct core_config {
  std::string name;  ///< told to members
  std::string agent = "weft/0.1.0";
  std::uint8_t node_role = 0;
  std::uint16_t proto_min = protocol_min;  ///< tests speak other ranges
  std::uint16_t proto_max = protocol_max;
  std::vector<std::uint16_t> features;  ///< optional behaviour offered; sorted
  std::size_t batch_bytes = std::size_t{256} << 10U;
  std::uint64_t seed = 0;  ///< for jitter
  /// Mechanisms broken on purpose, to prove that the tests notice (src/protocol/defects.hpp).
  std::uint32_t defects = 0;
};

class node_core {
public:
  /// `device` signs entries; `view` outlives the core and shows every commit before its `stored`.
  node_core(core_config config, key_pair device, const store_view& view);
  ~node_core();
  node_core(const node_core&) = delete;
  node_core& operator=(const node_core&) = delete;

  /// Handles one event. `now` is monotonic, `wall_ms` informational. Effects are appended in order.
  void step(time_point now, std::int64_t wall_ms, event e, std::vector<effect>& out);

  [[nodiscard]] const membership* members(const doc_id& document) const;
  /// Sessions that are open towards that device.
  [[nodiscard]] bool connected(const device_id& device) const;
  [[nodiscard]] std::optional<doc_status> status(const doc_id& document) const;
  /// Whole state as text, for failed seeds. No content.
  void dump(std::ostream& out) const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace weft::sync
