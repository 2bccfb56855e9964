// SPDX-License-Identifier: MIT
// The sidebar: all documents of this profile, a button for a new one, and a search field.
#pragma once

#include "bridge/workspace.hpp"

#include <QLineEdit>
#include <QListWidget>
#include <QWidget>

#include <vector>

namespace weft::app {

class DocumentList : public QWidget {
  Q_OBJECT

public:
  explicit DocumentList(QWidget* parent = nullptr);

  /// Shows the entries, by title; keeps the selection on `current`.
  void setEntries(std::vector<DocumentEntry> entries, const QString& current);
  void focusSearch();

Q_SIGNALS:
  void opened(const QString& id);
  void newWanted();
  void renameWanted(const QString& id, const QString& title);

private:
  void refill();
  QLineEdit* m_search;
  QListWidget* m_list;
  std::vector<DocumentEntry> m_entries;
  QString m_current;
  bool m_filling = false;
};

}  // namespace weft::app
