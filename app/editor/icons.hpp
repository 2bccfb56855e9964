// SPDX-License-Identifier: MIT
// The icons, drawn with lines on a grid of 16, in the colour of the text beside them.
#pragma once

#include <QIcon>
#include <QPainter>

namespace weft::app {

enum class Glyph {
  Plus,
  Share,
  Link,
  Undo,
  Redo,
  Search,
  Disk,
  Ticks,
  ArrowUp,
  ArrowDown,
  Unplugged,
  Clock,
  Warning,
  Close,
  Sidebar
};

/// Draws a glyph into a square.
void drawGlyph(QPainter& painter, Glyph glyph, const QRectF& square, const QColor& color);
/// An icon that follows the application's palette, disabled state included.
[[nodiscard]] QIcon glyphIcon(Glyph glyph);

}  // namespace weft::app
