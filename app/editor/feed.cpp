// SPDX-License-Identifier: MIT
#include "editor/feed.hpp"

#include "bridge/utf16.hpp"

#include <QCryptographicHash>
#include <QJsonDocument>

namespace weft::app {

namespace {

constexpr int kCoalesceMs = 50;

}  // namespace

Feed::Feed(MainWindow& window, const QString& path, QObject* parent)
    : QObject(parent), m_window(window), m_file(path) {
  if (!m_file.open(QIODevice::WriteOnly | QIODevice::Truncate)) {
    return;
  }
  m_textTimer.setSingleShot(true);
  connect(&m_textTimer, &QTimer::timeout, this, &Feed::tellText);
  connect(&window, &MainWindow::shown, this, &Feed::follow);
  connect(&window, &MainWindow::statusShown, this, &Feed::tellState);
}

void Feed::follow(DocumentController* controller) {
  if (controller == nullptr) {
    return;
  }
  write({{QStringLiteral("event"), QStringLiteral("ready")},
         {QStringLiteral("document"), controller->id()}});
  controller->presence().disconnect(this);
  connect(&controller->presence(), &PresenceModel::changed, this, &Feed::tellCarets);
  QTextDocument* text = &controller->textDocument();
  text->disconnect(this);
  connect(text, &QTextDocument::contentsChanged, this, [this] {
    if (!m_textTimer.isActive()) {
      m_textTimer.start(kCoalesceMs);
    }
  });
  tellText();
}

void Feed::tellText() {
  DocumentController* controller = m_window.current();
  if (controller == nullptr) {
    return;
  }
  const std::string text = documentText(controller->bridge().rawText());
  const QByteArray hash =
      QCryptographicHash::hash(QByteArrayView(text.data(), static_cast<qsizetype>(text.size())),
                               QCryptographicHash::Sha256)
          .toHex();
  if (hash == m_lastText) {
    return;
  }
  m_lastText = hash;
  write({{QStringLiteral("event"), QStringLiteral("text")},
         {QStringLiteral("document"), controller->id()},
         {QStringLiteral("sha256"), QString::fromLatin1(hash)},
         {QStringLiteral("bytes"), static_cast<qint64>(text.size())},
         {QStringLiteral("drifts"), controller->bridge().drifts()}});
}

void Feed::tellCarets() {
  DocumentController* controller = m_window.current();
  QJsonArray carets;
  if (controller != nullptr) {
    for (const RemoteCaret& caret : controller->presence().carets()) {
      carets.append(QJsonObject{{QStringLiteral("name"), caret.name},
                                {QStringLiteral("anchor"), caret.where.anchor},
                                {QStringLiteral("caret"), caret.where.caret}});
    }
  }
  if (carets != m_lastCarets) {
    m_lastCarets = carets;
    write(
        {{QStringLiteral("event"), QStringLiteral("carets")}, {QStringLiteral("carets"), carets}});
  }
}

void Feed::tellState(const QString& words) {
  if (words != m_lastState) {
    m_lastState = words;
    write({{QStringLiteral("event"), QStringLiteral("state")}, {QStringLiteral("footer"), words}});
  }
}

void Feed::write(const QJsonObject& line) {
  m_file.write(QJsonDocument(line).toJson(QJsonDocument::Compact));
  m_file.write("\n");
  m_file.flush();
}

}  // namespace weft::app
