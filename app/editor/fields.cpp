// SPDX-License-Identifier: MIT
#include "editor/fields.hpp"

#include "editor/look.hpp"

#include <QFontMetrics>
#include <QGuiApplication>
#include <QPainter>
#include <QStyleOptionSlider>

namespace weft::app {

namespace {

constexpr int kScrollBarWidth = 12;
constexpr int kInset = 6;

void paintFrame(QPainter& painter, const QWidget& field, bool filled) {
  const Tokens t = tokens(themeOf(QGuiApplication::palette()));
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(field.hasFocus() ? t.accent
                      : filled         ? t.border
                                       : t.line,
                      field.hasFocus() ? 2 : 1));
  painter.setBrush(filled ? t.page : QColor(Qt::transparent));
  const double inset = field.hasFocus() ? 1 : 0.5;
  painter.drawRoundedRect(QRectF(field.rect()).adjusted(inset, inset, -inset, -inset), kRadius,
                          kRadius);
}

/// The line edit paints no box of its own.
void clearBase(QLineEdit& field) {
  field.setFrame(false);
  QPalette palette = field.palette();
  palette.setColor(QPalette::Base, Qt::transparent);
  field.setPalette(palette);
  field.setTextMargins(kInset, 0, kInset, 0);
}

}  // namespace

Field::Field(QWidget* parent) : QLineEdit(parent) {
  clearBase(*this);
  setFixedHeight(kControlHeight);
}

void Field::paintEvent(QPaintEvent* event) {
  {
    QPainter painter(this);
    paintFrame(painter, *this, true);
  }
  QLineEdit::paintEvent(event);
}

TitleField::TitleField(QWidget* parent) : QLineEdit(parent) {
  clearBase(*this);
}

void TitleField::paintEvent(QPaintEvent* event) {
  QPainter painter(this);
  if (hasFocus() || underMouse()) {
    paintFrame(painter, *this, false);
  }
  if (hasFocus()) {
    painter.end();
    QLineEdit::paintEvent(event);
    return;
  }
  painter.setFont(font());
  painter.setPen(palette().color(QPalette::Text));
  const QRect words = rect().adjusted(kInset + 2, 0, -kInset - 2, 0);
  painter.drawText(words, Qt::AlignVCenter | Qt::AlignLeft,
                   QFontMetrics(font()).elidedText(text(), Qt::ElideRight, words.width()));
}

SlimScrollBar::SlimScrollBar(QWidget* parent) : QScrollBar(Qt::Vertical, parent) {}

QSize SlimScrollBar::sizeHint() const {
  return {kScrollBarWidth, QScrollBar::sizeHint().height()};
}

void SlimScrollBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), palette().color(QPalette::Base));
  QStyleOptionSlider option;
  initStyleOption(&option);
  QRectF handle =
      style()->subControlRect(QStyle::CC_ScrollBar, &option, QStyle::SC_ScrollBarSlider, this);
  handle = handle.adjusted(3, 2, -3, -2);
  QColor color = tokens(themeOf(palette())).border;
  color.setAlpha(isSliderDown() ? 230 : underMouse() ? 190 : 120);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(color);
  painter.drawRoundedRect(handle, handle.width() / 2, handle.width() / 2);
}

}  // namespace weft::app
