// SPDX-License-Identifier: MIT
#include "editor/document_list.hpp"

#include "editor/buttons.hpp"
#include "editor/fields.hpp"
#include "editor/look.hpp"

#include <QLabel>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <algorithm>

namespace weft::app {

namespace {

constexpr int kRowHeight = 36;
constexpr int kIdRole = Qt::UserRole;

class RowDelegate : public QStyledItemDelegate {
public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override {
    const Tokens t = tokens(themeOf(option.palette));
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRectF row = QRectF(option.rect).adjusted(8, 1, -8, -1);
    painter->setPen(Qt::NoPen);
    if (selected || option.state.testFlag(QStyle::State_MouseOver)) {
      painter->setBrush(selected ? t.selected : t.hover);
      painter->drawRoundedRect(row, kRadius, kRadius);
    }
    if (selected) {
      painter->setBrush(t.accent);
      painter->drawRoundedRect(QRectF(row.left(), row.top() + 8, 3, row.height() - 16), 1.5, 1.5);
    }
    if (option.state.testFlag(QStyle::State_HasFocus) && selected) {
      painter->setPen(QPen(t.accent, 1));
      painter->setBrush(Qt::NoBrush);
      painter->drawRoundedRect(row, kRadius, kRadius);
    }
    QFont font = option.font;
    font.setWeight(selected ? QFont::DemiBold : QFont::Normal);
    painter->setFont(font);
    painter->setPen(t.text);
    const QRectF words = row.adjusted(12, 0, -8, 0);
    painter->drawText(words, Qt::AlignVCenter | Qt::AlignLeft,
                      QFontMetrics(font).elidedText(index.data().toString(), Qt::ElideRight,
                                                    static_cast<int>(words.width())));
    painter->restore();
  }

  [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override {
    return {kSidebarWidth, kRowHeight};
  }
};

QLabel* sectionLabel(const QString& text, QWidget* parent) {
  auto* label = new QLabel(text, parent);
  QFont font = label->font();
  font.setPixelSize(11);
  font.setBold(true);
  font.setLetterSpacing(QFont::AbsoluteSpacing, 0.6);
  label->setFont(font);
  label->setForegroundRole(QPalette::PlaceholderText);
  label->setContentsMargins(18, 12, 8, 4);
  return label;
}

}  // namespace

DocumentList::DocumentList(QWidget* parent)
    : QWidget(parent), m_search(new Field(this)), m_list(new QListWidget(this)) {
  setFixedWidth(kSidebarWidth);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 10, 0, 8);
  column->setSpacing(0);

  auto* fresh = new Button(Button::Kind::Framed, tr("New document"), this);
  fresh->setObjectName(QStringLiteral("newDoc"));
  fresh->setGlyph(Glyph::Plus);
  fresh->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  fresh->setToolTip(tr("New document (Ctrl+N)"));
  connect(fresh, &QToolButton::clicked, this, &DocumentList::newWanted);

  m_search->setObjectName(QStringLiteral("docSearch"));
  m_search->setAccessibleName(tr("Search documents"));
  m_search->setPlaceholderText(tr("Search"));
  m_search->setClearButtonEnabled(true);
  m_search->addAction(glyphIcon(Glyph::Search), QLineEdit::LeadingPosition);
  connect(m_search, &QLineEdit::textChanged, this, &DocumentList::refill);

  auto* top = new QVBoxLayout;
  top->setContentsMargins(10, 0, 10, 0);
  top->setSpacing(8);
  top->addWidget(fresh);
  top->addWidget(m_search);
  column->addLayout(top);
  column->addWidget(sectionLabel(tr("DOCUMENTS"), this));

  m_list->setObjectName(QStringLiteral("docList"));
  m_list->setAccessibleName(tr("Documents"));
  m_list->setFrameShape(QFrame::NoFrame);
  m_list->setItemDelegate(new RowDelegate(m_list));
  m_list->setMouseTracking(true);
  m_list->viewport()->setAutoFillBackground(false);
  m_list->setVerticalScrollBar(new SlimScrollBar(m_list));
  m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_list->setEditTriggers(QAbstractItemView::EditKeyPressed);
  column->addWidget(m_list, 1);
  connect(m_list, &QListWidget::currentItemChanged, this, [this](QListWidgetItem* item) {
    if (!m_filling && item != nullptr) {
      Q_EMIT opened(item->data(kIdRole).toString());
    }
  });
  connect(m_list, &QListWidget::itemChanged, this, [this](QListWidgetItem* item) {
    if (!m_filling) {
      Q_EMIT renameWanted(item->data(kIdRole).toString(), item->text());
    }
  });
}

void DocumentList::setEntries(std::vector<DocumentEntry> entries, const QString& current) {
  std::sort(entries.begin(), entries.end(), [](const DocumentEntry& a, const DocumentEntry& b) {
    const int order = QString::localeAwareCompare(a.title, b.title);
    return order != 0 ? order < 0 : a.id < b.id;
  });
  if (entries == m_entries && current == m_current) {
    return;
  }
  m_entries = std::move(entries);
  m_current = current;
  refill();
}

void DocumentList::refill() {
  m_filling = true;
  m_list->clear();
  const QString wanted = m_search->text().trimmed();
  for (const DocumentEntry& entry : m_entries) {
    if (!wanted.isEmpty() && !entry.title.contains(wanted, Qt::CaseInsensitive)) {
      continue;
    }
    auto* item = new QListWidgetItem(entry.title, m_list);
    item->setData(kIdRole, entry.id);
    item->setFlags(item->flags() | Qt::ItemIsEditable);
    item->setToolTip(entry.title);
    if (entry.id == m_current) {
      m_list->setCurrentItem(item);
    }
  }
  if (m_list->count() == 0 && !wanted.isEmpty()) {
    auto* nothing = new QListWidgetItem(tr("Nothing contains \"%1\".").arg(wanted), m_list);
    nothing->setFlags(Qt::NoItemFlags);
  }
  m_filling = false;
}

void DocumentList::focusSearch() {
  m_search->setFocus();
  m_search->selectAll();
}

}  // namespace weft::app
