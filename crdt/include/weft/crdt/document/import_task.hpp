// SPDX-License-Identifier: MIT
// import_task: an import in steps, so that a program keeps its window alive and shows progress.
//
//   import_task task(doc, std::move(bytes));
//   for (;;) {                                   // one turn of the event loop each
//     const auto done = task.step(20'000);
//     if (!done) return report(done.error());    // the document is as it was
//     if (*done) break;
//     show(task.progress());
//   }
//
// As with document::import, the update shows wholly or not at all. Until the last step the document
// may be read, edited and used for anything else. Whatever needs the document's version in between
// (an edit, an import, an export) gives up what is staged, and the next step begins again; after
// `most_restarts` of these the next step goes to the end at once, so that a task always ends.
// Same thread as the document, which outlives the task.
#pragma once

#include "weft/crdt/bytes.hpp"
#include "weft/crdt/document/document.hpp"
#include "weft/crdt/error.hpp"
#include "weft/crdt/limits.hpp"

#include <cstdint>
#include <memory>

namespace weft::crdt {

/// Work done of all that is to do, in the unit of `step`.
struct import_progress {
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  friend bool operator==(const import_progress&, const import_progress&) = default;
};

class import_task {
public:
  static constexpr unsigned most_restarts = 3;

  /// Nothing happens before the first step.
  import_task(document& into, bytes update, const limits& bounds = {});
  /// An unfinished import leaves no trace.
  ~import_task();
  import_task(const import_task&) = delete;
  import_task& operator=(const import_task&) = delete;

  /// Goes on for about `work` units (each an operation or a run of them, 10 to 500 ns) and returns
  /// whether all is imported. Decoding (the first step) and the change of what is shown, with its
  /// event (the last), are one piece each, whatever `work` is. After an error, and after the end,
  /// further calls return the same. Pre: `work > 0`, no transaction is open.
  [[nodiscard]] result<bool> step(std::uint64_t work);

  /// `{0, 0}` before the first step. `done` falls when the task begins again.
  [[nodiscard]] import_progress progress() const noexcept;
  /// What the import did. Pre: `step` returned true.
  [[nodiscard]] const import_report& report() const noexcept;

private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace weft::crdt
