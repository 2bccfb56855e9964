// SPDX-License-Identifier: MIT
#include "bridge/document_controller.hpp"

#include <QTextBlock>
#include <QTextBoundaryFinder>
#include <QTextCursor>

#include <algorithm>
#include <utility>

namespace weft::app {

namespace {

constexpr int kPresenceMs = 40;
constexpr int kUndoSaveMs = 1200;  // a save waits for the disk, so it waits for a pause
constexpr int kTitleMs = 1500;
constexpr int kLongestTitle = 60;
constexpr int kLineHeightPercent = 140;
constexpr double kParagraphGap = 2;

}  // namespace

void applyParagraphLook(QTextDocument& document) {
  QTextBlockFormat format;
  format.setLineHeight(kLineHeightPercent, QTextBlockFormat::ProportionalHeight);
  format.setBottomMargin(kParagraphGap);
  QTextCursor all(&document);
  all.select(QTextCursor::Document);
  all.mergeBlockFormat(format);
}

DocumentController::DocumentController(std::shared_ptr<OpenDocument> document, QObject* parent)
    : QObject(parent),
      m_document(std::move(document)),
      m_text(m_document->document().get_text("text")),
      m_clockMs([this] { return m_started.elapsed(); }),
      m_undo(std::make_unique<crdt::undo_manager>(m_document->document())),
      m_presence(m_text, [this] { return m_clockMs(); }) {
  m_started.start();
  m_textDocument.setDocumentMargin(0);
  applyParagraphLook(m_textDocument);
  m_bridge = std::make_unique<TextBridge>(m_document->document(), m_text, m_textDocument);
  m_bridge->setSelectionSource(
      [this] { return m_liveSelection ? m_liveSelection() : m_selection; });
  m_bridge->setBeforeEdit([this](const TextBridge::LocalEdit& edit) { beforeEdit(edit); });
  if (const auto stacks = m_document->loadUndo()) {
    // Stacks that do not fit the document any more are left behind; undo then starts empty.
    static_cast<void>(m_undo->restore(*stacks).has_value());
  }
  connect(m_bridge.get(), &TextBridge::aboutToRender, this, &DocumentController::aboutToRender);
  connect(m_bridge.get(), &TextBridge::patched, this, [this](const TextDifference& patch) {
    m_grouping.shift(patch);
    if (m_lastPatch.inserted == 0 || patch.inserted > 0) {
      m_lastPatch = patch;
    }
  });
  connect(m_bridge.get(), &TextBridge::rendered, this, [this](const Selection& where) {
    m_selection = where;
    m_presence.resolve();
    Q_EMIT selectionMoved(where, false);
    Q_EMIT titleChanged();
  });
  connect(m_bridge.get(), &TextBridge::edited, this, &DocumentController::afterEdit);
  connect(m_document.get(), &OpenDocument::stateChanged, this, [this] {
    m_presence.setPeople(m_document->people());
    Q_EMIT statusChanged();
  });
  connect(m_document.get(), &OpenDocument::titleChanged, this, &DocumentController::titleChanged);
  connect(m_document.get(), &OpenDocument::presence, &m_presence,
          [this](const crdt::replica_id& replica, const std::string& person,
                 const crdt::bytes& payload) { m_presence.receive(replica, person, payload); });
  const auto oneShot = [this](QTimer& timer, auto slot) {
    timer.setSingleShot(true);
    connect(&timer, &QTimer::timeout, this, slot);
  };
  oneShot(m_holdTimer, &DocumentController::release);
  oneShot(m_presenceTimer, &DocumentController::announce);
  oneShot(m_undoTimer, &DocumentController::saveUndoNow);
  oneShot(m_titleTimer, &DocumentController::nameFromFirstLine);
  m_presence.setPeople(m_document->people());
}

DocumentController::~DocumentController() {
  release();
  saveUndoNow();
}

void DocumentController::setClock(std::function<std::int64_t()> clockMs) {
  m_clockMs = std::move(clockMs);
}

QString DocumentController::firstLine() const {
  for (QTextBlock block = m_textDocument.begin(); block.isValid(); block = block.next()) {
    const QString line = block.text().simplified();
    if (!line.isEmpty()) {
      return line.size() <= kLongestTitle ? line
                                          : line.left(kLongestTitle - 1).trimmed() + QChar(0x2026);
    }
  }
  return {};
}

QString DocumentController::shownTitle() const {
  const QString given = m_document->title().simplified();
  if (!given.isEmpty()) {
    return given;
  }
  const QString line = firstLine();
  return line.isEmpty() ? tr("Untitled") : line;
}

void DocumentController::setTitle(const QString& title) {
  const QString wanted = title.simplified();
  if (!wanted.isEmpty() && wanted != m_document->title()) {
    m_document->setTitle(wanted);
    Q_EMIT titleChanged();
  }
}

/// A document that nobody named takes its first line as its name, once that line is finished.
void DocumentController::nameFromFirstLine() {
  if (m_document->title().simplified().isEmpty()) {
    setTitle(firstLine());
  }
}

StatusWords DocumentController::status() const {
  return statusWords(m_document->state());
}

void DocumentController::setSelectionSource(std::function<Selection()> source) {
  m_liveSelection = std::move(source);
}

void DocumentController::setSelection(const Selection& selection) {
  if (selection == m_selection) {
    return;
  }
  m_selection = selection;
  if (m_shown && !m_presenceTimer.isActive()) {
    m_presenceTimer.start(kPresenceMs);
  }
}

void DocumentController::setShown(bool shown) {
  m_shown = shown;
  if (shown) {
    m_presenceTimer.start(kPresenceMs);
  } else {
    m_presenceTimer.stop();
    m_document->sendPresence({});
  }
}

void DocumentController::announce() {
  if (m_shown) {
    m_document->sendPresence(m_presence.payloadFor(m_selection).encode());
  }
}

void DocumentController::holdFor(int atMostMs) {
  if (!m_held) {
    m_held = true;
    m_document->setHold(true);
    m_holdTimer.start(atMostMs);
  }
}

void DocumentController::release() {
  m_holdTimer.stop();
  if (m_held) {
    m_held = false;
    m_document->setHold(false);
  }
}

void DocumentController::isolateNextEdit() {
  m_grouping.isolateNext();
}

crdt::undo_selection DocumentController::cursorsOf(const Selection& selection) const {
  const PresencePayload cursors = m_presence.payloadFor(selection);
  return {cursors.anchor, cursors.caret};
}

Selection DocumentController::selectionOf(const crdt::undo_selection& cursors) const {
  const auto place = [this](const crdt::cursor& cursor) {
    const auto at = m_text.resolve(cursor);
    return at ? static_cast<int>(m_text.to_utf16(*at).value) : 0;
  };
  return {place(cursors.anchor), place(cursors.caret)};
}

void DocumentController::beforeEdit(const TextBridge::LocalEdit& edit) {
  m_newStep = !m_grouping.joins(edit.position, edit.removed, edit.inserted, m_clockMs());
  if (!m_newStep) {
    m_undo->join_next();
    return;
  }
  m_undo->begin_step();
  const int length = static_cast<int>(m_text.length_utf16());
  m_selectionBefore = cursorsOf(
      {std::clamp(m_selection.anchor, 0, length), std::clamp(m_selection.caret, 0, length)});
}

void DocumentController::afterEdit() {
  if (m_newStep && m_selectionBefore) {
    m_undo->set_selection_before(*m_selectionBefore);
  }
  m_presence.resolve();
  if (m_shown && !m_presenceTimer.isActive()) {
    m_presenceTimer.start(kPresenceMs);
  }
  m_undoTimer.start(kUndoSaveMs);
  if (m_document->title().simplified().isEmpty()) {
    m_textDocument.blockCount() > 1 ? nameFromFirstLine() : m_titleTimer.start(kTitleMs);
  }
  Q_EMIT undoChanged();
  Q_EMIT titleChanged();
}

bool DocumentController::canUndo() const {
  return m_undo->can_undo();
}
bool DocumentController::canRedo() const {
  return m_undo->can_redo();
}
void DocumentController::undo() {
  step(false);
}
void DocumentController::redo() {
  step(true);
}

void DocumentController::step(bool forward) {
  m_grouping.close();
  m_lastPatch = {};
  const auto outcome = forward ? m_undo->redo() : m_undo->undo();
  if (!outcome) {
    return;
  }
  // What came back is new to the document, so cursors from before do not frame it. It is selected
  // if it went as a selection; else the caret stands at its right end.
  const bool wasSelected =
      outcome->selection && !forward && outcome->selection->anchor != outcome->selection->caret;
  const int end = m_lastPatch.position + m_lastPatch.inserted;
  Selection where{end, end};
  if (m_lastPatch.inserted > 0 && wasSelected) {
    where.anchor = m_lastPatch.position;
  } else if (m_lastPatch.inserted == 0 && outcome->selection) {
    where = selectionOf(*outcome->selection);
  }
  m_selection = where;
  Q_EMIT selectionMoved(where, true);
  m_undoTimer.start(kUndoSaveMs);
  Q_EMIT undoChanged();
}

void DocumentController::saveUndoNow() {
  m_undoTimer.stop();
  m_document->saveUndo(m_undo->encode());
}

int DocumentController::wordCount() const {
  int words = 0;
  for (QTextBlock block = m_textDocument.begin(); block.isValid(); block = block.next()) {
    const QString text = block.text();
    QTextBoundaryFinder finder(QTextBoundaryFinder::Word, text);
    while (finder.toNextBoundary() != -1) {
      words += finder.boundaryReasons().testFlag(QTextBoundaryFinder::EndOfItem) ? 1 : 0;
    }
  }
  return words;
}

}  // namespace weft::app
