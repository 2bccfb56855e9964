// SPDX-License-Identifier: MIT
// Fields to write a line in, and a scroll bar, in the look of the window.
#pragma once

#include <QLineEdit>
#include <QScrollBar>

namespace weft::app {

/// A line in a rounded box.
class Field : public QLineEdit {
  Q_OBJECT

public:
  explicit Field(QWidget* parent = nullptr);

protected:
  void paintEvent(QPaintEvent* event) override;
};

/// Plain words, elided, until one points at them or edits them.
class TitleField : public QLineEdit {
  Q_OBJECT

public:
  explicit TitleField(QWidget* parent = nullptr);

protected:
  void paintEvent(QPaintEvent* event) override;
};

/// A slim handle without a groove.
class SlimScrollBar : public QScrollBar {
  Q_OBJECT

public:
  explicit SlimScrollBar(QWidget* parent = nullptr);
  [[nodiscard]] QSize sizeHint() const override;

protected:
  void paintEvent(QPaintEvent* event) override;
};

}  // namespace weft::app
