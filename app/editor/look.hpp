// SPDX-License-Identifier: MIT
// Colours and measures of the windows, light and dark. Contrast of every text is at least 4.5:1.
#pragma once

#include "bridge/author_colors.hpp"

#include <QColor>
#include <QFont>
#include <QPalette>

namespace weft::app {

struct Tokens {
  QColor page, panel, text, muted, accent, onAccent, good, warn, bad, border, line, hover, selected;
};

[[nodiscard]] Tokens tokens(Theme theme);
[[nodiscard]] QPalette paletteFor(Theme theme);
/// The theme that a palette belongs to.
[[nodiscard]] Theme themeOf(const QPalette& palette);
/// What the desktop seems to want, from the palette that the platform gave at start.
[[nodiscard]] Theme themeOfDesktop();
/// The face and size of the text column.
[[nodiscard]] QFont textFont();

inline constexpr int kColumnWidth = 680;
inline constexpr int kHeaderHeight = 52;
inline constexpr int kFooterHeight = 30;
inline constexpr int kSidebarWidth = 232;
inline constexpr int kControlHeight = 32;
inline constexpr int kRadius = 6;

}  // namespace weft::app
