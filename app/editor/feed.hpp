// SPDX-License-Identifier: MIT
// The feed: what the window shows, as JSON lines appended to a file. For tests and for looking on.
//
// Read-only for everybody else: tests look through it and act with keys and mouse only. It tells
// the text that the widget shows, never the one that the library has.
#pragma once

#include "editor/main_window.hpp"

#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QObject>
#include <QTimer>

namespace weft::app {

class Feed : public QObject {
  Q_OBJECT

public:
  /// Writes to `path` from now on; what was there goes.
  Feed(MainWindow& window, const QString& path, QObject* parent = nullptr);
  [[nodiscard]] bool good() const { return m_file.isOpen(); }

private:
  void follow(DocumentController* controller);
  void tellText();
  void tellCarets();
  void tellState(const QString& words);
  void write(const QJsonObject& line);

  MainWindow& m_window;
  QFile m_file;
  QTimer m_textTimer;
  QString m_lastState;
  QByteArray m_lastText;
  QJsonArray m_lastCarets;
};

}  // namespace weft::app
