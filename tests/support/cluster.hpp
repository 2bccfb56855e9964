// SPDX-License-Identifier: MIT
// A few documents, each with its slow twin beside it, and full control over delivery.
//
// Every step is done to the document and to the twin; then both must show the same: version, texts,
// maps, counters, cursors, and a mirror that only events feed. A difference throws `mismatch`.
// Inserted characters are all different, so a text tells which items it shows. Not thread-safe.
#pragma once

#include "support/naive_document.hpp"
#include "support/script.hpp"
#include "support/seeds.hpp"
#include "weft/crdt/document/document.hpp"
#include "weft/crdt/document/undo.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace weft::test {

/// A law that did not hold; the message says which and where.
struct mismatch : std::runtime_error {
  using std::runtime_error::runtime_error;
};
void require(bool holds, const std::string& claim);
inline void require(bool holds, const char* claim) {  // makes no string where nothing is wrong
  if (!holds) {
    throw mismatch(claim);
  }
}

struct cluster_options {
  bool check_each_step = true;  ///< compare document and twin after each step
  std::size_t max_items = 700;  ///< of all texts together; later insertions are one character
};

/// What events alone say about a document.
struct event_mirror {
  bool from_empty = true;  ///< the document was empty when listening began
  std::map<crdt::container_index, std::u32string> texts;
  std::map<crdt::container_index, std::uint64_t> sums;  ///< they wrap
  std::map<crdt::container_index, std::map<std::string, crdt::value>> entries;
  std::map<crdt::container_index, std::set<std::string>> dirty;
  std::set<crdt::container_index> tracked;
  std::vector<crdt::event> recent;
};

struct peer {
  peer(crdt::document d, naive_document t)
      : doc(std::make_unique<crdt::document>(std::move(d))),
        undo(std::make_unique<crdt::undo_manager>(*doc)),
        twin(std::move(t)),
        own{twin.replica()},
        received(twin.known()) {}

  std::unique_ptr<crdt::document> doc;
  std::unique_ptr<crdt::undo_manager> undo;
  naive_document twin;
  std::set<crdt::replica_id> own;  ///< all ids it has written as
  node_set received;               ///< delivered, applied or waiting
  event_mirror mirror;
  std::map<crdt::container_index, container_path> paths;  ///< of texts seen so far
  std::uint32_t opened = 0;  ///< number of this opening of the document, different for all
  std::uint32_t last_gap = 0;
  unsigned open_transactions = 0;
  /// The texts that observers saw, in order; for the strong list specification.
  std::vector<std::u32string> seen;
};

struct watched_cursor {
  container_path where;
  crdt::cursor at;
  /// By opening: what was visible there when the element last was. Between those items the cursor
  /// stays when its element is gone; later ones at the same gap may go to either side.
  std::map<std::uint32_t, std::vector<crdt::op_id>> beside;
};

class cluster {
public:
  explicit cluster(const script& s, cluster_options options = {});

  /// Runs all steps of the script, then `converge`.
  void run();
  void run_step(const step& s);
  /// Everybody gets everything; all documents must be equal in every respect.
  void converge(std::uint64_t seed);

  [[nodiscard]] std::vector<peer>& peers() { return peers_; }
  [[nodiscard]] naive_world& world() { return *world_; }
  void check(peer& p);

  static const container_path& main_text();

private:
  void add_peer();
  crdt::replica_id fresh_id();
  void listen(peer& p);
  void close_transactions(peer& p);
  void expect_same_version(const peer& p) const;

  // Steps.
  void edit_text(peer& p, const step& s);
  void type_forward(peer& p, const container_path& where, std::uint32_t at, const step& s);
  void type_backward(peer& p, const container_path& where, std::uint32_t at, const step& s);
  void erase_text(peer& p, const container_path& where, std::uint32_t at, const step& s);
  void interrupt(peer& p, const step& s, std::uint32_t at);
  void learn_texts(peer& p);
  void edit_map(peer& p, const step& s);
  void add_to_counter(peer& p, const step& s);
  void pad_twin(peer& p, const container_path& where);
  void undo_or_redo(peer& p, bool redo);
  void follow_undo(peer& p);
  [[nodiscard]] const container_path& path_of(peer& p, const crdt::container_change& c) const;
  void reopen(peer& p);
  void fork(peer& p);
  void sync(peer& from, peer& to, bool everything);
  void send_some(peer& from, peer& to, const step& s);
  void deliver(peer& to, const std::vector<node>& ops, const crdt::import_report& report);
  void take_cursor(peer& p, const step& s);

  // Checks.
  void check_text(peer& p, const container_path& where);
  void check_map(peer& p, const container_path& where);
  void check_counter(peer& p, const container_path& where);
  void check_cursors(peer& p);
  void check_cursor(peer& p, watched_cursor& w);
  void check_walk(peer& p, std::uint64_t seed);
  void check_fresh_imports(std::uint64_t seed);

  // Choices that a step's raw bytes stand for.
  [[nodiscard]] container_path pick(const peer& p, const step& s, crdt::container_type type) const;
  [[nodiscard]] std::uint32_t gap(const peer& p, std::uint32_t length, std::uint8_t place) const;
  std::u32string fresh_text(const step& s);

  script script_;
  cluster_options options_;
  std::unique_ptr<naive_world> world_;
  std::vector<peer> peers_;
  std::vector<watched_cursor> cursors_;
  std::uint32_t ids_given_ = 0;
  std::uint32_t openings_ = 0;
  std::uint32_t scalars_given_ = 0;
  std::uint32_t shared_gap_ = 0;
};

/// Decodes and runs one script with all checks. Throws `mismatch`.
void run_script(crdt::byte_view bytes, cluster_options options = {});

/// As run_script; on a failure shrinks the script first and says how to run it again.
void check_script(const crdt::bytes& bytes, cluster_options options = {});

/// How a byte string is made of steps, and how often to try.
struct shrink_layout {
  std::size_t head = 0, step = 1, attempts = 400;
};
/// The shortest string, found by cutting steps and then zeroing bytes, for which `fails` stays
/// true.
[[nodiscard]] crdt::bytes shrink_bytes(crdt::bytes bytes, shrink_layout layout,
                                       const std::function<bool(crdt::byte_view)>& fails);
[[nodiscard]] std::string to_hex(crdt::byte_view bytes);
[[nodiscard]] crdt::bytes from_hex(std::string_view hex);

// Handles by path. Pre: the path is shown, so no operation is made.
[[nodiscard]] crdt::map map_at(crdt::document& doc, const container_path& where);
[[nodiscard]] crdt::text text_at(crdt::document& doc, const container_path& where);
[[nodiscard]] crdt::counter counter_at(crdt::document& doc, const container_path& where);

}  // namespace weft::test
