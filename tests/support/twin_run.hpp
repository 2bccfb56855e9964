// SPDX-License-Identifier: MIT
// Runs a history on documents and on their quick twins, and compares: versions, texts, the counter,
// cursors, and mirrors that only events feed. In the end all documents must be equal, also to those
// that get everything at once, shuffled or from a snapshot, and the naive twins have their say.
// A difference throws `mismatch`. Not thread-safe.
#pragma once

#include "support/cluster.hpp"
#include "support/twin_script.hpp"
#include "support/twin_world.hpp"
#include "weft/crdt/document/document.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weft::test {

struct twin_peer;

struct twin_options {
  std::size_t max_items = 400;         ///< per history; later insertions are one character
  std::size_t max_operations = 3'000;  ///< later edits are left out
  /// The naive walker and the naive list replay the whole history in the end, if it has at most
  /// this many operations on a text. They are slow.
  std::size_t judged_operations = 0;
  std::uint64_t id_spread = 1;  ///< replica ids are multiplied by this; their order stays
  /// Called after each event with the replica that acted.
  std::function<void(twin_peer&)> after_event;
};

/// What one local call sends at once.
struct twin_packet {
  slot from = 0;
  std::uint32_t first = 0, count = 0;
  crdt::bytes update;
};

struct twin_peer {
  explicit twin_peer(crdt::document d, twin_replica t) : doc(std::move(d)), twin(std::move(t)) {}

  crdt::document doc;
  twin_replica twin;
  std::array<std::u32string, twin_texts> mirror;
  std::uint64_t mirrored_sum = 0;
  std::uint32_t opened = 0;
  std::uint32_t last_gap = 0;
  std::size_t streamed = 0;  ///< packets before this one are all received
};

class twin_run {
public:
  explicit twin_run(const twin_script& s, twin_options options = {});

  /// Runs all events, then `converge`.
  void run();
  void converge();
  [[nodiscard]] const std::vector<std::unique_ptr<twin_peer>>& peers() const { return peers_; }
  [[nodiscard]] const twin_world& world() const { return world_; }

private:
  struct watched {
    std::size_t text = 0;
    item_index item = 0;
    crdt::cursor at;
    /// By opening of a document: the items shown when this one last was.
    std::vector<std::vector<item_index>> beside;
  };

  void add_peer(crdt::document d, twin_replica t);
  void listen(twin_peer& p);
  void run_event(const twin_event& e);

  void edit(twin_peer& p, const twin_event& e);
  void edit_once(twin_peer& p, const twin_event& e, twin_kind kind);
  void insert(twin_peer& p, std::size_t text, std::uint32_t at, const std::u32string& scalars);
  void erase(twin_peer& p, std::size_t text, std::uint32_t at, std::uint32_t count);
  void send_local(twin_peer& p, std::uint32_t before, const crdt::version_vector& version);
  void pull(twin_peer& to, twin_peer& from, const crdt::version_vector& since);
  void pull_since(twin_peer& to, twin_peer& from, const twin_event& e);
  void stream(twin_peer& to, const op_counts* only, std::size_t count);
  void receive_packet(twin_peer& to, const twin_packet& packet);
  void receive_changes(twin_peer& to, twin_peer& from, const twin_event& e);
  void refused(twin_peer& to, twin_peer& from, const twin_event& e);
  void settle(twin_peer& to, const crdt::result<crdt::import_report>& report);
  void reopen(twin_peer& p);
  void join(twin_peer& p, const twin_event& e);
  void take_cursor(twin_peer& p, const twin_event& e);

  void check(twin_peer& p);
  void check_text(twin_peer& p, std::size_t text);
  void check_cursor(twin_peer& p, watched& w);
  void check_fresh(const crdt::bytes& canonical);
  void check_naive(std::size_t text);

  [[nodiscard]] std::uint32_t gap(const twin_peer& p, const twin_event& e) const;
  [[nodiscard]] std::u32string fresh_text(const twin_event& e);
  [[nodiscard]] std::size_t operations() const;

  twin_script script_;
  twin_options options_;
  twin_world world_;
  rng random_;
  std::vector<std::unique_ptr<twin_peer>> peers_;
  std::vector<twin_packet> packets_;
  std::vector<watched> cursors_;
  slot slots_given_ = 0;
  std::uint32_t openings_ = 0;
  std::uint32_t scalars_given_ = 0;
  std::array<item_index, twin_texts> hot_{no_item, no_item};  ///< where conflicts gather
  std::uint32_t shared_gap_ = 0;
};

/// Runs one script. Throws `mismatch` or what an assertion throws.
void run_twins(const twin_script& s, twin_options options = {});

/// As run_twins; on a failure drops events and calms them while it still fails, then says which
/// script is left and how to run it again.
void check_twins(const twin_script& s, twin_options options = {});

}  // namespace weft::test
