// SPDX-License-Identifier: MIT
// node: one device at work. Opens a profile folder, runs the protocol core on its own thread with
// real sockets (TCP, TLS 1.3, pinned keys) and the SQLite store, and hands documents to one
// application thread.
//
// Threads: the node owns one thread. Every call below may come from the application thread; results
// and callbacks arrive there, through the executor, never from the node's thread.
#pragma once

#include "weft/crdt/document/document.hpp"
#include "weft/sync/core.hpp"
#include "weft/sync/error.hpp"
#include "weft/sync/link.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weft::sync {

/// Runs a task soon on the application's thread. Must be callable from any thread; tasks run in
/// order.
using executor = std::function<void(std::function<void()>)>;

struct node_options {
  std::filesystem::path profile;   ///< created if missing
  std::string name;                ///< shown to members; empty: the one kept in the profile
  std::optional<endpoint> listen;  ///< nullopt: dial only. Port 0: any free one
  bool online = true;              ///< false: no network at all until set_online
  executor run;                    ///< required
};

struct document_summary {
  doc_id id{};
  std::string title;
  std::uint64_t changes = 0;
};

struct wire_stats {
  std::uint64_t sent_bytes = 0;  ///< frames, before TLS
  std::uint64_t received_bytes = 0;
  std::uint64_t sessions = 0;  ///< open now
};

class node;

/// One document of a node, for the application thread. Remote changes are imported on that thread:
/// by themselves, or when the application asks for them (hold).
class shared_document {
public:
  ~shared_document();
  shared_document(const shared_document&) = delete;
  shared_document& operator=(const shared_document&) = delete;

  [[nodiscard]] const doc_id& id() const;
  /// Edit it freely; subscribe to it for events. The text of a plain document is get_text("text"),
  /// its title is the string under "title" of get_map("meta").
  [[nodiscard]] crdt::document& document();
  [[nodiscard]] const crdt::document& document() const;
  [[nodiscard]] std::string title() const;
  void set_title(const std::string& title);

  /// Seals local operations that are not sealed yet into signed changes and sends them to the
  /// store. Called by itself `seal_after` (20 ms) after an edit; call it to force. Returns the
  /// number of own changes sealed so far. Does not wait.
  std::uint64_t seal();
  /// Blocks until all sealed changes are on this disk, or the store failed. For commands and tests.
  [[nodiscard]] result<void> wait_saved();

  /// While held, remote changes stay durable but un-imported.
  void set_hold(bool held);
  /// Remote changes that are durable here and not imported yet, per replica (exclusive end).
  [[nodiscard]] seq_vector available() const;
  /// Imports held changes as far as `upto` says per replica, with whatever they depend on. Sequence
  /// numbers that are not available yet give not_found and import nothing.
  [[nodiscard]] result<void> import_upto(const seq_vector& upto);

  [[nodiscard]] doc_status status() const;
  [[nodiscard]] membership members() const;

  // Callbacks on the application thread; each may be empty.
  std::function<void()> on_remote_changes;  ///< after an import, or new held ones
  std::function<void(const doc_status&)> on_status;
  /// Payload empty: that replica is gone.
  std::function<void(const replica_id&, const device_id&, const bytes& payload)> on_presence;

  /// Last value wins; sent at most every 50 ms.
  void send_presence(const bytes& payload);

  /// Changes in causal order with their wall times and authors, for `log` and `record`.
  struct log_entry {
    change_header header;
    change_meta meta;
    std::string author;  ///< member name, or the device id's start
    crdt::bytes body;
  };
  [[nodiscard]] result<std::vector<log_entry>> log() const;

private:
  friend class node;
  struct state;
  explicit shared_document(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

class node {
public:
  [[nodiscard]] static result<std::unique_ptr<node>> open(node_options options);
  /// Seals, commits, closes sessions (at most a second), joins the thread, writes the lease.
  ~node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  [[nodiscard]] device_id id() const;
  [[nodiscard]] const public_key& key() const;
  [[nodiscard]] std::string name() const;
  /// Where it listens now (the real port); nullopt when it does not.
  [[nodiscard]] std::optional<endpoint> listening() const;

  [[nodiscard]] std::vector<document_summary> documents() const;
  /// Founds a document with this device as its owner.
  [[nodiscard]] result<std::shared_ptr<shared_document>> create(const std::string& title);
  /// The same object while somebody holds it. `forced` names the replica (replays, tests).
  [[nodiscard]] result<std::shared_ptr<shared_document>> open_document(
      const doc_id& id, std::optional<replica_id> forced = std::nullopt);

  /// A link that lets `max_uses` devices in (0: any number) until `expires_ms` (0: never).
  /// `addresses` empty: where this node listens.
  [[nodiscard]] result<join_link> share(const doc_id& id, role as, std::uint32_t max_uses,
                                        std::int64_t expires_ms,
                                        std::vector<std::string> addresses = {});
  /// Joins by link; `done` is called once, on the application thread, when the document is here
  /// (its membership at least) or refused. Waits for unreachable peers up to `timeout_ms`.
  void join(const join_link& link, std::function<void(result<doc_id>)> done,
            std::int64_t timeout_ms = 30'000);
  /// Makes a known device a member directly (pairing without a link), and remembers its addresses.
  [[nodiscard]] result<void> grant(const doc_id& id, const public_key& device, role as,
                                   const std::string& name, std::vector<std::string> addresses);
  /// Remembers a device: accepted, and dialled if it has addresses.
  [[nodiscard]] result<void> add_peer(const stored_peer& peer);
  [[nodiscard]] std::vector<stored_peer> peers() const;

  void set_online(bool online);
  [[nodiscard]] bool online() const;
  [[nodiscard]] wire_stats wire() const;
  [[nodiscard]] store_stats store() const;
  [[nodiscard]] result<void> compact();
  [[nodiscard]] std::vector<std::string> scrub() const;
  /// Small values beside the documents (undo stacks, window places).
  [[nodiscard]] std::optional<bytes> get_blob(const std::string& key) const;
  [[nodiscard]] result<void> put_blob(const std::string& key, byte_view value);

  // Callbacks on the application thread.
  std::function<void()> on_documents;  ///< list or titles changed
  std::function<void(const std::string& line)> on_log;

private:
  struct state;
  explicit node(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

}  // namespace weft::sync
