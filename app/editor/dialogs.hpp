// SPDX-License-Identifier: MIT
// Share a document by link, and join one.
#pragma once

#include "bridge/document_controller.hpp"
#include "bridge/workspace.hpp"

#include <QComboBox>
#include <QDialog>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace weft::app {

/// Shows a link that lets others in, and who is in already.
class ShareDialog : public QDialog {
  Q_OBJECT

public:
  ShareDialog(Workspace& workspace, DocumentController& controller, QWidget* parent = nullptr);

private:
  void makeLink();
  void showPeople();
  Workspace& m_workspace;
  DocumentController& m_controller;
  QComboBox* m_rights;
  QComboBox* m_ends;
  QLineEdit* m_link;
  QPushButton* m_copy;
  QLabel* m_words;
  QVBoxLayout* m_people;
};

/// Takes a link and waits until the document is here. `document()` names it after accept.
class JoinDialog : public QDialog {
  Q_OBJECT

public:
  explicit JoinDialog(Workspace& workspace, QWidget* parent = nullptr);
  [[nodiscard]] QString document() const { return m_document; }

private:
  void tryJoin();
  Workspace& m_workspace;
  QLineEdit* m_link;
  QLabel* m_words;
  QPushButton* m_join;
  QString m_document;
};

}  // namespace weft::app
