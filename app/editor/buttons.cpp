// SPDX-License-Identifier: MIT
#include "editor/buttons.hpp"

#include "editor/look.hpp"

#include <QAction>
#include <QFontMetrics>
#include <QPainter>

#include <algorithm>

namespace weft::app {

namespace {

constexpr int kGlyphSize = 16;
constexpr int kGap = 6;
constexpr int kPadding = 12;

/// Paints the box of a button; gives the colour for what stands in it.
QColor paintBox(QPainter& painter, const QWidget& button, ButtonKind kind, bool pressed) {
  const Tokens t = tokens(themeOf(button.palette()));
  const QRectF box = QRectF(button.rect()).adjusted(0.5, 0.5, -0.5, -0.5);
  QColor words = button.palette().color(button.isEnabled() ? QPalette::Active : QPalette::Disabled,
                                        QPalette::ButtonText);
  painter.setPen(Qt::NoPen);
  if (kind == ButtonKind::Primary) {
    QColor fill = t.accent;
    fill = pressed ? fill.darker(115) : button.underMouse() ? fill.lighter(108) : fill;
    painter.setBrush(button.isEnabled() ? fill : t.border);
    painter.drawRoundedRect(box, kRadius, kRadius);
    words = t.onAccent;
  } else {
    const bool lit = button.isEnabled() && (pressed || button.underMouse());
    painter.setPen(kind == ButtonKind::Framed ? QPen(t.line, 1) : QPen(Qt::NoPen));
    painter.setBrush(lit ? t.hover : kind == ButtonKind::Framed ? t.page : QColor(Qt::transparent));
    painter.drawRoundedRect(box, kRadius, kRadius);
  }
  if (button.hasFocus()) {
    painter.setPen(QPen(kind == ButtonKind::Primary ? t.text : t.accent, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), kRadius, kRadius);
  }
  return words;
}

}  // namespace

Button::Button(Kind kind, const QString& text, QWidget* parent)
    : QToolButton(parent), m_kind(kind) {
  setText(text);
  setAccessibleName(text);
  setFocusPolicy(Qt::TabFocus);
  setCursor(Qt::ArrowCursor);
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void Button::setGlyph(Glyph glyph) {
  m_glyph = glyph;
  m_hasGlyph = true;
  update();
}

void Button::setTint(const QColor& tint) {
  m_tint = tint;
  update();
}

void Button::follow(QAction* action, Glyph glyph) {
  setDefaultAction(action);
  m_iconOnly = true;
  QString name = action->text();
  name.remove(QChar(u'&')).remove(QChar(0x2026));
  const QString keys = action->shortcut().toString(QKeySequence::NativeText);
  setAccessibleName(name);
  setToolTip(keys.isEmpty() ? name : QStringLiteral("%1 (%2)").arg(name, keys));
  setGlyph(glyph);
}

QSize Button::sizeHint() const {
  if (m_iconOnly || text().isEmpty()) {
    return {kControlHeight, kControlHeight};
  }
  const int words = QFontMetrics(font()).horizontalAdvance(text());
  return {words + 2 * kPadding + (m_hasGlyph ? kGlyphSize + kGap : 0), kControlHeight};
}

void Button::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  QColor words = paintBox(painter, *this, m_kind, isDown() || isChecked());
  if (m_tint.isValid() && isEnabled()) {
    words = m_tint;
  }
  const double top = (height() - kGlyphSize) / 2.0;
  if (m_iconOnly || text().isEmpty()) {
    drawGlyph(painter, m_glyph, QRectF((width() - kGlyphSize) / 2.0, top, kGlyphSize, kGlyphSize),
              words);
    return;
  }
  int left = kPadding;
  if (m_hasGlyph) {
    drawGlyph(painter, m_glyph, QRectF(left, top, kGlyphSize, kGlyphSize), words);
    left += kGlyphSize + kGap;
  }
  painter.setPen(words);
  painter.setFont(font());
  painter.drawText(QRect(left, 0, width() - left - kPadding + 2, height()),
                   Qt::AlignVCenter | Qt::AlignLeft, text());
}

DialogButton::DialogButton(ButtonKind kind, const QString& text, QWidget* parent)
    : QPushButton(text, parent), m_kind(kind) {
  setFixedHeight(kControlHeight);
}

QSize DialogButton::sizeHint() const {
  const int words = QFontMetrics(font()).size(Qt::TextShowMnemonic, text()).width();
  return {std::max(words + 2 * kPadding + 8, 88), kControlHeight};
}

void DialogButton::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(paintBox(painter, *this, m_kind, isDown()));
  painter.drawText(rect(), Qt::AlignCenter | Qt::TextShowMnemonic, text());
}

}  // namespace weft::app
