// SPDX-License-Identifier: MIT
#include "editor/remote_cursor_layer.hpp"

#include "editor/look.hpp"

#include <QAbstractTextDocumentLayout>
#include <QFontMetrics>
#include <QScrollBar>
#include <QTextBlock>
#include <QTextLayout>

#include <algorithm>
#include <cmath>

namespace weft::app {

namespace {

constexpr int kTintLight = 46;  // 18 %
constexpr int kTintDark = 72;   // 28 %
constexpr int kFlagHeight = 17;
constexpr int kFlagPadding = 5;

}  // namespace

QRect RemoteCursorLayer::caretRect(const RemoteCaret& caret) const {
  QTextDocument* document = m_view.document();
  QTextCursor cursor(document);
  cursor.setPosition(std::clamp(caret.where.caret, 0, document->characterCount() - 1));
  QRect rect = m_view.cursorRect(cursor);
  rect.setWidth(2);
  return rect;
}

void RemoteCursorLayer::paintBehind(QPainter& painter) const {
  const QTextDocument* document = m_view.document();
  const auto* layout = document->documentLayout();
  const QPointF scroll(-m_view.horizontalScrollBar()->value(),
                       -m_view.verticalScrollBar()->value());
  const QRectF visible = m_view.viewport()->rect();
  const Theme theme = themeOf(m_view.palette());
  const int last = document->characterCount() - 1;
  for (const RemoteCaret& caret : m_carets) {
    if (caret.where.empty()) {
      continue;
    }
    QColor tint = caret.color.line(theme);
    tint.setAlpha(theme == Theme::Light ? kTintLight : kTintDark);
    const int first = std::clamp(caret.where.first(), 0, last);
    const int end = std::clamp(caret.where.end(), 0, last);
    for (QTextBlock block = document->findBlock(first); block.isValid() && block.position() < end;
         block = block.next()) {
      const QRectF area = layout->blockBoundingRect(block).translated(scroll);
      if (area.bottom() < visible.top()) {
        continue;
      }
      if (area.top() > visible.bottom()) {
        break;
      }
      const QTextLayout* lines = block.layout();
      for (int i = 0; i < lines->lineCount(); ++i) {
        const QTextLine line = lines->lineAt(i);
        const int from = std::max(first - block.position(), line.textStart());
        const int to = std::min(end - block.position(), line.textStart() + line.textLength());
        const bool wholeLineEnd = end - block.position() > line.textStart() + line.textLength();
        if (from > to || (from == to && !wholeLineEnd)) {
          continue;
        }
        const double left = std::min(line.cursorToX(from), line.cursorToX(to));
        const double right = std::max(line.cursorToX(from), line.cursorToX(to));
        const QRectF bar(area.left() + left, area.top() + line.y(),
                         right - left + (wholeLineEnd ? 4 : 0), line.height());
        painter.fillRect(bar, tint);
        painter.fillRect(QRectF(bar.left(), bar.bottom() - 1, bar.width(), 1),
                         caret.color.line(theme));
      }
    }
  }
}

void RemoteCursorLayer::paintAbove(QPainter& painter, std::int64_t nowMs) const {
  const Theme theme = themeOf(m_view.palette());
  const QRect visible = m_view.viewport()->rect();
  for (const RemoteCaret& caret : m_carets) {
    const QRect rect = caretRect(caret);
    if (!visible.intersects(rect)) {
      continue;
    }
    QPen pen(caret.color.line(theme), 2);
    if (caret.color.dashed) {
      pen.setStyle(Qt::DashLine);
    }
    painter.setPen(pen);
    painter.drawLine(QPoint(rect.left() + 1, rect.top() + 1),
                     QPoint(rect.left() + 1, rect.bottom() - 1));
  }
  // Flags last, so that no caret crosses a name.
  for (const RemoteCaret& caret : m_carets) {
    const QRect rect = caretRect(caret);
    if (visible.intersects(rect) && (m_flagsAlways || nowMs - caret.movedMs < kFlagMs)) {
      paintFlag(painter, caret, rect);
    }
  }
}

void RemoteCursorLayer::paintFlag(QPainter& painter, const RemoteCaret& caret,
                                  const QRect& at) const {
  const Theme theme = themeOf(m_view.palette());
  QFont font = m_view.font();
  font.setPixelSize(11);
  font.setBold(true);
  const int width = QFontMetrics(font).horizontalAdvance(caret.name) + 2 * kFlagPadding;
  QRect flag(at.left(), at.top() - kFlagHeight + 2, width, kFlagHeight);
  if (flag.top() < 0) {
    flag.moveTop(at.bottom());  // the first line has no room above
  }
  flag.moveLeft(std::min(flag.left(), m_view.viewport()->width() - width - 2));
  if (flag.intersects(m_view.cursorRect())) {
    flag.moveTop(at.bottom());  // never over one's own caret
  }
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(caret.color.line(theme));
  painter.drawRoundedRect(flag, 3, 3);
  painter.setFont(font);
  painter.setPen(caret.color.flagText(theme));
  painter.drawText(flag, Qt::AlignCenter, caret.name);
  painter.restore();
}

std::int64_t RemoteCursorLayer::nextFlagEnd(std::int64_t nowMs) const {
  std::int64_t soonest = -1;
  for (const RemoteCaret& caret : m_carets) {
    const std::int64_t left = caret.movedMs + kFlagMs - nowMs;
    if (left > 0 && (soonest < 0 || left < soonest)) {
      soonest = left;
    }
  }
  return soonest;
}

}  // namespace weft::app
