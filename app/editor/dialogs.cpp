// SPDX-License-Identifier: MIT
#include "editor/dialogs.hpp"

#include "editor/buttons.hpp"
#include "editor/fields.hpp"
#include "editor/look.hpp"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QPainter>
#include <QPointer>
#include <QTimer>

namespace weft::app {

namespace {

constexpr int kDialogWidth = 520;
constexpr int kCopiedMs = 1600;

QLabel* heading(const QString& text, QWidget* parent) {
  auto* label = new QLabel(text, parent);
  QFont font = label->font();
  font.setPointSizeF(font.pointSizeF() * 1.3);
  font.setWeight(QFont::DemiBold);
  label->setFont(font);
  label->setWordWrap(true);
  return label;
}

QLabel* quiet(const QString& text, QWidget* parent) {
  auto* label = new QLabel(text, parent);
  label->setWordWrap(true);
  label->setForegroundRole(QPalette::PlaceholderText);
  return label;
}

QPixmap disc(const QString& name, const AuthorColor& color, const QPalette& palette, qreal ratio) {
  const Theme theme = themeOf(palette);
  constexpr int size = 26;
  QPixmap out(QSize(size, size) * ratio);
  out.setDevicePixelRatio(ratio);
  out.fill(Qt::transparent);
  QPainter painter(&out);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(color.line(theme));
  painter.drawEllipse(QRectF(0, 0, size, size));
  QFont font = painter.font();
  font.setPixelSize(11);
  font.setBold(true);
  painter.setFont(font);
  painter.setPen(color.flagText(theme));
  painter.drawText(QRectF(0, 0, size, size), Qt::AlignCenter, initialsOf(name));
  return out;
}

QString roomFor(const Person& person) {
  if (person.self) {
    return ShareDialog::tr("you");
  }
  return person.here ? ShareDialog::tr("here now") : ShareDialog::tr("away");
}

}  // namespace

ShareDialog::ShareDialog(Workspace& workspace, DocumentController& controller, QWidget* parent)
    : QDialog(parent),
      m_workspace(workspace),
      m_controller(controller),
      m_rights(new QComboBox(this)),
      m_ends(new QComboBox(this)),
      m_link(new Field(this)),
      m_copy(new DialogButton(ButtonKind::Primary, tr("&Copy link"), this)),
      m_words(quiet(QString(), this)),
      m_people(new QVBoxLayout) {
  setObjectName(QStringLiteral("shareDialog"));
  setWindowTitle(tr("Share"));
  setMinimumWidth(kDialogWidth);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(24, 20, 24, 20);
  column->setSpacing(12);
  column->addWidget(heading(tr("Share \"%1\"").arg(controller.shownTitle()), this));

  m_rights->setAccessibleName(tr("What people with the link may do"));
  m_rights->addItem(tr("can edit"), true);
  m_rights->addItem(tr("can read"), false);
  m_ends->setAccessibleName(tr("When the link ends"));
  m_ends->addItem(tr("for one hour"), 1);
  m_ends->addItem(tr("for one day"), 24);
  m_ends->addItem(tr("for one week"), 24 * 7);
  m_ends->addItem(tr("without an end"), 0);
  m_ends->setCurrentIndex(1);
  auto* terms = new QHBoxLayout;
  terms->setSpacing(8);
  terms->addWidget(new QLabel(tr("People with the link"), this));
  terms->addWidget(m_rights);
  terms->addWidget(m_ends);
  terms->addStretch(1);
  column->addLayout(terms);

  m_link->setObjectName(QStringLiteral("shareLink"));
  m_link->setAccessibleName(tr("Link"));
  m_link->setReadOnly(true);
  m_copy->setObjectName(QStringLiteral("copyLink"));
  m_copy->setDefault(true);
  auto* linkRow = new QHBoxLayout;
  linkRow->setSpacing(8);
  linkRow->addWidget(m_link, 1);
  linkRow->addWidget(m_copy);
  column->addLayout(linkRow);
  column->addWidget(m_words);

  column->addSpacing(4);
  column->addWidget(heading(tr("People"), this));
  m_people->setSpacing(6);
  column->addLayout(m_people);
  showPeople();

  auto* done = new DialogButton(ButtonKind::Framed, tr("&Done"), this);
  connect(done, &QPushButton::clicked, this, &QDialog::accept);
  auto* last = new QHBoxLayout;
  last->addStretch(1);
  last->addWidget(done);
  column->addSpacing(4);
  column->addLayout(last);

  connect(m_rights, &QComboBox::currentIndexChanged, this, &ShareDialog::makeLink);
  connect(m_ends, &QComboBox::currentIndexChanged, this, &ShareDialog::makeLink);
  connect(m_copy, &QPushButton::clicked, this, [this] {
    QGuiApplication::clipboard()->setText(m_link->text());
    m_copy->setText(tr("Copied"));
    QTimer::singleShot(kCopiedMs, m_copy, [this] { m_copy->setText(tr("&Copy link")); });
  });
  connect(&controller.presence(), &PresenceModel::peopleChanged, this, &ShareDialog::showPeople);
  makeLink();
  m_copy->setFocus();
}

void ShareDialog::makeLink() {
  const ShareTerms terms{m_rights->currentData().toBool(), m_ends->currentData().toInt()};
  const auto link = m_workspace.share(m_controller.id(), terms);
  m_copy->setEnabled(link.has_value());
  if (!link) {
    m_link->clear();
    m_words->setText(QString::fromStdString(link.error().what));
    return;
  }
  m_link->setText(*link);
  m_link->setCursorPosition(0);
  m_words->setText(
      tr("Give it only to people you trust: who has it can join until it ends. No server is "
         "involved, so one of you must be reachable when they join."));
}

void ShareDialog::showPeople() {
  while (QLayoutItem* item = m_people->takeAt(0)) {
    if (QWidget* old = item->widget()) {
      old->hide();
      old->deleteLater();
    }
    delete item;
  }
  for (const Person& person : m_controller.presence().people()) {
    auto* row = new QWidget(this);
    auto* parts = new QHBoxLayout(row);
    parts->setContentsMargins(0, 0, 0, 0);
    parts->setSpacing(10);
    auto* picture = new QLabel(row);
    picture->setPixmap(disc(person.name, m_controller.presence().colorOf(person.key), palette(),
                            devicePixelRatioF()));
    parts->addWidget(picture);
    parts->addWidget(new QLabel(person.name, row));
    parts->addStretch(1);
    parts->addWidget(quiet(roomFor(person), row));
    m_people->addWidget(row);
  }
}

JoinDialog::JoinDialog(Workspace& workspace, QWidget* parent)
    : QDialog(parent),
      m_workspace(workspace),
      m_link(new Field(this)),
      m_words(quiet(tr("Somebody who shares a document gives you its link. It starts with "
                       "\"weft:join/\"."),
                    this)),
      m_join(new DialogButton(ButtonKind::Primary, tr("&Join"), this)) {
  setObjectName(QStringLiteral("joinDialog"));
  setWindowTitle(tr("Join by link"));
  setMinimumWidth(kDialogWidth);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(24, 20, 24, 20);
  column->setSpacing(12);
  column->addWidget(heading(tr("Join a document"), this));
  m_link->setObjectName(QStringLiteral("joinLink"));
  m_link->setAccessibleName(tr("Link"));
  m_link->setPlaceholderText(QStringLiteral("weft:join/…"));
  const QString copied = QGuiApplication::clipboard()->text().trimmed();
  if (copied.startsWith(QLatin1String("weft:join/"))) {
    m_link->setText(copied);
  }
  m_words->setMinimumHeight(QFontMetrics(m_words->font()).height() * 2 + 4);
  m_words->setAlignment(Qt::AlignTop);
  column->addWidget(m_link);
  column->addWidget(m_words);
  auto* cancel = new DialogButton(ButtonKind::Framed, tr("Cancel"), this);
  m_join->setObjectName(QStringLiteral("joinButton"));
  m_join->setDefault(true);
  auto* last = new QHBoxLayout;
  last->setSpacing(8);
  last->addStretch(1);
  last->addWidget(cancel);
  last->addWidget(m_join);
  column->addLayout(last);
  connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
  connect(m_join, &QPushButton::clicked, this, &JoinDialog::tryJoin);
}

void JoinDialog::tryJoin() {
  if (m_link->text().trimmed().isEmpty()) {
    m_words->setText(tr("Paste the link first."));
    return;
  }
  m_join->setEnabled(false);
  m_words->setText(tr("Looking for the person who shared it …"));
  const QPointer<JoinDialog> alive(this);
  m_workspace.join(m_link->text(), [alive](const sync::result<QString>& joined) {
    if (!alive) {
      return;
    }
    alive->m_join->setEnabled(true);
    if (joined) {
      alive->m_document = *joined;
      alive->accept();
    } else {
      alive->m_words->setText(QString::fromStdString(joined.error().what));
    }
  });
}

}  // namespace weft::app
