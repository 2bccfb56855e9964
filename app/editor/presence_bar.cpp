// SPDX-License-Identifier: MIT
#include "editor/presence_bar.hpp"

#include "editor/look.hpp"

#include <QAbstractButton>
#include <QHBoxLayout>
#include <QPainter>

#include <algorithm>

namespace weft::app {

namespace {

constexpr int kAvatar = 30;
constexpr std::size_t kMostShown = 5;

class Avatar : public QAbstractButton {
public:
  Avatar(const Person& person, const AuthorColor& color, QWidget* parent)
      : QAbstractButton(parent), m_color(color), m_here(person.here) {
    setText(initialsOf(person.name));
    setFixedSize(kAvatar, kAvatar);
    setFocusPolicy(Qt::TabFocus);
    const QString words = person.here ? PresenceBar::tr("%1 is here").arg(person.name)
                                      : PresenceBar::tr("%1 is away").arg(person.name);
    setAccessibleName(words);
    setToolTip(words);
  }

protected:
  void paintEvent(QPaintEvent*) override {
    const Theme theme = themeOf(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF ring = QRectF(rect()).adjusted(1, 1, -1, -1);
    const QRectF disc = ring.adjusted(3, 3, -3, -3);
    // Here: filled, with a ring. Away: an outline only.
    const QColor color = m_color.line(theme);
    painter.setPen(
        QPen(color, hasFocus() ? 2.5 : 1.5, m_color.dashed ? Qt::DotLine : Qt::SolidLine));
    painter.drawEllipse(m_here ? ring : disc);
    if (m_here) {
      painter.setPen(Qt::NoPen);
      painter.setBrush(color);
      painter.drawEllipse(disc);
    }
    QFont font = this->font();
    font.setPixelSize(text().size() > 1 ? 10 : 12);
    font.setBold(true);
    painter.setFont(font);
    painter.setPen(m_here ? m_color.flagText(theme) : color);
    painter.drawText(disc, Qt::AlignCenter, text());
  }

private:
  AuthorColor m_color;
  bool m_here;
};

}  // namespace

PresenceBar::PresenceBar(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("presenceBar"));
  setAccessibleName(tr("People in this document"));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(4);
}

void PresenceBar::setPeople(const PresenceModel* presence) {
  while (QLayoutItem* item = layout()->takeAt(0)) {
    if (QWidget* old = item->widget()) {
      old->hide();
      old->deleteLater();
    }
    delete item;
  }
  if (presence == nullptr) {
    return;
  }
  std::vector<Person> others;
  std::copy_if(presence->people().begin(), presence->people().end(), std::back_inserter(others),
               [](const Person& p) { return !p.self; });
  std::sort(others.begin(), others.end(), [](const Person& a, const Person& b) {
    return a.here != b.here ? a.here : a.key < b.key;
  });
  if (others.size() > kMostShown) {
    others.resize(kMostShown);
  }
  for (const Person& person : others) {
    auto* avatar = new Avatar(person, presence->colorOf(person.key), this);
    connect(avatar, &QAbstractButton::clicked, this,
            [this, key = person.key] { Q_EMIT chosen(key); });
    layout()->addWidget(avatar);
  }
}

}  // namespace weft::app
