// SPDX-License-Identifier: MIT
// One open document as a window sees it: text bridge, undo, presence, title and state in one place.
//
// It knows no widgets: the view gives it the selection and takes one back. It lives as long as the
// document is open in this process, shown or not, so each document keeps its undo stack and place.
#pragma once

#include "bridge/presence_model.hpp"
#include "bridge/text_bridge.hpp"
#include "bridge/undo_grouping.hpp"
#include "bridge/workspace.hpp"
#include "weft/crdt/document/undo.hpp"

#include <QElapsedTimer>
#include <QObject>
#include <QTextDocument>
#include <QTimer>

#include <functional>
#include <memory>

namespace weft::app {

class DocumentController : public QObject {
  Q_OBJECT

public:
  explicit DocumentController(std::shared_ptr<OpenDocument> document, QObject* parent = nullptr);
  ~DocumentController() override;

  [[nodiscard]] OpenDocument& document() { return *m_document; }
  [[nodiscard]] QTextDocument& textDocument() { return m_textDocument; }
  [[nodiscard]] TextBridge& bridge() { return *m_bridge; }
  [[nodiscard]] PresenceModel& presence() { return m_presence; }
  [[nodiscard]] QString id() const { return m_document->id(); }

  /// The title given, or the first line, or "Untitled".
  [[nodiscard]] QString shownTitle() const;
  void setTitle(const QString& title);
  [[nodiscard]] StatusWords status() const;

  /// The view's live selection, read in the middle of an edit too; empty when no view shows this
  /// document.
  void setSelectionSource(std::function<Selection()> source);
  /// The view tells where the person is. Sent to others while the document is shown.
  void setSelection(const Selection& selection);
  [[nodiscard]] Selection selection() const noexcept { return m_selection; }
  void setShown(bool shown);

  /// Others' changes wait while the person composes or drags; at most `atMostMs`.
  void holdFor(int atMostMs);
  void release();

  /// The next edit is an undo step of its own (paste, drop, cut).
  void isolateNextEdit();
  [[nodiscard]] bool canUndo() const;
  [[nodiscard]] bool canRedo() const;
  void undo();
  void redo();

  [[nodiscard]] int wordCount() const;

  /// Milliseconds that only go up, as in RemoteCaret::movedMs.
  [[nodiscard]] std::int64_t nowMs() const { return m_clockMs(); }
  /// Tests replace the clock.
  void setClock(std::function<std::int64_t()> clockMs);

Q_SIGNALS:
  void undoChanged();
  void titleChanged();
  void statusChanged();
  /// The selection belongs there now: after others' edits (`byPerson` false: do not scroll), or
  /// after undo (true: show it).
  void selectionMoved(const weft::app::Selection& selection, bool byPerson);
  void aboutToRender();

private:
  void beforeEdit(const TextBridge::LocalEdit& edit);
  void afterEdit();
  void step(bool forward);
  void announce();
  void saveUndoNow();
  void nameFromFirstLine();
  [[nodiscard]] QString firstLine() const;
  [[nodiscard]] crdt::undo_selection cursorsOf(const Selection& selection) const;
  [[nodiscard]] Selection selectionOf(const crdt::undo_selection& cursors) const;

  std::shared_ptr<OpenDocument> m_document;
  crdt::text m_text;
  QElapsedTimer m_started;
  std::function<std::int64_t()> m_clockMs;
  QTextDocument m_textDocument;
  std::unique_ptr<crdt::undo_manager> m_undo;
  std::unique_ptr<TextBridge> m_bridge;
  PresenceModel m_presence;
  UndoGrouping m_grouping;
  std::function<Selection()> m_liveSelection;
  Selection m_selection;  // as last told; during an edit still the one before it
  std::optional<crdt::undo_selection> m_selectionBefore;
  bool m_newStep = false;
  TextDifference m_lastPatch;  // of the newest undo: what it brought, or else what it took
  bool m_shown = false;
  bool m_held = false;
  QTimer m_holdTimer;
  QTimer m_presenceTimer;
  QTimer m_undoTimer;
  QTimer m_titleTimer;
};

/// Paragraph look of the text column, the same for every block.
void applyParagraphLook(QTextDocument& document);

}  // namespace weft::app
