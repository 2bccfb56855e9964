// SPDX-License-Identifier: MIT
// importer: takes a batch of operations into a document, all or nothing, in steps if wanted.
//
// Order of work: the graph grows by what is new (after a saved point), so that texts can look
// ahead; then texts compute their effects on the side; only when every check has passed do states
// change. Maps and counters take any operation, so they need no staging.
//
// One importer serves all imports of its document: its memory is used again. Not thread-safe.
#pragma once

#include "codec/keystroke.hpp"
#include "codec/op_batch.hpp"
#include "document/document_core.hpp"
#include "weft/crdt/limits.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace weft::crdt {

/// Where a run of operations belongs.
struct located_run {
  replica_index author = 0;
  container_index text = 0;
  std::vector<causal_graph::place> parents;  // sorted
};

class importer {
public:
  explicit importer(document_core& core) : core_(core) {}

  /// Applies `batch` wholly or not at all.
  result<import_report> run(const op_batch& batch, const limits& bounds);
  /// The same; a large batch is let go of as soon as it is staged, before the text grows.
  result<import_report> run_and_spend(op_batch& batch, const limits& bounds);

  /// The same for one run on one text. Everything that it names was found, and its first operation
  /// is the author's next.
  result<import_report> run_one(const text_run& run, const located_run& at, const limits& bounds);

  // The same in steps. `batch` and `bounds` outlive the last one. Nothing that shows changes before
  // `publish`; after an error, or to give up, `roll_back`. Between `start` and `publish` or
  // `roll_back` the document takes no edits and no other import.
  void start(const op_batch& batch, const limits& bounds);
  /// Goes on for about `work` runs of operations. True: all is staged.
  result<bool> step(std::uint64_t work);
  import_report publish();
  void roll_back();
  [[nodiscard]] bool busy() const noexcept { return batch_ != nullptr; }
  /// Containers that are there now stay, if empty, after a roll_back: somebody else holds one.
  void keep_containers() noexcept { containers_before_ = core_.containers_.size(); }
  /// Spans, items and operations done, of `total`; for progress.
  [[nodiscard]] std::uint64_t done() const noexcept { return done_; }
  [[nodiscard]] std::uint64_t total() const noexcept;

  /// Memory kept between imports, roughly.
  [[nodiscard]] std::size_t capacity_bytes() const noexcept;

private:
  static constexpr replica_index unresolved = 0xffff'ffffU;

  // Spans that stand in a row and were added one after the other.
  struct added_spans {
    std::uint32_t first = 0;
    std::uint32_t end = 0;
    local_index at = 0;       // of the first operation that was not known
    std::uint32_t known = 0;  // how many of the first span's first operations were
  };
  struct item_range {  // of the batch
    std::uint32_t first = 0;
    std::uint32_t end = 0;
  };
  struct other_item {  // an operation on a map or a counter
    container_index container;
    local_index at;
    const batch_item* item;
  };

  result<import_report> run_started();
  void let_go();

  // Into the graph: importer.cpp.
  /// The replica; `unresolved`: the document does not know it.
  replica_index known_replica(std::uint32_t slot) {
    if (replica_[slot] == unresolved) [[unlikely]] {
      replica_[slot] = core_.graph_.find(batch_->replicas[slot]).value_or(unresolved);
    }
    return replica_[slot];
  }
  std::size_t add_beside(std::size_t i, std::size_t end);
  void note_added(std::size_t first, std::size_t end, local_index at, std::uint32_t known);
  result<void> stage_span(std::size_t i);
  [[nodiscard]] bool same_operations(std::size_t i, replica_index r, std::uint32_t count) const;
  [[nodiscard]] bool same_in_batch(std::size_t i, std::uint32_t count) const;
  bool resolve_parents(std::size_t i);
  void leave_out_own(std::size_t i);
  result<void> add(std::size_t i, std::uint32_t skip);
  void keep(std::size_t i);

  // Into the containers: importer_content.cpp.
  [[nodiscard]] std::uint32_t stretch_end(const added_spans& added, std::uint64_t work) const;
  result<local_index> stage_items(const added_spans& added, item_range items);
  result<std::uint32_t> stage_text(container_index c, item_range items, std::uint32_t skip,
                                   local_index& at);
  result<import_report> run_at_tip(const text_run& run, const located_run& at);
  container_index container(std::uint32_t slot);
  void publish(const other_item& other);

  document_core& core_;
  const op_batch* batch_ = nullptr;  // null: nothing is going on
  op_batch* spent_ = nullptr;        // the same, if it may be emptied
  const limits* bounds_ = nullptr;
  std::size_t spans_ = 0;    // of the batch
  std::uint64_t units_ = 0;  // its spans and items
  causal_graph::saved saved_;
  std::uint32_t containers_before_ = 0;
  std::vector<std::uint32_t> order_;  // of the spans; empty: as they stand
  std::size_t next_span_ = 0;
  std::size_t next_added_ = 0;
  std::size_t next_text_ = 0;
  std::uint64_t done_ = 0;
  std::vector<replica_index> replica_;
  std::vector<container_index> container_;
  std::vector<causal_graph::place> parents_;
  local_frontier scratch_;
  std::vector<added_spans> added_;
  std::vector<document_core::owner_run> owners_;
  std::vector<container_index> texts_;  // those with something staged
  std::vector<other_item> others_;
  std::vector<change> orphans_;
  std::uint64_t kept_bytes_ = 0;
  std::uint32_t compared_ = 0;
  import_report report_;
};

}  // namespace weft::crdt
