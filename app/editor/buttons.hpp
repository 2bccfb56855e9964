// SPDX-License-Identifier: MIT
// The buttons of the window: flat until pointed at, one filled for the main thing to do.
#pragma once

#include "editor/icons.hpp"

#include <QToolButton>

namespace weft::app {

class Button : public QToolButton {
  Q_OBJECT

public:
  enum class Kind { Flat, Framed, Primary };

  Button(Kind kind, const QString& text, QWidget* parent = nullptr);
  /// Shows the glyph; beside the text if there is one.
  void setGlyph(Glyph glyph);
  /// Draws glyph and text in this colour instead of the palette's.
  void setTint(const QColor& tint);
  /// Takes name, keys and state of an action; shows its icon only.
  void follow(QAction* action, Glyph glyph);

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

protected:
  void paintEvent(QPaintEvent* event) override;

private:
  Kind m_kind;
  bool m_hasGlyph = false;
  bool m_iconOnly = false;
  Glyph m_glyph = Glyph::Plus;
  QColor m_tint;
};

}  // namespace weft::app
