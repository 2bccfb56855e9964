// SPDX-License-Identifier: MIT
// document_core: the event graph, the containers on it, and the transaction that is open.
//
// Every operation has one place in the graph and belongs to one container; `owners_` tells which
// (run-length encoded). A local edit appends to the graph, then to the container's state. An
// import goes through `staging` (import.cpp) and changes nothing before all of it is known good.
//
// A document opened from a snapshot starts with the visible state only; `load_history` parses and
// checks the rest when something needs it. Not thread-safe.
#pragma once

#include "document/backlog.hpp"
#include "document/container_table.hpp"
#include "document/typing.hpp"
#include "document/waiting_updates.hpp"
#include "history/causal_graph.hpp"
#include "weft/crdt/document/document.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::crdt {

class importer;
struct import_scratch;
struct keystroke;
struct located_run;
struct op_batch;
struct snapshot_state;
struct text_run;

/// Decodes changes into one batch, in a causal order if their lamports are right.
[[nodiscard]] result<op_batch> batch_of(std::span<const change> changes, const limits& bounds);

/// Told of every transaction with operations that was made here. Stays away from the document
/// while it is told.
class local_observer {
public:
  local_observer() = default;
  local_observer(const local_observer&) = delete;
  local_observer& operator=(const local_observer&) = delete;
  virtual void on_local(index_range operations, origin from) = 0;

protected:
  ~local_observer() = default;
};

class document_core {
public:
  explicit document_core(const replica_id& self);
  ~document_core();
  document_core(const document_core&) = delete;
  document_core& operator=(const document_core&) = delete;

  // Identity.
  [[nodiscard]] const replica_id& self() const noexcept { return self_; }
  void set_self(const replica_id& self);

  // Reading.
  [[nodiscard]] const causal_graph& graph() const noexcept { return graph_; }
  [[nodiscard]] container_table& containers() noexcept { return containers_; }
  [[nodiscard]] const container_table& containers() const noexcept { return containers_; }
  /// A root container; made, without an operation, if it is not there.
  [[nodiscard]] container_index root(container_type type, std::string_view name);
  [[nodiscard]] container_record& at(container_index i) { return containers_[i]; }
  struct owner_run {
    local_index first = 0;
    container_index container = 0;
  };
  /// Calls f(index_range, container) for the stretches of `range` that belong to one container.
  template <class F>
  void for_each_owner(index_range range, F&& f) const;

  // Versions, known with or without history.
  [[nodiscard]] const version_vector& version() const;
  [[nodiscard]] crdt::frontier frontier() const;
  [[nodiscard]] std::uint64_t op_count() const;

  // Local edits. All but edit_text run inside a transaction (`begin` or edit_scope).
  /// An edit of a text, in a transaction of its own if none is open. It may wait in `typed` until
  /// settle. Pre: inside the text, valid UTF-8 of `scalars` scalars.
  void edit_text(container_index c, std::uint32_t at, std::uint32_t count, std::string_view utf8,
                 std::uint32_t scalars);
  [[nodiscard]] typing& typed() noexcept { return typed_; }
  /// Puts in place what is being typed.
  void settle() {
    if (!typed_.empty()) {
      put_in_place();
    }
  }
  /// Gives up what an import_task has staged; it begins again. Before all that changes the document
  /// or asks for its version.
  void interrupt() {
    if (staging_ != nullptr) [[unlikely]] {
      give_up_staged();
    }
  }
  void text_replace(container_index c, std::uint32_t at, std::uint32_t count, std::string_view utf8,
                    std::uint32_t scalars);
  void map_set(container_index c, std::string_view key, value v);
  void map_erase(container_index c, std::string_view key);
  container_index map_ensure(container_index c, std::string_view key, container_type type);
  void counter_add(container_index c, std::int64_t amount);

  // Transactions.
  void begin() {
    if (depth_++ == 0) {
      start_transaction();
    }
  }
  void commit() {
    if (--depth_ == 0 && watched_) {
      finish(origin_);
    }
  }
  [[nodiscard]] bool in_transaction() const noexcept { return depth_ != 0; }
  /// Origin told for the transaction that is open or comes next; local again after it.
  void set_origin(origin from) noexcept { origin_ = from; }

  // Listeners.
  std::uint64_t subscribe(document::listener f);
  void unsubscribe(std::uint64_t token);
  void add_observer(local_observer& o);
  void remove_observer(local_observer& o);

  // History that is not parsed yet.
  /// Shows `state`; keeps `data`, which holds the history from `history_at` on. Pre: the document
  /// is empty.
  void open_snapshot(const snapshot_state& state, bytes data, std::size_t history_at,
                     const limits& bounds);
  /// History is not in `data` but is read when it is needed. Pre: open_snapshot was just called.
  void read_history_from(document::snapshot_source source);
  /// Applies the history that open_snapshot kept. Fails when it is not what the snapshot showed;
  /// the document is then read-only.
  result<void> load_history() { return pending_history_ ? replay_pending() : result<void>{}; }
  [[nodiscard]] bool history_loaded() const noexcept { return !pending_history_.has_value(); }

  // Exchange.
  /// Operations of `ranges` (ascending) in local order. Good until the document changes: its text
  /// may be a log's.
  [[nodiscard]] op_batch collect(std::span<const index_range> ranges) const;
  /// The same as an update.
  [[nodiscard]] bytes export_operations(std::span<const index_range> ranges, int level) const;
  /// All operations in the order that depends on them alone.
  [[nodiscard]] op_batch collect_canonical() const;
  [[nodiscard]] std::vector<change> collect_changes(replica_index r, std::uint32_t first_counter,
                                                    const limits& bounds) const;
  /// Applies a decoded batch, all or nothing; orphans go to the backlog.
  result<import_report> apply(const op_batch& batch, const limits& bounds);
  /// The same; what `batch` holds afterwards means nothing.
  result<import_report> apply_and_spend(op_batch& batch, const limits& bounds);
  /// An import in steps: `work` stages `batch` until publish_staged or interrupt. Pre: nothing is
  /// staged, history is loaded.
  void start_staging(importer& work, const op_batch& batch, const limits& bounds);
  /// Pre: the importer's steps are done.
  import_report publish_staged(const limits& bounds);
  /// Decodes an update and applies it.
  result<import_report> apply(byte_view update, const limits& bounds);

  void check_invariants() const;

private:
  friend class importer;

  struct unparsed {
    bytes data;
    std::size_t history_at = 0;
    document::snapshot_source source;  // of the data, if not null
    version_vector version;
    crdt::frontier tip;
    std::uint64_t op_count = 0;
    limits bounds;
    std::optional<error> broken;
  };
  result<void> replay_pending();
  std::optional<error> replay_history(const unparsed& pending, byte_view history);
  bool take_over(document_core& replayed);
  importer& idle_importer();
  void trim_importer();
  result<import_report> run(const op_batch& batch, const limits& bounds);
  void give_up_staged();
  void release_after(result<import_report>& report, const limits& bounds);
  std::uint64_t release(const limits& bounds);
  std::uint64_t apply_backlog(const limits& bounds);
  std::uint64_t apply_waiting(const limits& bounds);
  std::uint64_t apply_resolved(const op_batch& batch, const limits& bounds);
  result<import_report> apply_keystroke(byte_view update, const limits& bounds,
                                        import_scratch& scratch);
  [[nodiscard]] bool locate(const keystroke& k, import_scratch& scratch) const;
  result<import_report> run_one(const text_run& run, const located_run& at, const limits& bounds);
  [[nodiscard]] result<bool> resolve(const keystroke& k, op_batch& batch) const;
  [[nodiscard]] bytes keystroke_of(const op_batch& batch) const;
  [[nodiscard]] container_index owner_of(local_index i) const;
  [[nodiscard]] bool editable();
  void start_transaction();
  void put_in_place();
  void finish(origin from);
  local_index append(container_index c, std::uint32_t length);
  void own(container_index c, local_index first) {
    if (owners_.empty() || owners_.back().container != c) [[unlikely]] {
      note_owner(c, first);
    }
  }
  void note_owner(container_index c, local_index first);
  local_index append_elsewhere(container_index c, std::uint32_t length);
  void reset_children(container_index map, std::string_view key);
  void reset_container(container_index c);
  container_change& change_of(container_index c);
  void note_patch(container_index c, std::uint32_t at, std::uint32_t erased,
                  std::string_view inserted, std::uint32_t scalars);
  void note_key(container_index c, std::string_view key);
  void note_counter(container_index c, std::int64_t delta);
  void deliver(origin from);
  void update_watched() noexcept { watched_ = !listeners_.empty() || !observers_.empty(); }

  typing typed_;
  replica_id self_;
  replica_index self_index_ = 0;
  causal_graph graph_;
  container_table containers_;
  std::vector<owner_run> owners_;
  crdt::backlog backlog_;
  waiting_updates waiting_;
  // Memory for the next import.
  std::unique_ptr<import_scratch> scratch_;
  std::unique_ptr<importer> importer_;
  importer* staging_ = nullptr;  // an import_task's, between its steps

  std::uint32_t depth_ = 0;
  local_index transaction_start_ = 0;
  origin origin_ = origin::local;
  bool watched_ = false;  // a listener or an observer wants to know
  std::vector<container_change> gathered_;
  std::vector<std::pair<std::uint64_t, document::listener>> listeners_;
  std::uint64_t next_token_ = 1;
  std::vector<local_observer*> observers_;

  std::optional<unparsed> pending_history_;
};

template <class F>
void document_core::for_each_owner(index_range range, F&& f) const {
  if (range.empty()) {
    return;
  }
  // The run that holds range.first: the last one that starts at or before it.
  std::size_t low = 0;
  std::size_t high = owners_.size();
  if (high != 0 && owners_[high - 1].first <= range.first) {
    low = high - 1;
  }
  while (high - low > 1) {
    const std::size_t middle = low + (high - low) / 2;
    (owners_[middle].first <= range.first ? low : high) = middle;
  }
  for (std::size_t i = low; i < owners_.size() && owners_[i].first < range.end; ++i) {
    const local_index first = owners_[i].first < range.first ? range.first : owners_[i].first;
    const local_index next = i + 1 < owners_.size() ? owners_[i + 1].first : range.end;
    f(index_range{first, next < range.end ? next : range.end}, owners_[i].container);
  }
}

inline document_core& document::core_owner::operator*() const {
  core_->interrupt();
  core_->settle();
  return *core_;
}

inline document_core& document::core_owner::shown() const {
  core_->settle();
  return *core_;
}

/// A transaction for the scope of one call.
class edit_scope {
public:
  explicit edit_scope(document_core& core) : core_(core) { core_.begin(); }
  ~edit_scope() { core_.commit(); }
  edit_scope(const edit_scope&) = delete;
  edit_scope& operator=(const edit_scope&) = delete;

private:
  document_core& core_;
};

}  // namespace weft::crdt
