// SPDX-License-Identifier: MIT
#include "bridge/text_bridge.hpp"

#include "bridge/utf16.hpp"

#include <QAbstractTextDocumentLayout>
#include <QTextBlock>
#include <QTextCursor>

#include <algorithm>
#include <limits>

namespace weft::app {

namespace {

/// Beyond this many patches in one event the whole text is compared and drawn once.
constexpr std::size_t kManyPatches = 2000;
/// Patches nearer than this many blocks share one edit block, hence one layout. Further apart they
/// do not, since an edit block lays out everything between its first and its last edit.
constexpr int kNearBlocks = 64;

class Counted {
public:
  explicit Counted(int& count) : m_count(count) { ++m_count; }
  ~Counted() { --m_count; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

private:
  int& m_count;
};

std::uint32_t unsignedOf(int value) {
  return static_cast<std::uint32_t>(std::max(value, 0));
}
int signedOf(std::uint32_t value) {
  return static_cast<int>(value);
}

bool ascendingPatches(const std::vector<crdt::text_patch>& patches) {
  std::uint32_t end = 0;
  for (const crdt::text_patch& patch : patches) {
    if (patch.position < end) {
      return false;
    }
    end = patch.position + patch.inserted_length;
  }
  return true;
}

}  // namespace

TextBridge::TextBridge(crdt::document& document, crdt::text text, QTextDocument& target,
                       QObject* parent)
    : QObject(parent), m_document(document), m_text(text), m_target(target) {
  m_target.setUndoRedoEnabled(false);
  // A QTextDocument without a layout sends no signals at all.
  static_cast<void>(m_target.documentLayout());
  Selection start;
  redraw(start);
  m_drifts = 0;
  connect(&m_target, &QTextDocument::contentsChange, this, &TextBridge::onContentsChange);
  m_subscription = m_document.subscribe([this](const crdt::event& event) { onEvent(event); });
}

TextBridge::~TextBridge() {
  m_document.unsubscribe(m_subscription);
}

void TextBridge::setSelectionSource(std::function<Selection()> source) {
  m_selectionSource = std::move(source);
}

void TextBridge::setBeforeEdit(std::function<void(const LocalEdit&)> callback) {
  m_beforeEdit = std::move(callback);
}

Selection TextBridge::selection() const {
  return m_selectionSource ? m_selectionSource() : Selection{};
}

int TextBridge::widgetLength() const {
  return m_target.characterCount() - 1;  // without the separator that ends every document
}

QString TextBridge::rawText() const {
  return rawText(0, widgetLength());
}

QString TextBridge::rawText(int position, int length) const {
  QString out;
  out.reserve(length);
  const int end = position + length;
  for (QTextBlock block = m_target.findBlock(position); block.isValid() && position < end;
       block = block.next()) {
    const QString text = block.text();
    const int offset = position - block.position();
    const int take = std::min(static_cast<int>(text.size()) - offset, end - position);
    out.append(QStringView(text).mid(offset, take));
    position += take;
    if (position < end) {
      out.append(QChar(QChar::ParagraphSeparator));
      ++position;
    }
  }
  return out;
}

bool TextBridge::matches() const {
  return rawText() == shownText(m_text.to_string());
}

void TextBridge::onContentsChange(int position, int removed, int added) {
  if (m_rendering > 0) {
    return;
  }
  // The numbers are a window to look into, no more: Qt counts the separator at the end, spans all
  // edits of one edit block, and reports formats and input methods too.
  const int before = signedOf(m_text.length_utf16());
  const int after = widgetLength();
  position = std::clamp(position, 0, std::min(before, after));
  removed = std::min(removed, before - position);
  added = std::min(added, after - position);
  if (before - removed + added != after) {
    position = 0;
    removed = before;
    added = after;
  }
  readEdit(position, removed, added);
  if (m_text.length_utf16() != unsignedOf(widgetLength()) || (m_checking && !matches())) {
    redrawSoon();
  }
}

void TextBridge::readEdit(int position, int removed, int added) {
  // Widen to whole scalars of the library's text.
  const crdt::scalar_pos firstScalar = m_text.to_scalar(crdt::utf16_pos{unsignedOf(position)});
  const int first = signedOf(m_text.to_utf16(firstScalar).value);
  crdt::scalar_pos endScalar = m_text.to_scalar(crdt::utf16_pos{unsignedOf(position + removed)});
  if (signedOf(m_text.to_utf16(endScalar).value) < position + removed) {
    ++endScalar.value;
  }
  const int end = signedOf(m_text.to_utf16(endScalar).value);
  const int widenedLeft = position - first;
  const int widenedRight = end - (position + removed);
  const QString old = shownText(m_text.slice(firstScalar, endScalar.value - firstScalar.value));
  const QString now = rawText(first, added + widenedLeft + widenedRight);

  const TextDifference change = differenceAt(old, now, selection().caret - first);
  if (change.empty()) {
    return;
  }
  const QString inserted = now.mid(change.position, change.inserted);
  const LocalEdit edit{first + change.position, change.removed, inserted};
  if (m_beforeEdit) {
    m_beforeEdit(edit);
  }
  const std::string utf8 = documentText(inserted);
  const crdt::scalar_pos at = m_text.to_scalar(crdt::utf16_pos{unsignedOf(edit.position)});
  const crdt::scalar_pos stop =
      m_text.to_scalar(crdt::utf16_pos{unsignedOf(edit.position + edit.removed)});
  {
    const Counted guard(m_reading);
    m_text.replace(at, stop.value - at.value, utf8);
  }
  if (shownText(utf8) != inserted) {
    redrawSoon();  // something the document cannot hold came in; show what it holds
  }
  Q_EMIT edited();
}

void TextBridge::onEvent(const crdt::event& event) {
  if (m_reading > 0) {
    return;
  }
  for (const crdt::container_change& change : event.changes) {
    if (change.container == m_text.index() && !change.patches.empty()) {
      render(change.patches);
    }
  }
}

void TextBridge::render(const std::vector<crdt::text_patch>& patches) {
  Q_EMIT aboutToRender();
  Selection where = selection();
  {
    const Counted guard(m_rendering);
    bool good = patches.size() <= kManyPatches;
    const bool ascending = ascendingPatches(patches);
    QTextCursor block(&m_target);
    int lastBlock = 0;
    bool open = false;
    for (std::size_t i = 0; good && i < patches.size(); ++i) {
      const int at = utf16Position(patches[i].position, ascending);
      const int number = m_target.findBlock(std::min(at, widgetLength())).blockNumber();
      if (open && std::abs(number - lastBlock) > kNearBlocks) {
        block.endEditBlock();
        open = false;
      }
      if (!open && patches.size() > 1) {
        block.beginEditBlock();
        open = true;
      }
      lastBlock = number;
      good = renderOne(patches[i], ascending, where);
    }
    if (open) {
      block.endEditBlock();
    }
    const bool drifted =
        m_text.length_utf16() != unsignedOf(widgetLength()) || (m_checking && good && !matches());
    if (!good || drifted) {
      redraw(where);
      m_drifts += drifted && good && !m_redrawQueued ? 1 : 0;  // a queued one is known
    }
  }
  Q_EMIT rendered(where);
}

bool TextBridge::renderOne(const crdt::text_patch& patch, bool ascending, Selection& selection) {
  const int at = utf16Position(patch.position, ascending);
  if (at > widgetLength()) {
    return false;
  }
  const int removed = unitsOfScalars(at, patch.erased);
  if (removed < 0) {
    return false;
  }
  const QString shown = shownText(patch.inserted);
  const TextDifference where{at, removed, static_cast<int>(shown.size())};
  replaceInWidget(where, shown);
  selection = moved(selection, where);
  Q_EMIT patched(where);
  return true;
}

void TextBridge::replaceInWidget(const TextDifference& where, const QString& shown) {
  QTextCursor cursor(&m_target);
  cursor.setPosition(where.position);
  cursor.setPosition(where.position + where.removed, QTextCursor::KeepAnchor);
  if (shown.isEmpty()) {
    cursor.removeSelectedText();
  } else {
    cursor.insertText(shown);
  }
}

/// Position in the widget of a scalar. Patches that ascend leave everything in front of them as it
/// will be in the end, so the library's finished text can answer in O(log n). Others are rare (undo
/// of scattered edits) and are counted in the widget.
int TextBridge::utf16Position(std::uint32_t scalar, bool ascending) const {
  if (ascending) {
    return scalar > m_text.length() ? std::numeric_limits<int>::max()
                                    : signedOf(m_text.to_utf16(crdt::scalar_pos{scalar}).value);
  }
  const int units = unitsOfScalars(0, scalar);
  return units < 0 ? std::numeric_limits<int>::max() : units;
}

/// UTF-16 units of `count` scalars of the widget from `position` on; -1 if there are fewer.
int TextBridge::unitsOfScalars(int position, std::uint32_t count) const {
  if (count == 0) {
    return 0;
  }
  const int available = widgetLength() - position;
  const auto longest = static_cast<std::int64_t>(count) * 2;
  const QString raw =
      rawText(position, static_cast<int>(std::min<std::int64_t>(available, longest)));
  int units = 0;
  for (std::uint32_t seen = 0; seen < count; ++seen) {
    if (units >= raw.size()) {
      return -1;
    }
    const bool pair =
        raw[units].isHighSurrogate() && units + 1 < raw.size() && raw[units + 1].isLowSurrogate();
    units += pair ? 2 : 1;
  }
  return units;
}

void TextBridge::redraw(Selection& selection) {
  const Counted guard(m_rendering);
  const QString wanted = shownText(m_text.to_string());
  const TextDifference change = differenceAt(rawText(), wanted, 0);
  if (change.empty()) {
    return;
  }
  replaceInWidget(change, wanted.mid(change.position, change.inserted));
  selection = moved(selection, change);
  Q_EMIT patched(change);
}

/// Editing inside of contentsChange confuses the layout, so the repair runs from the event queue,
/// ahead of the next key. Lengths are equal until then: each wrong unit stands for one U+FFFD.
void TextBridge::redrawSoon() {
  if (m_redrawQueued) {
    return;
  }
  m_redrawQueued = true;
  QMetaObject::invokeMethod(
      this,
      [this] {
        m_redrawQueued = false;
        Q_EMIT aboutToRender();
        Selection where = selection();
        redraw(where);
        Q_EMIT rendered(where);
      },
      Qt::QueuedConnection);
}

}  // namespace weft::app
