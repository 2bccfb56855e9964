// SPDX-License-Identifier: MIT
// Undo and redo of one's own changes to texts. Never touches what others wrote.
//
// Each step is a group of local transactions. Undoing makes new operations (the inverse, moved to
// where its text stands now), so it merges like any edit and peers see it. The stack covers every
// replica id that this device has had in the document, and survives a restart through encode().
//
// Same thread rule as the document, which must outlive the manager.
#pragma once

#include "weft/crdt/document/cursor.hpp"
#include "weft/crdt/document/document.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace weft::crdt {

/// The selection that was stored with a step, to be restored by the editor.
struct undo_selection {
  cursor anchor;
  cursor caret;
  friend bool operator==(const undo_selection&, const undo_selection&) = default;
};

class undo_manager {
public:
  /// Records all local transactions of `owner` from now on.
  explicit undo_manager(document& owner);
  ~undo_manager();
  undo_manager(const undo_manager&) = delete;
  undo_manager& operator=(const undo_manager&) = delete;

  /// The next transaction begins a new step even if it could join the last one. Without this each
  /// transaction is a step of its own unless `join_next` was called.
  void begin_step();
  /// The next transaction joins the current step (typing merges this way).
  void join_next();
  /// Stored with the current step, given back by undo.
  void set_selection_before(const undo_selection& s);

  [[nodiscard]] bool can_undo() const noexcept;
  [[nodiscard]] bool can_redo() const noexcept;
  /// Undoes the last step. Steps that have no effect any more are skipped. Returns the patches'
  /// selection when one was stored; nullopt when there was nothing to undo.
  /// Pre: no transaction is open. O(operation runs since the step) at worst.
  struct outcome {
    std::optional<undo_selection> selection;
  };
  std::optional<outcome> undo();
  std::optional<outcome> redo();

  /// The stacks (at most the newest `max_steps` steps), to be kept beside the document.
  [[nodiscard]] bytes encode(std::size_t max_steps = 200) const;
  /// Replaces the stacks. Steps that name operations unknown to the document are refused.
  [[nodiscard]] result<void> restore(byte_view in);

private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace weft::crdt
