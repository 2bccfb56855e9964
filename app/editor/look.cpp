// SPDX-License-Identifier: MIT
#include "editor/look.hpp"

#include <QFontDatabase>
#include <QGuiApplication>

namespace weft::app {

namespace {

constexpr double kTextPoints = 12;

const Tokens& lightTokens() {
  static const Tokens t = {QColor(0xffffff), QColor(0xf5f6f8), QColor(0x1f2328), QColor(0x57606a),
                           QColor(0x0b5cad), QColor(0xffffff), QColor(0x1a7f4b), QColor(0x8a5a00),
                           QColor(0xb3261e), QColor(0x8a929c), QColor(0xdfe3e8), QColor(0xe8ebef),
                           QColor(0xdde9f6)};
  return t;
}

const Tokens& darkTokens() {
  static const Tokens t = {QColor(0x1e1f22), QColor(0x26272b), QColor(0xe6e8eb), QColor(0xa3abb5),
                           QColor(0x7cbbff), QColor(0x10141a), QColor(0x5fd39a), QColor(0xf0b95a),
                           QColor(0xff8a80), QColor(0x6b727c), QColor(0x3a3c42), QColor(0x33353a),
                           QColor(0x2d3f54)};
  return t;
}

}  // namespace

Tokens tokens(Theme theme) {
  return theme == Theme::Light ? lightTokens() : darkTokens();
}

QPalette paletteFor(Theme theme) {
  const Tokens t = tokens(theme);
  QPalette p;
  p.setColor(QPalette::Window, t.panel);
  p.setColor(QPalette::WindowText, t.text);
  p.setColor(QPalette::Base, t.page);
  p.setColor(QPalette::AlternateBase, t.panel);
  p.setColor(QPalette::Text, t.text);
  p.setColor(QPalette::PlaceholderText, t.muted);
  p.setColor(QPalette::Button, t.panel);
  p.setColor(QPalette::ButtonText, t.text);
  p.setColor(QPalette::BrightText, t.bad);
  p.setColor(QPalette::ToolTipBase, t.text);
  p.setColor(QPalette::ToolTipText, t.page);
  p.setColor(QPalette::Highlight, theme == Theme::Light ? QColor(0xb9d6f3) : QColor(0x2f5a86));
  p.setColor(QPalette::HighlightedText, t.text);
  p.setColor(QPalette::Link, t.accent);
  p.setColor(QPalette::LinkVisited, t.accent);
  p.setColor(QPalette::Light, t.page);
  p.setColor(QPalette::Midlight, t.hover);
  p.setColor(QPalette::Mid, t.line);
  p.setColor(QPalette::Dark, t.border);
  p.setColor(QPalette::Shadow, t.border);
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
    QColor faint = t.muted;
    faint.setAlpha(140);
    p.setColor(QPalette::Disabled, role, faint);
  }
  return p;
}

Theme themeOf(const QPalette& palette) {
  return palette.color(QPalette::Base).lightness() < 128 ? Theme::Dark : Theme::Light;
}

Theme themeOfDesktop() {
  static const Theme atStart = [] {
    const QPalette p = QGuiApplication::palette();
    return p.color(QPalette::Window).lightness() < p.color(QPalette::WindowText).lightness()
               ? Theme::Dark
               : Theme::Light;
  }();
  return atStart;
}

QFont textFont() {
  QFont font = QGuiApplication::font();
  const QStringList known = QFontDatabase::families();
  for (const char* family : {"Noto Sans", "Inter", "Cantarell", "DejaVu Sans"}) {
    if (known.contains(QLatin1String(family))) {
      font.setFamily(QLatin1String(family));
      break;
    }
  }
  font.setPointSizeF(kTextPoints);
  return font;
}

}  // namespace weft::app
