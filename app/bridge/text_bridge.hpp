// SPDX-License-Identifier: MIT
// Keeps a QTextDocument and a text of the library equal.
//
// Invariant: whenever control returns to the event loop, the widget's text is what shownText()
// makes of the library's text. One direction at a time: what a person types reaches the widget
// first and is read from there by comparison; everything else reaches the library first and is
// drawn from the patches of its event. If the two ever differ, the library wins and the widget is
// drawn again.
//
// Positions here are UTF-16 units, the same number on both sides. All calls and signals on the one
// thread of the document. docs/internals/editor.md.
#pragma once

#include "bridge/selection.hpp"
#include "weft/crdt/document/document.hpp"

#include <QObject>
#include <QString>
#include <QTextDocument>

#include <cstdint>
#include <functional>
#include <vector>

namespace weft::app {

class TextBridge : public QObject {
  Q_OBJECT

public:
  /// What a person did in the widget: `removed` units at `position` gave way to `inserted`.
  struct LocalEdit {
    int position = 0;
    int removed = 0;
    QString inserted;  ///< as shown: U+2029 between blocks
  };

  /// Shows `text` in `target` at once. All three must outlive the bridge.
  TextBridge(crdt::document& document, crdt::text text, QTextDocument& target,
             QObject* parent = nullptr);
  ~TextBridge() override;

  /// Asked for the selection in the widget, before a change of others is drawn and while an edit is
  /// read. Without it the caret is taken to be at 0.
  void setSelectionSource(std::function<Selection()> source);
  /// Called before a local edit becomes a transaction, when the library still has the old text.
  void setBeforeEdit(std::function<void(const LocalEdit&)> callback);

  /// The widget's text in raw form (blocks separated by U+2029). O(size).
  [[nodiscard]] QString rawText() const;
  [[nodiscard]] QString rawText(int position, int length) const;
  /// Whether the invariant holds. O(size).
  [[nodiscard]] bool matches() const;
  /// How often the widget had to be drawn again because it had drifted. 0 unless there is a bug.
  [[nodiscard]] int drifts() const noexcept { return m_drifts; }
  /// Compare everything after each change (tests).
  void setChecking(bool on) { m_checking = on; }

Q_SIGNALS:
  /// The widget is about to be changed by somebody else's edit, or by undo.
  void aboutToRender();
  /// It was changed. `selection` is where the person's selection belongs now.
  void rendered(const Selection& selection);
  /// One replacement was drawn; comes between the two above, once for each patch.
  void patched(const TextDifference& patch);
  /// A local edit is in the library.
  void edited();

private:
  void onContentsChange(int position, int removed, int added);
  void readEdit(int position, int removed, int added);
  void onEvent(const crdt::event& event);
  void render(const std::vector<crdt::text_patch>& patches);
  bool renderOne(const crdt::text_patch& patch, bool ascending, Selection& selection);
  void replaceInWidget(const TextDifference& where, const QString& shown);
  void redraw(Selection& selection);
  void redrawSoon();
  [[nodiscard]] int widgetLength() const;
  [[nodiscard]] int utf16Position(std::uint32_t scalar, bool ascending) const;
  [[nodiscard]] int unitsOfScalars(int position, std::uint32_t count) const;
  [[nodiscard]] Selection selection() const;

  crdt::document& m_document;
  crdt::text m_text;
  QTextDocument& m_target;
  std::function<Selection()> m_selectionSource;
  std::function<void(const LocalEdit&)> m_beforeEdit;
  std::uint64_t m_subscription = 0;
  int m_rendering = 0;  // > 0 while this class changes the widget
  int m_reading = 0;    // > 0 while this class changes the library
  int m_drifts = 0;
  bool m_checking = false;
  bool m_redrawQueued = false;
};

}  // namespace weft::app
