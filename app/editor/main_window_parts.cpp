// SPDX-License-Identifier: MIT
// Building the main window: its actions, menus and panels. What they do is in main_window.cpp.
#include "editor/fields.hpp"
#include "editor/look.hpp"
#include "editor/main_window.hpp"

#include <QActionGroup>
#include <QApplication>
#include <QHBoxLayout>
#include <QMenuBar>
#include <QMessageBox>
#include <QPainter>
#include <QShortcut>
#include <QVBoxLayout>

namespace weft::app {

namespace {

constexpr double kLeastZoom = 8;
constexpr double kMostZoom = 32;

/// A panel with a hairline at one edge.
class Panel : public QWidget {
public:
  enum class Edge { Top, Bottom, Right, None };
  Panel(Edge edge, QPalette::ColorRole fill, QWidget* parent)
      : QWidget(parent), m_edge(edge), m_fill(fill) {}

protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    painter.fillRect(rect(), palette().color(m_fill));
    const QColor line = tokens(themeOf(palette())).line;
    switch (m_edge) {
      case Edge::Top:
        painter.fillRect(0, 0, width(), 1, line);
        break;
      case Edge::Bottom:
        painter.fillRect(0, height() - 1, width(), 1, line);
        break;
      case Edge::Right:
        painter.fillRect(width() - 1, 0, 1, height(), line);
        break;
      case Edge::None:
        break;
    }
  }

private:
  Edge m_edge;
  QPalette::ColorRole m_fill;
};

}  // namespace

MainWindow::MainWindow(Workspace& workspace, QWidget* parent)
    : QMainWindow(parent), m_workspace(workspace) {
  setMinimumSize(560, 420);
  resize(1180, 760);
  m_view = new EditorView(this);
  m_find = new FindBar(*m_view, this);
  m_find->hide();
  buildActions();
  buildMenus();

  auto* all = new QWidget(this);
  auto* row = new QHBoxLayout(all);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(0);
  auto* side = new Panel(Panel::Edge::Right, QPalette::Window, all);
  auto* sideColumn = new QVBoxLayout(side);
  sideColumn->setContentsMargins(0, 0, 1, 0);
  m_list = new DocumentList(side);
  sideColumn->addWidget(m_list);
  row->addWidget(side);

  auto* right = new QWidget(all);
  auto* column = new QVBoxLayout(right);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  m_header = buildHeader();
  column->addWidget(m_header);
  column->addWidget(buildNotice());
  column->addWidget(m_find);
  m_pages = new QStackedWidget(right);
  m_pages->addWidget(m_view);
  m_pages->addWidget(buildEmptyPage());
  column->addWidget(m_pages, 1);
  column->addWidget(buildFooter());
  row->addWidget(right, 1);
  setCentralWidget(all);

  connect(m_list, &DocumentList::opened, this, &MainWindow::openDocument);
  connect(m_list, &DocumentList::newWanted, this, &MainWindow::newDocument);
  connect(m_list, &DocumentList::renameWanted, this, [this](const QString& id, const QString& to) {
    if (DocumentController* controller = controllerFor(id)) {
      controller->setTitle(to);
      refreshList();
    }
  });
  connect(&m_workspace, &Workspace::documentsChanged, this, [this] {
    reloadList();
    refreshTitle();
  });
  connect(&m_workspace, &Workspace::onlineChanged, this, &MainWindow::refreshStatus);
  m_wordTimer.setSingleShot(true);
  connect(&m_wordTimer, &QTimer::timeout, this, &MainWindow::countWords);
  showPage(false);
  refreshTitle();
  reloadList();
  refreshUndo();
}

QAction* MainWindow::action(const QString& text, const QKeySequence& keys, const char* name) {
  auto* made = new QAction(text, this);
  made->setShortcut(keys);
  made->setObjectName(QLatin1String(name));
  addAction(made);
  return made;
}

void MainWindow::buildActions() {
  m_new = action(tr("&New document"), QKeySequence::New, "actNew");
  m_share = action(tr("&Share …"), QKeySequence(tr("Ctrl+Shift+S")), "actShare");
  m_join = action(tr("&Join by link …"), QKeySequence(tr("Ctrl+L")), "actJoin");
  m_rename = action(tr("&Rename"), QKeySequence(Qt::Key_F2), "actRename");
  m_offline = action(tr("&Work offline"), QKeySequence(tr("Ctrl+Shift+O")), "actOffline");
  m_offline->setCheckable(true);
  m_undo = action(tr("&Undo"), QKeySequence::Undo, "actUndo");
  m_redo = action(tr("&Redo"), QKeySequence(), "actRedo");
  m_redo->setShortcuts(
      {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), QKeySequence(Qt::CTRL | Qt::Key_Y)});
  m_findAction = action(tr("&Find …"), QKeySequence::Find, "actFind");
  m_sidebar = action(tr("&List of documents"), QKeySequence(Qt::Key_F9), "actSidebar");
  m_sidebar->setCheckable(true);
  m_sidebar->setChecked(true);
  connect(m_new, &QAction::triggered, this, &MainWindow::newDocument);
  connect(m_share, &QAction::triggered, this, &MainWindow::share);
  connect(m_join, &QAction::triggered, this, &MainWindow::join);
  connect(m_rename, &QAction::triggered, this, [this] {
    m_title->setFocus();
    m_title->selectAll();
  });
  connect(m_offline, &QAction::triggered, this,
          [this](bool offline) { m_workspace.setOnline(!offline); });
  connect(m_undo, &QAction::triggered, this, [this] {
    if (current()) {
      current()->undo();
    }
  });
  connect(m_redo, &QAction::triggered, this, [this] {
    if (current()) {
      current()->redo();
    }
  });
  connect(m_findAction, &QAction::triggered, this, [this] { m_find->start(); });
  connect(m_find, &FindBar::closed, this, [this] { m_view->setFocus(); });
  connect(m_sidebar, &QAction::triggered, this, [this](bool on) {
    m_sidebarWanted = on;
    m_list->setVisible(on);
  });
  connect(new QShortcut(QKeySequence(Qt::Key_F6), this), &QShortcut::activated, this,
          [this] { focusNextPanel(true); });
  connect(new QShortcut(QKeySequence(Qt::SHIFT | Qt::Key_F6), this), &QShortcut::activated, this,
          [this] { focusNextPanel(false); });
}

void MainWindow::buildMenus() {
  QMenu* document = menuBar()->addMenu(tr("&Document"));
  document->addActions({m_new, m_rename});
  document->addSeparator();
  document->addActions({m_share, m_join});
  document->addSeparator();
  document->addAction(m_offline);
  document->addSeparator();
  document->addAction(tr("&Quit"), QKeySequence::Quit, this, &QWidget::close);

  QMenu* edit = menuBar()->addMenu(tr("&Edit"));
  edit->addActions({m_undo, m_redo});
  edit->addSeparator();
  edit->addAction(m_findAction);
  edit->addAction(tr("Find &next"), QKeySequence::FindNext, this, [this] { m_find->goTo(true); });
  edit->addAction(tr("Find &previous"), QKeySequence::FindPrevious, this,
                  [this] { m_find->goTo(false); });

  QMenu* view = menuBar()->addMenu(tr("&View"));
  view->addAction(m_sidebar);
  view->addSeparator();
  const auto zoom = [this](double change) {
    const double now = m_view->font().pointSizeF();
    m_view->setTextPointSize(change == 0 ? textFont().pointSizeF()
                                         : std::clamp(now + change, kLeastZoom, kMostZoom));
  };
  view->addAction(tr("&Larger text"), QKeySequence::ZoomIn, this, [zoom] { zoom(1); });
  view->addAction(tr("&Smaller text"), QKeySequence::ZoomOut, this, [zoom] { zoom(-1); });
  view->addAction(tr("&Normal text size"), QKeySequence(Qt::CTRL | Qt::Key_0), this,
                  [zoom] { zoom(0); });
  view->addSeparator();
  auto* themes = new QActionGroup(this);
  for (const Theme theme : {Theme::Light, Theme::Dark}) {
    QAction* choice = view->addAction(theme == Theme::Light ? tr("L&ight") : tr("&Dark"));
    choice->setCheckable(true);
    choice->setChecked(themeOf(qApp->palette()) == theme);
    themes->addAction(choice);
    connect(choice, &QAction::triggered, this, [this, theme] { setTheme(theme); });
  }
  QMenu* help = menuBar()->addMenu(tr("&Help"));
  help->addAction(tr("&Keys"), QKeySequence::HelpContents, this, &MainWindow::showKeys);
}

QWidget* MainWindow::buildHeader() {
  auto* header = new Panel(Panel::Edge::Bottom, QPalette::Base, this);
  header->setFixedHeight(kHeaderHeight);
  auto* row = new QHBoxLayout(header);
  row->setContentsMargins(16, 0, 14, 1);
  row->setSpacing(6);

  m_title = new TitleField(header);
  m_title->setObjectName(QStringLiteral("titleEdit"));
  m_title->setAccessibleName(tr("Title"));
  m_title->setFixedHeight(34);
  QFont font = m_title->font();
  font.setPointSizeF(font.pointSizeF() * 1.25);
  font.setWeight(QFont::DemiBold);
  m_title->setFont(font);
  connect(m_title, &QLineEdit::editingFinished, this, [this] {
    if (current()) {
      current()->setTitle(m_title->text());
      refreshTitle();
    }
  });
  connect(m_title, &QLineEdit::returnPressed, this, [this] { m_view->setFocus(); });
  row->addWidget(m_title, 1);

  m_people = new PresenceBar(header);
  connect(m_people, &PresenceBar::chosen, this, &MainWindow::jumpTo);
  row->addWidget(m_people);
  row->addSpacing(4);
  m_pill = new Button(Button::Kind::Flat, QString(), header);
  m_pill->setObjectName(QStringLiteral("syncPill"));
  m_pill->setPopupMode(QToolButton::InstantPopup);
  m_pill->addAction(m_offline);
  row->addWidget(m_pill);
  const std::pair<QAction*, Glyph> buttons[] = {
      {m_undo, Glyph::Undo}, {m_redo, Glyph::Redo}, {m_findAction, Glyph::Search}};
  for (const auto& [followed, glyph] : buttons) {
    auto* button = new Button(Button::Kind::Flat, QString(), header);
    button->follow(followed, glyph);
    row->addWidget(button);
  }
  row->addSpacing(4);
  m_shareButton = new Button(Button::Kind::Primary, tr("Share"), header);
  m_shareButton->setObjectName(QStringLiteral("shareButton"));
  m_shareButton->setGlyph(Glyph::Share);
  m_shareButton->setToolTip(tr("Share (Ctrl+Shift+S)"));
  connect(m_shareButton, &QToolButton::clicked, this, &MainWindow::share);
  row->addWidget(m_shareButton);
  return header;
}

QWidget* MainWindow::buildFooter() {
  auto* footer = new Panel(Panel::Edge::Top, QPalette::Window, this);
  footer->setFixedHeight(kFooterHeight);
  auto* row = new QHBoxLayout(footer);
  row->setContentsMargins(16, 1, 16, 0);
  row->setSpacing(8);
  m_footerIcon = new QLabel(footer);
  m_footer = new QLabel(footer);
  m_footer->setObjectName(QStringLiteral("footerState"));
  m_footer->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  m_words = new QLabel(footer);
  m_words->setObjectName(QStringLiteral("footerWords"));
  for (QLabel* label : {m_footer, m_words}) {
    label->setForegroundRole(QPalette::PlaceholderText);
    QFont font = label->font();
    font.setPointSizeF(font.pointSizeF() * 0.92);
    label->setFont(font);
  }
  row->addWidget(m_footerIcon);
  row->addWidget(m_footer, 1);
  row->addWidget(m_words);
  return footer;
}

QWidget* MainWindow::buildNotice() {
  m_notice = new Panel(Panel::Edge::Bottom, QPalette::Midlight, this);
  m_notice->setObjectName(QStringLiteral("notice"));
  auto* row = new QHBoxLayout(m_notice);
  row->setContentsMargins(22, 8, 12, 9);
  m_noticeText = new QLabel(m_notice);
  m_noticeText->setObjectName(QStringLiteral("noticeText"));
  m_noticeText->setWordWrap(true);
  auto* close = new Button(Button::Kind::Flat, QString(), m_notice);
  close->setGlyph(Glyph::Close);
  close->setAccessibleName(tr("Dismiss"));
  close->setToolTip(tr("Dismiss"));
  connect(close, &QToolButton::clicked, m_notice, &QWidget::hide);
  row->addWidget(m_noticeText, 1);
  row->addWidget(close);
  m_notice->hide();
  return m_notice;
}

QWidget* MainWindow::buildEmptyPage() {
  auto* page = new Panel(Panel::Edge::None, QPalette::Base, this);
  page->setObjectName(QStringLiteral("emptyPage"));
  auto* column = new QVBoxLayout(page);
  column->setSpacing(16);
  m_emptyText = new QLabel(tr("No documents yet."), page);
  m_emptyText->setAlignment(Qt::AlignCenter);
  m_emptyText->setForegroundRole(QPalette::PlaceholderText);
  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(8);
  auto* fresh = new Button(Button::Kind::Primary, tr("New document"), page);
  fresh->setGlyph(Glyph::Plus);
  auto* link = new Button(Button::Kind::Framed, tr("Open a link"), page);
  link->setGlyph(Glyph::Link);
  connect(fresh, &QToolButton::clicked, this, &MainWindow::newDocument);
  connect(link, &QToolButton::clicked, this, &MainWindow::join);
  buttons->addStretch(1);
  buttons->addWidget(fresh);
  buttons->addWidget(link);
  buttons->addStretch(1);
  column->addStretch(2);
  column->addWidget(m_emptyText);
  column->addLayout(buttons);
  column->addStretch(3);
  return page;
}

void MainWindow::showPage(bool hasDocument) {
  m_pages->setCurrentIndex(hasDocument ? 0 : 1);
  m_header->setVisible(hasDocument);
  m_share->setEnabled(hasDocument);
  m_rename->setEnabled(hasDocument);
  m_findAction->setEnabled(hasDocument);
  if (!hasDocument) {
    m_footer->clear();
    m_words->clear();
    m_footerIcon->clear();
  }
}

void MainWindow::showKeys() {
  QString rows;
  const auto add = [&rows](const QString& keys, const QString& does) {
    rows += QStringLiteral("<tr><td style='padding-right:24px'><b>%1</b></td><td>%2</td></tr>")
                .arg(keys, does);
  };
  for (const QAction* known :
       {m_new, m_share, m_join, m_rename, m_offline, m_undo, m_redo, m_findAction, m_sidebar}) {
    QString words = known->text();
    add(known->shortcut().toString(QKeySequence::NativeText),
        words.remove(QChar(u'&')).remove(QChar(0x2026)));
  }
  add(QStringLiteral("F6"), tr("Next panel"));
  add(QStringLiteral("Ctrl++, Ctrl+-"), tr("Larger or smaller text"));
  QMessageBox box(QMessageBox::NoIcon, tr("Keys"), QStringLiteral("<table>%1</table>").arg(rows),
                  QMessageBox::Ok, this);
  box.exec();
}

}  // namespace weft::app
