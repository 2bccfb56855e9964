// SPDX-License-Identifier: MIT
// The state of node_core, and its parts by file: core.cpp (events, timers), commits.cpp (the way to
// the store and back), sessions.cpp (opening, silence, duplicates), dialling.cpp, subscriptions.cpp
// (who gets which document, membership), replication.cpp (changes and acks), joining.cpp,
// presence.cpp, status.cpp.
//
// Rules that keep it simple. A session is never erased while events are handled: it is doomed, and
// reaped at the end of the step. At most one commit is on its way; whatever comes meanwhile gathers
// in `next_`, which is the group commit. All containers that a peer can fill have a bound here.
#pragma once

#include "protocol/defects.hpp"
#include "weft/sync/core.hpp"
#include "weft/sync/wire.hpp"

#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace weft::sync::protocol {

namespace limit {
inline constexpr time_point opening{10'000};
inline constexpr time_point pairing{30'000};
inline constexpr time_point ping_after{15'000};
inline constexpr time_point dead_after{45'000};
inline constexpr time_point probe{5'000};
inline constexpr time_point dial{30'000};
inline constexpr time_point backoff_base{500};
inline constexpr time_point backoff_cap{10'000};
inline constexpr time_point refused_cap{60'000};  ///< after a refusal: version, denied, clone
inline constexpr time_point backoff_reset{60'000};
inline constexpr time_point ack_flush{200};
inline constexpr time_point store_retry{5'000};
inline constexpr time_point presence_refresh{5'000};
inline constexpr std::uint32_t presence_ttl_ms = 15'000;
inline constexpr std::uint32_t presence_max_ttl_ms = 30'000;
inline constexpr time_point never{std::numeric_limits<time_point::rep>::max()};

inline constexpr std::size_t sessions = 4'096;
inline constexpr std::size_t unknown_sessions = 16;
inline constexpr std::size_t subscriptions = 16'384;  ///< of one session
inline constexpr std::size_t unproven = 64;           ///< of those, not known to be allowed
inline constexpr std::size_t member_entries = 4'096;  ///< of one document
inline constexpr unsigned implausible_entries = 64;   ///< of one session
inline constexpr std::size_t window_bytes = std::size_t{2} << 20U;      ///< sent, not acknowledged
inline constexpr std::size_t pending_bytes = std::size_t{8} << 20U;     ///< foreign, not yet stored
inline constexpr std::size_t unread_bytes = std::size_t{8} << 20U;      ///< sent beyond all room
inline constexpr std::uint64_t block_bytes = std::uint64_t{16} << 20U;  ///< one block, unpacked
inline constexpr std::size_t vector_entries = 2'097'152;  ///< told in all subscribes of a session
inline constexpr unsigned restarts = 5;                   ///< of one document without progress
inline constexpr std::size_t quarantine_bytes = std::size_t{64} << 10U;  ///< of one entry
inline constexpr unsigned quarantine_entries = 256;                      ///< of one run
inline constexpr std::size_t presences = 256;                            ///< of one document
inline constexpr unsigned invite_uses = 3;                               ///< of one session
inline constexpr double frames_per_second = 2'000;
inline constexpr double frame_burst = 20'000;
inline constexpr double presences_per_second = 200;
inline constexpr double presence_burst = 1'000;
}  // namespace limit

/// Refilled with time, emptied by use.
class token_bucket {
public:
  token_bucket(double per_second, double burst)
      : per_second_(per_second), burst_(burst), level_(burst) {}
  bool take(time_point now);

private:
  double per_second_;
  double burst_;
  double level_;
  time_point at_{0};
};

/// One document on one session.
struct subscription {
  doc_id document{};
  std::uint32_t mine = 0;    ///< our number; 0: we have not subscribed
  std::uint32_t theirs = 0;  ///< theirs; 0: they have not
  bool accepted = false;     ///< we answered theirs with "ok"
  bool unproven = false;     ///< ours says nothing of what we have: it asks for a proof
  bool refused = false;      ///< they will not take more changes until membership moves
  bool starved = false;      ///< we dropped changes for want of room
  bool members_due = false;  ///< they asked with another digest and have not got our entries
  digest32 their_digest{};
  seq_vector they_have;  ///< durable there: stated, acknowledged, or sent by them
  seq_vector sent;       ///< offered to them in this session
  seq_vector told;       ///< what they know that we have
  struct batch {
    seq_vector upto;
    std::size_t size = 0;
  };
  std::deque<batch> window;           ///< sent and not acknowledged
  unsigned restarts = 0;              ///< times that we asked them to start again, without progress
  unsigned resets = 0;                ///< times that they asked us
  std::uint64_t restart_token = 0;    ///< until its pong, what arrives may be from before
  std::unique_ptr<membership> proof;  ///< entries of a document that we do not have
};

struct session {
  session_id id = 0;
  public_key key{};
  device_id device{};
  bool dialled = false;
  bool known = true;
  std::optional<join_link> redeem;
  bool open = false;
  bool hello_sent = false;
  bool ready_sent = false;
  std::optional<msg::hello> hello;
  bool ready_seen = false;
  session_id probed_for = 0;  ///< not 0: waits until that older session has proven dead or alive
  std::uint64_t probe_token = 0;
  bool probe_answered = false;
  time_point probe_until{0};
  std::uint16_t proto = 0;
  std::vector<std::uint16_t> features;  ///< of both
  time_point up_at{0};
  time_point opened_at{0};
  time_point last_sent{0};
  time_point last_received{0};
  std::int64_t room = static_cast<std::int64_t>(initial_send_room);
  std::size_t in_flight = 0;
  frame_splitter in;
  frame_writer out;
  std::map<doc_id, subscription> subs;
  std::map<std::uint32_t, doc_id> by_mine;
  std::map<std::uint32_t, doc_id> by_theirs;
  std::uint32_t next_ref = 1;
  std::set<doc_id> dirty;  ///< documents with something to send, as far as we know
  doc_id last_pumped{};
  unsigned implausible = 0;
  std::size_t vector_entries = 0;
  unsigned invite_uses = 0;
  token_bucket frames{limit::frames_per_second, limit::frame_burst};
  token_bucket presences{limit::presences_per_second, limit::presence_burst};
  struct end {
    close_code code = close_code::none;
    std::string text;
    close_reason why = close_reason::local;
  };
  std::optional<end> doomed;
};

struct presence_state {
  bytes payload;  ///< empty: over, remembered for a moment
  std::uint32_t clock = 0;
  bool local = false;
  session_id via = 0;
  device_id from{};
  time_point expires{0};  ///< local: when to refresh
};

struct document_state {
  doc_id id{};
  bool stored = false;  ///< the commit that founds or admits it is durable
  membership members;
  std::set<member_hash> unsaved_members;
  seq_vector heads;  ///< durable
  std::uint64_t unsaved = 0;
  // Accepted, not durable yet: found before the store is asked.
  std::map<std::pair<replica_id, std::uint64_t>, change_meta> pending;
  std::map<crdt::op_id, change_meta> pending_ops;
  std::map<replica_id, replica_head> pending_heads;
  std::map<device_id, seq_vector> acks;  ///< of members, for changes that we hold
  std::map<replica_id, presence_state> presence;
  std::optional<doc_status> reported;
};

/// What gathers for the next commit. Changes of others are dropped when a commit fails: they can be
/// had again from their peers.
struct work {
  struct new_document {
    store_txn::new_document row;
    bool joined = false;
  };
  struct new_members {
    store_txn::new_members row;
    session_id from = 0;
    session_id admits = 0;
  };
  struct new_changes {
    store_txn::new_changes row;
    bool local = false;
    session_id from = 0;
  };
  std::vector<new_document> documents;
  std::vector<new_members> members;
  std::vector<new_changes> changes;
  std::vector<store_txn::peer_ack> acks;
  std::vector<stored_peer> peers;
  std::vector<store_txn::quarantined> quarantine;
  std::size_t foreign_bytes = 0;
  bool urgent = false;  ///< more than acks, which may wait a moment

  [[nodiscard]] bool empty() const;
  [[nodiscard]] store_txn txn() const;
};

struct dialler {
  device_id device{};
  std::vector<std::string> addresses;
  unsigned failures = 0;
  time_point next_at{0};
  bool dialling = false;
  time_point dialled_at{0};
};

struct joining {
  join_link link;
  member_entry redeem;
  time_point give_up{0};
  std::string trouble;
  bool admitted = false;  ///< the document is on its way to the store
};

}  // namespace weft::sync::protocol

namespace weft::sync {

using namespace protocol;

struct node_core::state {
  state(core_config config, key_pair device, const store_view& view);

  // core.cpp
  void step(time_point now, std::int64_t wall_ms, event e, std::vector<effect>& out);
  void handle(ev::session_up& e);
  void handle(ev::received& e);
  void handle(ev::session_down& e);
  void note_turned_away(const join_link& link);
  void handle(ev::writable& e);
  void handle(ev::dial_failed& e);
  void handle(ev::tick& e);
  void handle(ev::stored& e);
  void handle(ev::store_failed& e);
  void handle(ev::local_changes& e);
  void handle(ev::local_presence& e);
  void handle(ev::create_document& e);
  void handle(ev::local_members& e);
  void handle(ev::join& e);
  void handle(ev::add_peer& e);
  void handle(ev::set_online& e);
  void handle(ev::shut_down& e);
  void wake_by(time_point at) { wake_at_ = std::min(wake_at_, at); }
  void run_timers();
  [[nodiscard]] std::uint64_t random();
  [[nodiscard]] bool broken(std::uint32_t defect) const { return (config_.defects & defect) != 0; }
  void log(std::string line);

  // sessions.cpp
  [[nodiscard]] session* find_session(session_id id);
  [[nodiscard]] std::vector<session*> live_sessions();
  /// Gives the size of the frame.
  std::size_t send(session& s, const message& m);
  void doom(session& s, close_code code, std::string text, close_reason why = close_reason::local);
  void reap();
  void forget_session(session& s, close_reason why);
  void begin_session(session& s);
  void send_hello(session& s);
  void answer_hello(session& s);
  void meet_duplicate(session& s);
  void settle_duplicate(session& s, bool old_alive);
  void try_open(session& s);
  void run_session_timers(session& s);
  void run_opening_timers(session& s);
  void receive(session& s, const message& m);
  void on_hello(session& s, const msg::hello& m);
  void on_ready(session& s, const msg::ready& m);
  void on_pong(session& s, const msg::pong& m);
  void on_error(session& s, const msg::error& m);
  [[nodiscard]] bool session_with(const device_id& device) const;

  // dialling.cpp
  void load_diallers();
  void run_diallers();
  void retry_later(const device_id& device, bool refused);
  void retry_soon();

  // subscriptions.cpp
  [[nodiscard]] document_state* find_document(const doc_id& id);
  [[nodiscard]] bool may_share(const document_state& d, const device_id& device) const;
  [[nodiscard]] subscription* sub_by_mine(session& s, std::uint32_t ref);
  void subscribe_all(session& s);
  void ask(session& s, const doc_id& document, bool unproven);
  void judge(session& s, subscription& sub);
  void accept(session& s, subscription& sub, document_state& d);
  void on_subscribe(session& s, const msg::subscribe& m);
  void on_subscribed(session& s, const msg::subscribed& m);
  void on_members(session& s, const msg::members& m);
  void take_proof(session& s, subscription& sub, const std::vector<member_entry>& entries);
  void remember_inviter(const document_state& d, const join_link& link);
  void send_members(session& s, const subscription& sub, const std::vector<member_entry>& entries);
  void members_changed(document_state& d);
  void members_stored(const work::new_members& done);

  // joining.cpp
  void on_invite_use(session& s, const msg::invite_use& m);
  void refuse_invite(session& s, const sync_error& why);
  void admit(session& s);
  void redeem_over(session& s, const joining& j);
  void end_join(const doc_id& document, std::optional<sync_error> error);
  void join_refused(session& s, close_code code, const std::string& text);

  // replication.cpp
  [[nodiscard]] change_lookup lookup(document_state& d);
  void on_have(session& s, const msg::have& m);
  void on_changes(session& s, const message& m);  ///< changes or small_changes
  void on_ack(session& s, const msg::ack& m);
  void restart(session& s, subscription& sub, document_state& d);
  void send_have(session& s, subscription& sub, const document_state& d);
  std::vector<checked_change> authorised(document_state& d, std::vector<checked_change> batch);
  void refuse_changes(session& s, subscription& sub, const document_state& d,
                      const std::string& why, const message& offered);
  [[nodiscard]] crdt::result<std::vector<sealed_change>> open(const message& offered,
                                                              document_state& d);
  void take_changes(session& s, subscription& sub, document_state& d, const message& offered,
                    std::vector<sealed_change> batch);
  void bad_changes(session& s, const document_state& d, const std::string& why,
                   const message& offered);
  void quarantine(const doc_id& document, const device_id& from, std::string reason,
                  const bytes& data);
  void queue_changes(document_state& d, std::vector<checked_change> changes, bool local,
                     session_id from);
  void pump(session& s);
  bool pump_one(session& s, subscription& sub, document_state& d);
  std::vector<sealed_change> read_batch(const subscription& sub, document_state& d);
  void keep_own_back(subscription& sub, const document_state& d);
  void send_acks(session& s, subscription& sub, const document_state& d);
  void note_acks(document_state& d, const device_id& device, const seq_vector& they_have);
  void pop_window(session& s, subscription& sub);
  void clear_window(session& s, subscription& sub);
  void changes_stored(const work::new_changes& done, std::set<doc_id>& moved);
  void document_moved(document_state& d);

  // commits.cpp
  void gather_acks();
  void maybe_commit();
  void commit_done();
  void commit_failed(const sync_error& error);
  void rebuild_pending();

  // presence.cpp
  void on_presence(session& s, const msg::presence& m);
  void run_presence(document_state& d);
  void send_presence(document_state& d, const replica_id& replica, const presence_state& p,
                     session_id except);
  void send_presence_to(session& s, const subscription& sub, const replica_id& replica,
                        const presence_state& p);
  void greet_with_presence(session& s, const subscription& sub, document_state& d);
  void drop_presence_via(session_id session);
  void bury(presence_state& p);
  void presence_gone(document_state& d, const replica_id& replica);

  // status.cpp
  [[nodiscard]] doc_status status_of(const document_state& d) const;
  void report();
  void report_pins();
  void touch(const doc_id& document) { status_dirty_.insert(document); }
  void touch_all();
  void dump(std::ostream& out) const;

  core_config config_;
  key_pair key_;
  device_id self_;
  const store_view& view_;
  std::vector<effect>* out_ = nullptr;
  time_point now_{0};
  std::int64_t wall_ms_ = 0;

  std::map<session_id, session> sessions_;
  std::map<doc_id, document_state> documents_;
  std::map<device_id, dialler> diallers_;
  std::map<device_id, stored_peer> peers_;
  std::map<doc_id, joining> joins_;
  std::map<device_id, std::string> troubles_;  ///< of devices that we want to reach
  std::string store_trouble_;
  work next_;
  std::optional<work> flying_;
  txn_id last_txn_ = 0;
  time_point retry_store_at_{limit::never};
  time_point flush_acks_at_{limit::never};
  time_point wake_at_{0};
  time_point told_wake_{limit::never};
  bool online_ = true;
  bool stopping_ = false;
  std::uint64_t random_state_ = 0;
  std::uint64_t next_token_ = 1;
  unsigned quarantined_ = 0;
  std::map<doc_id, std::set<device_id>> acks_moved_;  ///< since the last commit
  std::set<doc_id> status_dirty_;
  bool pins_dirty_ = true;
  std::optional<fx::pins> pins_told_;
  /// Only with defect::keep_session_state.
  std::map<std::pair<device_id, doc_id>, seq_vector> kept_sent_;
};

/// Merges `from` into `to`, entry by entry the larger.
void raise(seq_vector& to, const seq_vector& from);
/// Whether `have` lacks something of `all`.
[[nodiscard]] bool lacks(const seq_vector& have, const seq_vector& all);
[[nodiscard]] std::uint64_t count_missing(const seq_vector& have, const seq_vector& all);
[[nodiscard]] std::uint64_t seq_of(const seq_vector& v, const replica_id& replica);
[[nodiscard]] close_code code_of(sync_errc code);

}  // namespace weft::sync
