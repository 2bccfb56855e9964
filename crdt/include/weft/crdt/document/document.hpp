// SPDX-License-Identifier: MIT
// A document: containers on one event graph, edited locally and merged with any other replica's.
//
// One document, one writer thread: all calls on a document and on its handles come from one thread
// at a time. No call does I/O, reads a clock or draws a random number.
//
// Errors: bytes from outside give `result`; a broken precondition asserts. Allocation failure
// passes through as std::bad_alloc, after which the document may only be destroyed.
#pragma once

#include "weft/crdt/causality/version.hpp"
#include "weft/crdt/document/change.hpp"
#include "weft/crdt/document/counter.hpp"
#include "weft/crdt/document/event.hpp"
#include "weft/crdt/document/map.hpp"
#include "weft/crdt/document/text.hpp"
#include "weft/crdt/limits.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace weft::crdt {

class document_core;

/// What an import did. Known and pending operations are normal life, not errors.
struct import_report {
  std::uint64_t applied = 0;  ///< operations that are new in the document
  std::uint64_t known = 0;    ///< operations it already had
  std::uint64_t pending = 0;  ///< operations kept until their parents arrive
  friend bool operator==(const import_report&, const import_report&) = default;
};

class document {
public:
  /// An empty document whose local edits are made as `self`. The caller guarantees that no other
  /// live document writes as `self`.
  explicit document(const replica_id& self);
  document(document&&) noexcept;
  document& operator=(document&&) noexcept;
  ~document();

  /// A document from a snapshot. Text is readable at once; history is looked at on first need: the
  /// cost is that of what is shown, and a copy of the history.
  [[nodiscard]] static result<document> open(const replica_id& self, byte_view snapshot,
                                             const limits& bounds = {});
  /// The same without the copy: O(what is shown), however long the history. `snapshot` is left
  /// alone on an error.
  [[nodiscard]] static result<document> open(const replica_id& self, bytes&& snapshot,
                                             const limits& bounds = {});

  /// Gives the bytes of a snapshot again, from wherever they are kept.
  using snapshot_source = std::function<result<bytes>()>;
  /// The same without keeping the history in memory either: `again` is called, on this thread, when
  /// something first needs it. After an error of `again` the document is read-only until a later
  /// call gets an answer: call load_history before the first edit to see it. Other bytes than those
  /// of the same snapshot are found out, see load_history.
  [[nodiscard]] static result<document> open(const replica_id& self, byte_view snapshot,
                                             snapshot_source again, const limits& bounds = {});

  /// Parses and checks the history of an opened snapshot now, instead of on first need. Bytes that
  /// do not give the state shown yield an error; the document then goes on showing it, imports fail
  /// with that error, edits do nothing and exports are empty. So call this before the first edit of
  /// a snapshot that somebody else made. O(history), once.
  [[nodiscard]] result<void> load_history();

  [[nodiscard]] const replica_id& replica() const noexcept;
  /// Writes as another replica from now on (a new incarnation). Pre: no transaction is open.
  void set_replica(const replica_id& self);

  /// Root containers by name; the same name and type is the same container on every replica.
  /// Pre: the name is valid UTF-8 of at most 64 KiB. Creates no operation.
  [[nodiscard]] text get_text(std::string_view name);
  [[nodiscard]] map get_map(std::string_view name);
  [[nodiscard]] counter get_counter(std::string_view name);

  // Versions. The reference holds until the document changes.
  [[nodiscard]] const version_vector& version() const;
  [[nodiscard]] crdt::frontier frontier() const;
  [[nodiscard]] std::uint64_t op_count() const;

  // Exchange between documents (no signatures; weft::sync has those).
  /// Everything since a version, operations only. `level` as in encode_block. O(new operations).
  [[nodiscard]] bytes export_updates(const version_vector& since = {}, int level = 1);
  /// Applies an update wholly or not at all. Operations whose parents are missing wait, within
  /// `bounds.max_pending_bytes`, outside of the document; what is released later has an event of
  /// its own. Takes snapshots as well, as the history that they hold. Pre: no transaction is open.
  [[nodiscard]] result<import_report> import(byte_view update, const limits& bounds = {});
  /// Visible state, ready to read, and the whole history.
  [[nodiscard]] bytes export_snapshot(int level = 1);
  /// Documents with the same operations give the same bytes, whatever order they arrived in.
  [[nodiscard]] bytes export_canonical();

  // Exchange as changes, for a log that hashes and signs them.
  /// Changes of one replica from operation `first_counter` on, one per run with common parents, cut
  /// so that none exceeds max_change_ops or max_change_body_bytes of `bounds`. Pre: no transaction.
  [[nodiscard]] std::vector<change> export_changes(const replica_id& replica,
                                                   std::uint32_t first_counter,
                                                   const limits& bounds = {});
  /// Applies changes as one import, all or nothing; known ones are skipped, orphans wait. They may
  /// stand in any order. Pre: no transaction is open.
  [[nodiscard]] result<import_report> import_changes(std::span<const change> changes,
                                                     const limits& bounds = {});

  // Transactions. Edits outside of one are a transaction each.
  /// Opens a transaction; they nest. `commit` of the outermost one delivers one event.
  void begin();
  void commit();

  /// Called after each transaction or import, when the document is consistent, on the calling
  /// thread. Must not edit the document. Returns a token for unsubscribe.
  using listener = std::function<void(const event&)>;
  std::uint64_t subscribe(listener f);
  void unsubscribe(std::uint64_t token);

  /// For tests: walks every structure and asserts its invariants. O(history).
  void check_invariants() const;

private:
  friend class text;
  friend class map;
  friend class counter;
  friend class import_task;
  friend class undo_manager;
  friend class live_session;

  // The core, with all that was typed in its place (see document/typing.hpp) and nothing half
  // imported in it (see import_task.hpp).
  class core_owner {
  public:
    explicit core_owner(const replica_id& self);
    core_owner(core_owner&&) noexcept;
    core_owner& operator=(core_owner&&) noexcept;
    ~core_owner();
    [[nodiscard]] document_core& operator*() const;
    [[nodiscard]] document_core* operator->() const { return &**this; }
    /// For those that only look at what containers show.
    [[nodiscard]] document_core& shown() const;
    /// For those that know what is being typed.
    [[nodiscard]] document_core& as_is() const noexcept { return *core_; }

  private:
    std::unique_ptr<document_core> core_;
  };
  core_owner core_;
};

/// Opens a transaction for a scope.
class transaction {
public:
  explicit transaction(document& owner) : owner_(owner) { owner_.begin(); }
  ~transaction() { owner_.commit(); }
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;

private:
  document& owner_;
};

}  // namespace weft::crdt
