// SPDX-License-Identifier: MIT
// The text column: a QTextEdit that shows one document and the others in it.
//
// It forwards the selection to the document's controller and takes one back. The person's caret,
// selection and reading place stay where they are when others write.
#pragma once

#include "bridge/document_controller.hpp"
#include "editor/remote_cursor_layer.hpp"

#include <QPointer>
#include <QTextCursor>
#include <QTextEdit>
#include <QTimer>

namespace weft::app {

class EditorView : public QTextEdit {
  Q_OBJECT

public:
  explicit EditorView(QWidget* parent = nullptr);
  ~EditorView() override;

  /// Shows a document, or none. The controller must outlive its being shown.
  void show(DocumentController* controller);
  [[nodiscard]] DocumentController* controller() const { return m_controller; }
  [[nodiscard]] RemoteCursorLayer& cursors() { return m_cursors; }
  [[nodiscard]] Selection selection() const;
  void setSelection(const Selection& selection);
  void setTextPointSize(double points);

  using QTextEdit::show;

protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void inputMethodEvent(QInputMethodEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  [[nodiscard]] QMimeData* createMimeDataFromSelection() const override;
  [[nodiscard]] bool canInsertFromMimeData(const QMimeData* source) const override;
  void insertFromMimeData(const QMimeData* source) override;

private:
  void layOutColumn();
  void rememberPlace();
  void placeSelection(const Selection& selection, bool byPerson);
  void refreshCarets();
  void showTop();
  void tellSelection();

  QPointer<DocumentController> m_controller;
  QTextDocument m_empty;
  RemoteCursorLayer m_cursors;
  QTextCursor m_top;    // first visible line before a change of others
  int m_topOffset = 0;  // its place in the viewport
  bool m_composing = false;
  QTimer m_flagTimer;
  QElapsedTimer m_clock;
};

}  // namespace weft::app
