// SPDX-License-Identifier: MIT
// Which edits belong to one undo step.
//
// Typing is one step until a pause, a jump of the caret, Enter, another kind of edit, or 200
// characters. A paste or a command is a step of its own. Others' edits in between shift the place
// where typing goes on, but do not end the step. No clock: times come in.
#pragma once

#include "bridge/text_difference.hpp"

#include <QString>

#include <cstdint>

namespace weft::app {

class UndoGrouping {
public:
  static constexpr std::int64_t kPauseMs = 700;
  static constexpr int kLongest = 200;

  /// Whether an edit joins the step before it. Call once for each local edit, in order.
  [[nodiscard]] bool joins(int position, int removed, const QString& inserted, std::int64_t nowMs);
  /// Somebody else changed the text.
  void shift(const TextDifference& change);
  /// The next edit starts a step, and the one after it too (paste, drop, command).
  void isolateNext();
  /// The next edit starts a step.
  void close() { m_kind = Kind::None; }

private:
  enum class Kind { None, Typing, Erasing };
  Kind m_kind = Kind::None;
  int m_place = 0;  ///< where the step goes on
  int m_length = 0;
  std::int64_t m_lastMs = 0;
  bool m_isolate = false;
};

}  // namespace weft::app
