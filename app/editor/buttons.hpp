// SPDX-License-Identifier: MIT
// The buttons of the window: flat until pointed at, one filled for the main thing to do.
#pragma once

#include "editor/icons.hpp"

#include <QPushButton>
#include <QToolButton>

namespace weft::app {

enum class ButtonKind { Flat, Framed, Primary };

class Button : public QToolButton {
  Q_OBJECT

public:
  using Kind = ButtonKind;

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

/// A button of a dialog: Enter presses the one that is the default.
class DialogButton : public QPushButton {
  Q_OBJECT

public:
  DialogButton(ButtonKind kind, const QString& text, QWidget* parent = nullptr);
  [[nodiscard]] QSize sizeHint() const override;

protected:
  void paintEvent(QPaintEvent* event) override;

private:
  ButtonKind m_kind;
};

}  // namespace weft::app
