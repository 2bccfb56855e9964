// SPDX-License-Identifier: MIT
#include "editor/editor_view.hpp"

#include "bridge/utf16.hpp"
#include "editor/fields.hpp"
#include "editor/look.hpp"

#include <QAction>
#include <QContextMenuEvent>
#include <QInputMethodEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QMimeData>
#include <QPainter>
#include <QScrollBar>
#include <QTextFrame>

#include <algorithm>

namespace weft::app {

namespace {

constexpr int kMouseHoldMs = 500;
constexpr int kComposeHoldMs = 2000;
constexpr int kTopMargin = 36;
constexpr int kBottomMargin = 96;
constexpr int kLeastSideMargin = 28;

bool isUndoKey(const QKeyEvent& key) {
  return key.matches(QKeySequence::Undo) || key.matches(QKeySequence::Redo);
}

}  // namespace

EditorView::EditorView(QWidget* parent) : QTextEdit(parent), m_cursors(*this) {
  setObjectName(QStringLiteral("editorView"));
  setAccessibleName(tr("Text"));
  setFrameShape(QFrame::NoFrame);
  setAcceptRichText(false);
  setUndoRedoEnabled(false);
  setCursorWidth(2);
  setVerticalScrollBar(new SlimScrollBar(this));
  setVerticalScrollBarPolicy(Qt::ScrollBarAsNeeded);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setFont(textFont());
  m_clock.start();
  m_flagTimer.setSingleShot(true);
  connect(&m_flagTimer, &QTimer::timeout, this, &EditorView::refreshCarets);
  connect(this, &QTextEdit::cursorPositionChanged, this, &EditorView::tellSelection);
  connect(this, &QTextEdit::selectionChanged, this, &EditorView::tellSelection);
  show(static_cast<DocumentController*>(nullptr));
}

EditorView::~EditorView() {
  show(static_cast<DocumentController*>(nullptr));
}

void EditorView::show(DocumentController* controller) {
  if (m_controller) {
    m_controller->setShown(false);
    m_controller->setSelectionSource({});
    m_controller->disconnect(this);
    m_controller->presence().disconnect(this);
  }
  m_controller = controller;
  m_composing = false;
  m_cursors.setCarets({});
  QTextDocument& shown = controller ? controller->textDocument() : m_empty;
  shown.setDefaultFont(font());
  const Selection place = controller ? controller->selection() : Selection{};
  setDocument(&shown);
  setReadOnly(controller == nullptr);
  layOutColumn();
  if (!controller) {
    return;
  }
  controller->setSelectionSource([this] { return selection(); });
  connect(controller, &DocumentController::aboutToRender, this, &EditorView::rememberPlace);
  connect(controller, &DocumentController::selectionMoved, this, &EditorView::placeSelection);
  connect(&controller->presence(), &PresenceModel::changed, this, &EditorView::refreshCarets);
  setSelection(place);
  controller->setShown(true);
  refreshCarets();
}

Selection EditorView::selection() const {
  const QTextCursor cursor = textCursor();
  return {cursor.anchor(), cursor.position()};
}

void EditorView::setSelection(const Selection& wanted) {
  const int last = document()->characterCount() - 1;
  QTextCursor cursor = textCursor();
  const int column = cursor.verticalMovementX();
  cursor.setPosition(std::clamp(wanted.anchor, 0, last));
  cursor.setPosition(std::clamp(wanted.caret, 0, last), QTextCursor::KeepAnchor);
  cursor.setVerticalMovementX(column);
  setTextCursor(cursor);
}

void EditorView::setTextPointSize(double points) {
  QFont font = this->font();
  font.setPointSizeF(points);
  setFont(font);
  document()->setDefaultFont(font);
}

void EditorView::tellSelection() {
  if (m_controller) {
    m_controller->setSelection(selection());
  }
}

void EditorView::rememberPlace() {
  m_top = cursorForPosition(QPoint(viewport()->width() / 2, 0));
  m_topOffset = cursorRect(m_top).top();
}

/// After others' edits the reading place is sacred: QTextEdit would scroll to the caret, and the
/// text would move by what was inserted above.
void EditorView::placeSelection(const Selection& selection, bool byPerson) {
  if (byPerson) {
    setSelection(selection);
    ensureCursorVisible();
    return;
  }
  QScrollBar* bar = verticalScrollBar();
  const int before = bar->value();
  if (!m_composing && selection != this->selection()) {
    setSelection(selection);
    bar->setValue(before);
  }
  if (!m_top.isNull()) {
    bar->setValue(bar->value() + cursorRect(m_top).top() - m_topOffset);
    m_top = QTextCursor();
  }
  tellSelection();
}

void EditorView::refreshCarets() {
  if (m_controller) {
    m_cursors.setCarets(m_controller->presence().carets());
  }
  const auto next = m_cursors.nextFlagEnd(m_controller ? m_controller->nowMs() : 0);
  if (next >= 0) {
    m_flagTimer.start(static_cast<int>(next) + 1);
  }
  viewport()->update();
}

void EditorView::layOutColumn() {
  const int side = std::max(kLeastSideMargin, (viewport()->width() - kColumnWidth) / 2);
  QTextFrame* root = document()->rootFrame();
  QTextFrameFormat format = root->frameFormat();
  if (static_cast<int>(format.leftMargin()) == side &&
      static_cast<int>(format.topMargin()) == kTopMargin) {
    return;
  }
  format.setLeftMargin(side);
  format.setRightMargin(side);
  format.setTopMargin(kTopMargin);
  format.setBottomMargin(kBottomMargin);
  root->setFrameFormat(format);
}

void EditorView::resizeEvent(QResizeEvent* event) {
  QTextEdit::resizeEvent(event);
  layOutColumn();
}

void EditorView::paintEvent(QPaintEvent* event) {
  {
    QPainter painter(viewport());
    painter.setClipRect(event->rect());
    m_cursors.paintBehind(painter);
  }
  QTextEdit::paintEvent(event);
  QPainter painter(viewport());
  painter.setClipRect(event->rect());
  if (m_controller && document()->characterCount() <= 1 && !m_composing) {
    painter.setPen(palette().color(QPalette::PlaceholderText));
    painter.setFont(font());
    const QRect caret = cursorRect();
    painter.drawText(QRect(caret.left() + 4, caret.top(), kColumnWidth, caret.height()),
                     Qt::AlignLeft | Qt::AlignBottom,
                     tr("Just write. It is saved here as you type."));
  }
  m_cursors.paintAbove(painter, m_controller ? m_controller->nowMs() : 0);
}

/// QTextEdit claims the undo keys even when its own undo is off; let the actions have them.
bool EditorView::event(QEvent* event) {
  if (event->type() == QEvent::ShortcutOverride && isUndoKey(*static_cast<QKeyEvent*>(event))) {
    event->ignore();
    return false;
  }
  return QTextEdit::event(event);
}

void EditorView::keyPressEvent(QKeyEvent* event) {
  if (isUndoKey(*event)) {
    event->ignore();
    return;
  }
  const bool erasesWord = (event->modifiers() & Qt::ControlModifier) != 0 &&
                          (event->key() == Qt::Key_Backspace || event->key() == Qt::Key_Delete);
  if (m_controller && (event->matches(QKeySequence::Cut) || erasesWord)) {
    m_controller->isolateNextEdit();
  }
  if (event->matches(QKeySequence::InsertParagraphSeparator) && !isReadOnly()) {
    // On an empty line QTextEdit would take Enter for "reset this paragraph" and insert nothing.
    textCursor().insertText(QStringLiteral("\n"));
    ensureCursorVisible();
    event->accept();
    return;
  }
  QTextEdit::keyPressEvent(event);
  showTop();
}

/// On the first line the margin above it belongs to the picture too.
void EditorView::showTop() {
  QScrollBar* bar = verticalScrollBar();
  if (cursorRect().top() >= 0 && cursorRect().top() + bar->value() <= kTopMargin + 2) {
    bar->setValue(0);
  }
}

void EditorView::mousePressEvent(QMouseEvent* event) {
  if (m_controller) {
    m_controller->holdFor(kMouseHoldMs);
  }
  QTextEdit::mousePressEvent(event);
}

void EditorView::mouseReleaseEvent(QMouseEvent* event) {
  QTextEdit::mouseReleaseEvent(event);
  if (m_controller) {
    m_controller->release();
  }
}

void EditorView::inputMethodEvent(QInputMethodEvent* event) {
  m_composing = !event->preeditString().isEmpty();
  if (m_controller && m_composing) {
    m_controller->holdFor(kComposeHoldMs);
  }
  QTextEdit::inputMethodEvent(event);
  if (m_controller && !m_composing) {
    m_controller->release();
  }
}

void EditorView::contextMenuEvent(QContextMenuEvent* event) {
  QMenu menu(this);
  const bool chosen = textCursor().hasSelection();
  const auto add = [&menu](const QString& text, const QKeySequence& keys, bool enabled,
                           auto&& run) {
    QAction* action = menu.addAction(text);
    action->setShortcut(keys);
    action->setEnabled(enabled);
    connect(action, &QAction::triggered, &menu, run);
  };
  if (m_controller) {
    add(tr("&Undo"), QKeySequence::Undo, m_controller->canUndo(), [this] { m_controller->undo(); });
    add(tr("&Redo"), QKeySequence::Redo, m_controller->canRedo(), [this] { m_controller->redo(); });
    menu.addSeparator();
  }
  add(tr("Cu&t"), QKeySequence::Cut, chosen && !isReadOnly(), [this] {
    if (m_controller) {
      m_controller->isolateNextEdit();
    }
    cut();
  });
  add(tr("&Copy"), QKeySequence::Copy, chosen, [this] { copy(); });
  add(tr("&Paste"), QKeySequence::Paste, canPaste(), [this] { paste(); });
  menu.addSeparator();
  add(tr("Select &all"), QKeySequence::SelectAll, true, [this] { selectAll(); });
  menu.exec(event->globalPos());
}

QMimeData* EditorView::createMimeDataFromSelection() const {
  auto* mime = new QMimeData;
  QString text = textCursor().selectedText();
  text.replace(QChar(QChar::ParagraphSeparator), QChar(u'\n'));
  text.replace(QChar(QChar::LineSeparator), QChar(u'\n'));
  mime->setText(text);
  return mime;
}

bool EditorView::canInsertFromMimeData(const QMimeData* source) const {
  return source->hasText() && !isReadOnly();
}

void EditorView::insertFromMimeData(const QMimeData* source) {
  if (!canInsertFromMimeData(source)) {
    return;
  }
  if (m_controller) {
    m_controller->isolateNextEdit();
  }
  textCursor().insertText(cleanedForInsertion(source->text()));
  ensureCursorVisible();
}

}  // namespace weft::app
