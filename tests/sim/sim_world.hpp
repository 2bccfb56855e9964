// SPDX-License-Identifier: MIT
// A deterministic world around the shipped core: peers with stores, a network of byte streams that
// break, a virtual clock. One seed, one history. Promises are checked while it runs:
//
// - what a store holds under (document, replica, seq) is the same change everywhere, for ever;
// - an acknowledgement that a peer keeps is true of the acknowledging store, at once and later;
// - deliveries are durable first, in causal order, and come once;
// - honest peers never refuse each other's messages or set changes aside;
// - the bytes on their way between two peers stay bounded.
#pragma once

#include "sim_app.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <set>

namespace weft::sim {

using sync::doc_id;
using sync::session_id;
using sync::time_point;

/// How bad the network and the disks are. All times in milliseconds.
struct weather {
  std::int64_t latency_min = 1;
  std::int64_t latency_max = 5;
  std::int64_t bytes_per_ms = 10'000;
  unsigned cut_percent = 0;  ///< of sent frames: the stream breaks at a byte of it
  std::int64_t disk_min = 1;
  std::int64_t disk_max = 3;
  unsigned disk_fails_percent = 0;
  unsigned frame_splits_percent = 0;  ///< frames that arrive in two pieces
};

struct peer_plan {
  std::uint32_t defects = 0;
  std::uint16_t proto_max = sync::protocol_max;
  std::size_t batch_bytes = std::size_t{256} << 10U;
  bool rogue = false;  ///< a reader that writes and sends all the same
};

class world;

struct peer {
  std::size_t index = 0;
  peer_plan plan;
  sync::key_pair key = sync::key_pair::from_seed({});
  std::unique_ptr<sync::memory_store> store;
  std::unique_ptr<sync::node_core> core;  ///< null: down
  std::map<doc_id, app_document> apps;
  std::set<doc_id> editable;
  std::map<doc_id, sync::doc_status> status;
  std::map<doc_id, std::optional<sync::sync_error>> joins_done;
  std::map<std::pair<doc_id, crdt::replica_id>, crdt::bytes> seen_presence;
  std::vector<std::string> closes;  ///< why sessions were closed from here
  sync::fx::pins pins;
  std::uint64_t life = 0;  ///< events of an earlier life are void
  time_point wake{0};
  std::size_t commits_failed = 0;
  bool misquoted = false;  ///< bytes arrived as its own that it did not send
};

/// A byte stream between two peers; end 0 dialled.
struct connection {
  struct end {
    std::size_t peer = 0;
    session_id session = 0;
    bool up = false;         ///< that end believes in it
    bool broken = false;     ///< what it sends goes nowhere
    time_point last{0};      ///< arrival of the last bytes sent from here
    std::size_t on_way = 0;  ///< bytes sent from here that have not arrived
    std::size_t unreported = 0;
  };
  std::uint64_t id = 0;
  bool damaged = false;  ///< carried bytes that its sender did not send
  end ends[2];
};

class world {
public:
  explicit world(std::uint64_t seed);

  peer& add_peer(const peer_plan& plan = {});
  [[nodiscard]] peer& at(std::size_t index) { return *peers_[index]; }
  [[nodiscard]] std::size_t size() const { return peers_.size(); }
  [[nodiscard]] time_point now() const { return now_; }
  [[nodiscard]] std::int64_t wall() const { return 1'700'000'000'000 + now_.count(); }

  // Acts of users.
  [[nodiscard]] doc_id create(std::size_t owner);
  void grant(std::size_t owner, const doc_id& document, std::size_t subject, sync::role as);
  [[nodiscard]] sync::join_link invite(std::size_t owner, const doc_id& document, sync::role as,
                                       std::uint32_t max_uses, std::int64_t expires_ms,
                                       std::size_t admitted_by);
  void join(std::size_t who, const sync::join_link& link, std::int64_t timeout_ms = 30'000);
  /// `who` remembers `other`, with an address to dial if `dials`.
  void introduce(std::size_t who, std::size_t other, bool dials);
  void edit(std::size_t who, const doc_id& document);
  void insert(std::size_t who, const doc_id& document, std::string_view text);
  void presence(std::size_t who, const doc_id& document, std::string_view payload);
  void set_online(std::size_t who, bool online);

  // Faults.
  void crash(std::size_t who);
  void start(std::size_t who);
  void block(std::size_t a, std::size_t b, bool blocked);
  [[nodiscard]] bool blocked(std::size_t a, std::size_t b) const;
  /// Breaks a random connection in a random way.
  void break_something();
  void fail_next_commit(std::size_t who);
  /// Bytes that `who` receives on its newest session, as if its peer had sent them.
  void inject(std::size_t who, const crdt::bytes& data);
  /// The next frame that `who` sends arrives with one bit turned.
  void damage_next_frame(std::size_t who, std::uint8_t where);
  /// Takes back all damage that is still to come, and ends the streams that had some: below the
  /// protocol, TLS does not let a byte of a damaged stream through.
  void heal();

  // Time.
  void run_for(std::int64_t ms);
  void at_time(time_point when, std::function<void()> action);
  void step(peer& p, sync::event e);

  [[nodiscard]] std::string text(std::size_t who, const doc_id& document);
  [[nodiscard]] bool connected(std::size_t a, std::size_t b) const;
  [[nodiscard]] sync::doc_status status(std::size_t who, const doc_id& document) const;
  [[nodiscard]] const sync::peer_status* status_of(std::size_t who, const doc_id& document,
                                                   std::size_t other) const;
  /// True when `devices` have the same changes, members and content of the document.
  [[nodiscard]] bool agree(const doc_id& document, const std::vector<std::size_t>& who,
                           std::string* difference = nullptr);
  /// All acknowledgements that anybody keeps, against the stores.
  void check_acks() const;
  void dump(std::ostream& out) const;

  weather sky;
  test::rng random;
  bool honest = true;  ///< then nothing is refused or set aside
  std::size_t frames_sent = 0;
  std::size_t bytes_sent = 0;

private:
  void perform(peer& p, std::vector<sync::effect>& effects);
  void send(peer& p, const sync::fx::send& e);
  void arrive(std::uint64_t connection_id, std::size_t from, crdt::bytes data);
  void close(peer& p, const sync::fx::close& e);
  void dial(peer& p, const sync::fx::dial& e);
  void connect(std::size_t from, std::size_t to, std::uint64_t life,
               const std::optional<sync::join_link>& redeem);
  void commit(peer& p, const sync::fx::commit& e);
  void committed(const peer& p, const sync::store_txn& txn);
  void deliver(peer& p, const sync::fx::deliver& e);
  void end_down(connection& c, std::size_t which, time_point when, sync::close_reason why);
  void break_stream(connection& c);
  void open_app(peer& p, const doc_id& document);
  void seal(peer& p, const doc_id& document);
  [[nodiscard]] std::pair<connection*, std::size_t> find(const peer& p, session_id session);
  [[nodiscard]] peer* find_device(const sync::device_id& device);
  [[nodiscard]] std::int64_t latency();

  std::vector<std::unique_ptr<peer>> peers_;
  std::map<std::uint64_t, connection> connections_;
  std::set<std::pair<std::size_t, std::size_t>> blocked_;
  std::map<std::pair<time_point, std::uint64_t>, std::function<void()>> queue_;
  std::map<std::size_t, std::uint8_t> damage_;
  std::uint64_t next_event_ = 0;
  std::uint64_t next_id_ = 1;
  std::uint64_t next_replica_ = 1;
  time_point now_{1'000};
  /// What was ever durable anywhere.
  std::map<std::tuple<doc_id, crdt::replica_id, std::uint64_t>, sync::change_hash> ever_;
};

}  // namespace weft::sim
