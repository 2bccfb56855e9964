// SPDX-License-Identifier: MIT
#include "editor/find_bar.hpp"

#include "editor/buttons.hpp"
#include "editor/fields.hpp"
#include "editor/look.hpp"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QTextDocument>

namespace weft::app {

namespace {

constexpr int kMostMarked = 500;

}  // namespace

FindBar::FindBar(QTextEdit& view, QWidget* parent)
    : QWidget(parent), m_view(view), m_field(new Field(this)), m_count(new QLabel(this)) {
  setObjectName(QStringLiteral("findBar"));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(16, 6, 12, 6);
  row->setSpacing(6);
  m_field->setObjectName(QStringLiteral("findField"));
  m_field->setAccessibleName(tr("Find"));
  m_field->setPlaceholderText(tr("Find in this document"));
  m_field->setMaximumWidth(320);
  m_count->setForegroundRole(QPalette::PlaceholderText);
  m_count->setMinimumWidth(90);
  auto* previous = new Button(Button::Kind::Flat, QString(), this);
  previous->setGlyph(Glyph::ArrowUp);
  previous->setAccessibleName(tr("Previous"));
  previous->setToolTip(tr("Previous (Shift+Enter)"));
  auto* next = new Button(Button::Kind::Flat, QString(), this);
  next->setGlyph(Glyph::ArrowDown);
  next->setAccessibleName(tr("Next"));
  next->setToolTip(tr("Next (Enter)"));
  auto* close = new Button(Button::Kind::Flat, QString(), this);
  close->setGlyph(Glyph::Close);
  close->setAccessibleName(tr("Close the find bar"));
  close->setToolTip(tr("Close (Esc)"));
  row->addWidget(m_field, 1);
  row->addWidget(previous);
  row->addWidget(next);
  row->addWidget(m_count);
  row->addStretch(1);
  row->addWidget(close);
  connect(m_field, &QLineEdit::textChanged, this, &FindBar::refresh);
  connect(previous, &QToolButton::clicked, this, [this] { goTo(false); });
  connect(next, &QToolButton::clicked, this, [this] { goTo(true); });
  connect(close, &QToolButton::clicked, this, [this] {
    hide();
    Q_EMIT closed();
  });
}

void FindBar::start() {
  show();
  const QString chosen = m_view.textCursor().selectedText();
  if (!chosen.isEmpty() && !chosen.contains(QChar(QChar::ParagraphSeparator))) {
    m_field->setText(chosen);
  }
  m_field->setFocus();
  m_field->selectAll();
  refresh();
}

void FindBar::goTo(bool forward) {
  if (m_field->text().isEmpty()) {
    return;
  }
  const QTextDocument::FindFlags flags =
      forward ? QTextDocument::FindFlags() : QTextDocument::FindBackward;
  QTextCursor found = m_view.document()->find(m_field->text(), m_view.textCursor(), flags);
  if (found.isNull()) {  // round the end
    QTextCursor edge(m_view.document());
    edge.movePosition(forward ? QTextCursor::Start : QTextCursor::End);
    found = m_view.document()->find(m_field->text(), edge, flags);
  }
  if (!found.isNull()) {
    m_view.setTextCursor(found);
  }
}

void FindBar::refresh() {
  QList<QTextEdit::ExtraSelection> marks;
  int count = 0;
  if (isVisible() && !m_field->text().isEmpty()) {
    const bool light = themeOf(palette()) == Theme::Light;
    QTextCursor at(m_view.document());
    for (at = m_view.document()->find(m_field->text(), at); !at.isNull();
         at = m_view.document()->find(m_field->text(), at)) {
      ++count;
      if (count <= kMostMarked) {
        QTextEdit::ExtraSelection mark;
        mark.cursor = at;
        mark.format.setBackground(light ? QColor(0xffe9a8) : QColor(0x5a4a12));
        marks.append(mark);
      }
    }
    m_count->setText(count == 0   ? tr("Not found")
                     : count == 1 ? tr("1 place")
                                  : tr("%1 places").arg(count));
  } else {
    m_count->clear();
  }
  m_view.setExtraSelections(marks);
}

void FindBar::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Escape) {
    hide();
    Q_EMIT closed();
  } else if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
    goTo((event->modifiers() & Qt::ShiftModifier) == 0);
  } else {
    QWidget::keyPressEvent(event);
  }
}

void FindBar::hideEvent(QHideEvent* event) {
  QWidget::hideEvent(event);
  m_view.setExtraSelections({});
}

}  // namespace weft::app
