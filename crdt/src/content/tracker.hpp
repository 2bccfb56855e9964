// SPDX-License-Identifier: MIT
// tracker: replays concurrent operations on one text and yields what each does to the text here.
//
// It stands on a critical version, its *base*: all operations that it is fed follow the base, so
// the text at the base is a row of elements without past. It keeps two versions: the *effect*
// version, where every operation fed has happened, and the *prepare* version, which is moved to the
// version that the author of the next operation saw. A position there names an element; the place
// of the element in the effect version is the effect. Elements inserted at one place by concurrent
// operations stand in FugueMax order.
//
// Operations must be fed in the order of local indexes. Not thread-safe.
// Method: docs/internals/text-merging.md; Gentle and Kleppmann, "Collaborative Text Editing with
// Eg-walker", EuroSys 2025; Weidner and Kleppmann, "The Art of the Fugue", 2023.
#pragma once

#include "content/effect_log.hpp"
#include "content/record_tree.hpp"
#include "content/sequence_run.hpp"
#include "content/sibling_index.hpp"
#include "history/causal_graph.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weft::crdt {

class tracker {
public:
  /// Starts anew at version {base} (no_index: before everything) with a text of `length` scalars.
  void reset(local_index base, std::uint32_t length);
  /// First local index after the base, and first one not fed yet.
  [[nodiscard]] local_index first() const noexcept { return first_; }
  [[nodiscard]] local_index fed() const noexcept { return fed_; }
  [[nodiscard]] std::size_t size() const noexcept { return records_.size(); }
  [[nodiscard]] std::size_t size_bytes() const noexcept {
    return records_.size_bytes() + targets_.capacity() * sizeof(target) + siblings_.size_bytes();
  }

  /// Feeds one run that lies in one graph entry and was made at `parents`; `log` holds all runs fed
  /// before, the run itself at `at` if effects are wanted. They go to `out` unless it is null.
  /// False: the run points outside of its author's text; the tracker must then be reset.
  [[nodiscard]] bool apply(const causal_graph& graph, const run_list& log, const sequence_run& run,
                           std::span<const local_index> parents, std::size_t at, effect_log* out);

  void check_invariants() const;

private:
  // Ids of this window's operations: consecutive per chunk of consecutive local indexes.
  struct chunk {
    local_index first = 0;
    element_id id = 0;
  };
  // Erases [first, first + length) hit `element` and those after it (backward: before it).
  struct target {
    element_id first = 0;
    std::uint32_t length = 0;
    element_id element = 0;
    bool backward = false;
  };

  [[nodiscard]] element_id id_of(local_index i) const;
  [[nodiscard]] local_index index_of(element_id id) const;
  void move_to(const causal_graph& graph, const run_list& log,
               std::span<const local_index> version);
  [[nodiscard]] bool take_back_branch(const run_list& log, std::span<const local_index> version);
  void note_fed(const sequence_run& run, std::span<const local_index> parents, element_id id);
  void move_range(const run_list& log, index_range range, bool forward);
  void move_erases(element_id first, std::uint32_t length, bool forward);
  void move_elements(element_id first, std::uint32_t length, bool forward);
  void insert(const causal_graph& graph, const sequence_run& run, element_id id, effect_log* out);
  void erase(const sequence_run& run, element_id id, effect_log* out);
  struct gap {
    record_tree::place at;
    std::uint32_t shown = 0;
  };
  gap choose(const causal_graph& graph, gap from, record_tree::place end,
             const element_record& fresh, local_index first);
  [[nodiscard]] bool is_left_child(element_id left, element_id right) const;
  void open_family(const causal_graph& graph, record_tree::place from, element_id left);
  gap join_family(const causal_graph& graph, const element_record& fresh, bool left_child,
                  local_index first);
  void put_spot(gap to, const element_record& fresh);

  record_tree records_;
  sibling_index siblings_;
  std::vector<chunk> chunks_;
  std::vector<target> targets_;
  std::size_t next_target_ = 0;
  local_frontier at_;  // the prepare version
  // What was fed last, made at `made_at`: operations from `first` on, each after the one before.
  struct branch {
    local_frontier made_at;
    local_index first = 0;
    element_id id = 0;         // of the first
    std::uint32_t length = 0;  // of the run, while it is one
    bool one_run = false;
    bool inserts = false;  // the first run does
  };
  branch branch_;
  // Where it inserted, if among an indexed family: who writes there too finds the same origins.
  struct spot {
    std::uint32_t position = 0;
    element_id left = 0;
    element_id right = 0;
    bool left_child = false;
    bool valid = false;
    record_tree::place at;  // of the record inserted
    element_id id = 0;
    std::uint32_t length = 0;
    std::uint32_t shown_before = 0;
  };
  spot spot_;
  local_index first_ = 0;
  local_index fed_ = 0;
  element_id next_id_ = 0;
  std::size_t log_place_ = 0;  // of the run at hand
  std::vector<index_range> retreat_;
  std::vector<index_range> advance_;
};

}  // namespace weft::crdt
