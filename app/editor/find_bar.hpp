// SPDX-License-Identifier: MIT
// Find in the open document: marks all places, goes from one to the next.
#pragma once

#include <QLabel>
#include <QLineEdit>
#include <QTextEdit>
#include <QWidget>

namespace weft::app {

class FindBar : public QWidget {
  Q_OBJECT

public:
  explicit FindBar(QTextEdit& view, QWidget* parent = nullptr);
  /// Shows the bar with the selected words in its field.
  void start();
  void goTo(bool forward);
  /// Marks again, after the text changed.
  void refresh();

Q_SIGNALS:
  void closed();

protected:
  void keyPressEvent(QKeyEvent* event) override;
  void hideEvent(QHideEvent* event) override;

private:
  QTextEdit& m_view;
  QLineEdit* m_field;
  QLabel* m_count;
};

}  // namespace weft::app
