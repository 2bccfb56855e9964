// SPDX-License-Identifier: MIT
// The main window: documents at the left, one of them open, its people and its state in words.
#pragma once

#include "bridge/document_controller.hpp"
#include "bridge/workspace.hpp"
#include "editor/buttons.hpp"
#include "editor/document_list.hpp"
#include "editor/editor_view.hpp"
#include "editor/find_bar.hpp"
#include "editor/presence_bar.hpp"

#include <QAction>
#include <QLabel>
#include <QLineEdit>
#include <QMainWindow>
#include <QStackedWidget>

#include <map>
#include <memory>

namespace weft::app {

class MainWindow : public QMainWindow {
  Q_OBJECT

public:
  explicit MainWindow(Workspace& workspace, QWidget* parent = nullptr);
  ~MainWindow() override;

  /// Opens a document of the profile; an error is shown in words.
  void openDocument(const QString& id);
  /// Opens what was open last time, or an empty untitled document.
  void openLast();
  /// Joins by link without a dialog, as the command line asks for it.
  void joinByLink(const QString& link);
  void newDocument();
  /// A sentence above the text, until it is closed or replaced. Empty: none.
  void showNotice(const QString& sentence);
  void setTheme(Theme theme);

  [[nodiscard]] DocumentController* current() const { return m_view->controller(); }
  [[nodiscard]] EditorView& view() { return *m_view; }
  [[nodiscard]] QString footerText() const { return m_footer->text(); }

Q_SIGNALS:
  /// Another document is shown.
  void shown(weft::app::DocumentController* controller);
  void statusShown(const QString& words);

protected:
  void closeEvent(QCloseEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

private:
  void buildActions();
  void buildMenus();
  QWidget* buildHeader();
  QWidget* buildFooter();
  QWidget* buildNotice();
  QWidget* buildEmptyPage();
  void showController(DocumentController* controller);
  void showPage(bool hasDocument);
  DocumentController* controllerFor(const QString& id);
  void reloadList();
  void refreshList();
  void refreshTitle();
  void refreshStatus();
  void refreshUndo();
  void refreshPeople();
  void countWords();
  void share();
  void join();
  void jumpTo(const std::string& personKey);
  void focusNextPanel(bool forward);
  void showKeys();
  QAction* action(const QString& text, const QKeySequence& keys, const char* name);

  Workspace& m_workspace;
  std::map<QString, std::unique_ptr<DocumentController>> m_controllers;
  DocumentList* m_list = nullptr;
  QStackedWidget* m_pages = nullptr;
  EditorView* m_view = nullptr;
  FindBar* m_find = nullptr;
  QLineEdit* m_title = nullptr;
  PresenceBar* m_people = nullptr;
  Button* m_pill = nullptr;
  Button* m_shareButton = nullptr;
  QLabel* m_footer = nullptr;
  QLabel* m_footerIcon = nullptr;
  QLabel* m_words = nullptr;
  QWidget* m_header = nullptr;
  QWidget* m_notice = nullptr;
  QLabel* m_noticeText = nullptr;
  QLabel* m_emptyText = nullptr;
  QAction* m_new = nullptr;
  QAction* m_share = nullptr;
  QAction* m_join = nullptr;
  QAction* m_rename = nullptr;
  QAction* m_offline = nullptr;
  QAction* m_undo = nullptr;
  QAction* m_redo = nullptr;
  QAction* m_findAction = nullptr;
  QAction* m_sidebar = nullptr;
  bool m_sidebarWanted = true;
  std::vector<DocumentEntry> m_entries;
  QTimer m_wordTimer;
};

}  // namespace weft::app
