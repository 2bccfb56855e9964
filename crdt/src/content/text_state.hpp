// SPDX-License-Identifier: MIT
// text_state: one text container: its log of operations, its visible text, its effect log.
//
// Data flows one way: operations enter the log, the log yields effects (positions in the text as it
// is here), effects change the rope. The effect log keeps them, so cursors, undo and old versions
// need no tombstones.
#pragma once

#include "content/sequence_run.hpp"
#include "history/causal_graph.hpp"
#include "history/local_index.hpp"
#include "weft/crdt/document/cursor.hpp"
#include "weft/crdt/document/event.hpp"
#include "weft/crdt/error.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::crdt {

class effect_log;
class rope;
class sequence_log;

class text_state {
public:
  text_state();
  ~text_state();
  text_state(text_state&&) noexcept;
  text_state& operator=(text_state&&) noexcept;

  /// The visible text.
  [[nodiscard]] const rope& content() const;

  // Local edits, made at the document's tip: append to the log, change the rope, no replay.
  // `first` is the local index of the run's first operation, which `graph.append` just gave.
  // Pre: the history is there (see load_text), nothing is staged.
  void local_insert(local_index first, std::uint32_t position, std::string_view utf8,
                    std::uint32_t scalars);
  void local_erase(local_index first, std::uint32_t position, std::uint32_t length,
                   run_kind kind = run_kind::erase_forward);

  // Imports, in steps. `begin_staging`, then `push` on `staged_log` for each run, then `merge_some`
  // until it says true: it computes effects. All runs of the import are in the graph by then,
  // ascend by local index, and are cut where graph entries end. A position outside of its author's
  // text gives errc::bad_position. Then, or on the caller's wish, `roll_back` restores the state
  // before; else `publish` changes the rope and appends patches (may be null) in the order in which
  // they apply.
  void begin_staging();
  [[nodiscard]] bool staging() const noexcept;
  /// Whether the log can hold so many more bytes of inserted text.
  [[nodiscard]] bool has_room(std::size_t text_bytes) const noexcept;
  /// Makes room for so many more bytes of inserted text; a hint. Pre: has_room.
  void expect(std::size_t text_bytes);
  /// Takes the runs, with valid UTF-8 of as many scalars as they insert.
  [[nodiscard]] sequence_log& staged_log() noexcept;
  /// Goes on for about `work` operations. True: all have their effects.
  [[nodiscard]] result<bool> merge_some(const causal_graph& graph, std::uint64_t work);
  /// All of that for a list of runs: `arena` holds their text.
  [[nodiscard]] result<void> stage(const causal_graph& graph, std::span<const sequence_run> runs,
                                   std::string_view arena);
  void publish(std::vector<text_patch>* patches);
  void roll_back();

  // Reading the log.
  [[nodiscard]] const sequence_log& log() const;
  /// Operations of this container inside `range`, in order, runs cut to it. `inserted` is the text
  /// of an insert (empty for erases).
  void for_each_run(
      index_range range,
      const std::function<void(const sequence_run&, std::string_view inserted)>& f) const;

  // Stable positions, through the effect log.
  /// The operation that inserted the scalar now at `position`. Pre: `position < length`.
  [[nodiscard]] local_index element_at(std::uint32_t position) const;
  /// Where the scalar inserted by operation `element` stands now; `visible` false: it was erased
  /// and this is the gap where it stood. nullopt: `element` is no insertion into this container.
  struct place {
    std::uint32_t position = 0;
    bool visible = false;
  };
  [[nodiscard]] std::optional<place> find_element(local_index element) const;

  /// What to do now to take back the operations in `ranges` (own ones, any order): inserted scalars
  /// that are still visible go, erased ones come back where they stood. Scalars erased by somebody
  /// else as well come back only if `range` holds the erasure that had the effect. Patches are in
  /// the order in which they apply to the present text.
  [[nodiscard]] std::vector<text_patch> inverse(std::span<const index_range> ranges) const;
  /// The effects behind `inverse`, for callers that follow elements by their names.
  [[nodiscard]] const effect_log& effects() const;

  /// Text as of a version, by replay. O(history) at worst.
  [[nodiscard]] std::string text_at(const causal_graph& graph,
                                    std::span<const local_index> version) const;

  /// Puts a text in place without replay (opening a snapshot): the log holds `runs`, the rope
  /// `text`, and effects are rebuilt on first need from `graph`. Pre: the state is empty.
  void load_text(std::string_view text);
  /// Gives the log to a state made by load_text. Checks positions by replay and that the replayed
  /// text equals the loaded one (errc::malformed if not).
  [[nodiscard]] result<void> load_history(const causal_graph& graph,
                                          std::span<const sequence_run> runs,
                                          std::string_view arena);

  void check_invariants() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace weft::crdt
