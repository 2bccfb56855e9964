// SPDX-License-Identifier: MIT
#include "bridge/undo_grouping.hpp"

#include "bridge/selection.hpp"

namespace weft::app {

bool UndoGrouping::joins(int position, int removed, const QString& inserted, std::int64_t nowMs) {
  const int added = static_cast<int>(inserted.size());
  const Kind kind = added > 0 ? Kind::Typing : Kind::Erasing;
  const bool enter = inserted.contains(QChar(QChar::ParagraphSeparator));
  // Backspace ends where the step stands, Delete begins there; typing replaces nothing.
  const bool here = kind == Kind::Typing ? removed == 0 && position == m_place
                                         : position == m_place || position + removed == m_place;
  const bool joined = !m_isolate && !enter && kind == m_kind && here &&
                      nowMs - m_lastMs <= kPauseMs && m_length + added + removed <= kLongest;
  m_length = joined ? m_length + added + removed : added + removed;
  m_kind = m_isolate || enter ? Kind::None : kind;
  m_place = position + added;
  m_lastMs = nowMs;
  m_isolate = false;
  return joined;
}

void UndoGrouping::shift(const TextDifference& change) {
  m_place = moved(m_place, change, Sticks::Left);
}

void UndoGrouping::isolateNext() {
  m_isolate = true;
  m_kind = Kind::None;
}

}  // namespace weft::app
