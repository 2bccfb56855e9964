// SPDX-License-Identifier: MIT
// Draws where the others are: selection tints behind the text, carets and name flags above it.
//
// Painted in the same pass as the text, so never a frame behind it. Only what is visible is drawn.
#pragma once

#include "bridge/presence_model.hpp"

#include <QPainter>
#include <QTextEdit>

#include <cstdint>
#include <vector>

namespace weft::app {

class RemoteCursorLayer {
public:
  /// How long a name stays after its owner moved.
  static constexpr std::int64_t kFlagMs = 2500;

  explicit RemoteCursorLayer(const QTextEdit& view) : m_view(view) {}

  void setCarets(std::vector<RemoteCaret> carets) { m_carets = std::move(carets); }
  [[nodiscard]] const std::vector<RemoteCaret>& carets() const noexcept { return m_carets; }
  /// Names always, not only after a move.
  void setFlagsAlways(bool on) { m_flagsAlways = on; }

  void paintBehind(QPainter& painter) const;
  void paintAbove(QPainter& painter, std::int64_t nowMs) const;
  /// The caret in viewport coordinates.
  [[nodiscard]] QRect caretRect(const RemoteCaret& caret) const;
  /// Milliseconds until the next flag goes; -1 if none is shown.
  [[nodiscard]] std::int64_t nextFlagEnd(std::int64_t nowMs) const;

private:
  void paintFlag(QPainter& painter, const RemoteCaret& caret, const QRect& at) const;
  const QTextEdit& m_view;
  std::vector<RemoteCaret> m_carets;
  bool m_flagsAlways = false;
};

}  // namespace weft::app
