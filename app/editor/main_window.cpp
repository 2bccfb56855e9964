// SPDX-License-Identifier: MIT
#include "editor/main_window.hpp"

#include "editor/dialogs.hpp"
#include "editor/look.hpp"

#include <QApplication>
#include <QCloseEvent>
#include <QPainter>
#include <QVBoxLayout>

#include <algorithm>

namespace weft::app {

namespace {

constexpr int kSidebarLimit = 860;  // narrower windows hide the sidebar
constexpr int kWordDelayMs = 300;

Glyph glyphOf(StatusKind kind) {
  switch (kind) {
    case StatusKind::Alone:
      return Glyph::Disk;
    case StatusKind::AllSeen:
      return Glyph::Ticks;
    case StatusKind::Sending:
      return Glyph::ArrowUp;
    case StatusKind::Receiving:
      return Glyph::ArrowDown;
    case StatusKind::Offline:
      return Glyph::Unplugged;
    case StatusKind::Waiting:
      return Glyph::Clock;
    case StatusKind::Trouble:
      return Glyph::Warning;
  }
  return Glyph::Disk;
}

QColor colorOf(StatusKind kind, const Tokens& t) {
  switch (kind) {
    case StatusKind::AllSeen:
      return t.good;
    case StatusKind::Offline:
    case StatusKind::Waiting:
      return t.warn;
    case StatusKind::Trouble:
      return t.bad;
    default:
      return t.muted;
  }
}

const QString kLastDocument = QStringLiteral("editor/last");

}  // namespace

MainWindow::~MainWindow() {
  m_find->hide();  // takes its marks out of the view while that exists
  m_view->show(static_cast<DocumentController*>(nullptr));
}

/// All open documents stay open in this process, so each keeps its undo stack and its place.
DocumentController* MainWindow::controllerFor(const QString& id) {
  const auto known = m_controllers.find(id);
  if (known != m_controllers.end()) {
    return known->second.get();
  }
  auto opened = m_workspace.open(id);
  if (!opened) {
    showNotice(QString::fromStdString(opened.error().what));
    return nullptr;
  }
  auto made = std::make_unique<DocumentController>(*opened);
  DocumentController* controller = made.get();
  m_controllers.emplace(id, std::move(made));
  connect(controller, &DocumentController::titleChanged, this, [this, controller] {
    if (controller == current()) {
      refreshTitle();
      m_wordTimer.start(kWordDelayMs);
    }
    refreshList();
  });
  connect(controller, &DocumentController::undoChanged, this, &MainWindow::refreshUndo);
  connect(controller, &DocumentController::statusChanged, this, &MainWindow::refreshStatus);
  connect(&controller->presence(), &PresenceModel::peopleChanged, this, [this, controller] {
    if (controller == current()) {
      refreshPeople();
    }
  });
  return controller;
}

void MainWindow::openDocument(const QString& id) {
  if (DocumentController* controller = controllerFor(id)) {
    showController(controller);
  }
}

void MainWindow::showController(DocumentController* controller) {
  m_find->hide();
  m_view->show(controller);
  showPage(controller != nullptr);
  const std::string id = controller ? controller->id().toStdString() : std::string();
  m_workspace.saveValue(kLastDocument, crdt::as_bytes(id));
  refreshTitle();
  refreshStatus();
  refreshUndo();
  refreshPeople();
  reloadList();
  countWords();
  m_view->setFocus();
  Q_EMIT shown(controller);
}

void MainWindow::openLast() {
  const auto entries = m_workspace.documents();
  const auto last = m_workspace.loadValue(kLastDocument);
  const QString wanted = last ? QString::fromUtf8(reinterpret_cast<const char*>(last->data()),
                                                  static_cast<qsizetype>(last->size()))
                              : QString();
  const bool known = std::any_of(entries.begin(), entries.end(),
                                 [&](const DocumentEntry& entry) { return entry.id == wanted; });
  if (known) {
    openDocument(wanted);
  } else if (!entries.empty()) {
    openDocument(entries.front().id);
  } else {
    newDocument();
  }
}

void MainWindow::newDocument() {
  auto made = m_workspace.create(QString());
  if (!made) {
    showNotice(QString::fromStdString(made.error().what));
    return;
  }
  const QString id = (*made)->id();
  made->reset();
  openDocument(id);
}

void MainWindow::joinByLink(const QString& link) {
  m_emptyText->setText(tr("Looking for the person who shared this document …"));
  showPage(current() != nullptr);
  const QPointer<MainWindow> alive(this);
  m_workspace.join(link, [alive](const sync::result<QString>& joined) {
    if (!alive) {
      return;
    }
    if (joined) {
      alive->openDocument(*joined);
      return;
    }
    alive->showNotice(QString::fromStdString(joined.error().what));
    if (alive->current() == nullptr) {
      alive->openLast();
    }
  });
}

/// Asking the workspace waits for its disk, so that is not for every key; the answer is kept.
void MainWindow::reloadList() {
  m_entries = m_workspace.documents();
  refreshList();
}

void MainWindow::refreshList() {
  std::vector<DocumentEntry> entries = m_entries;
  for (DocumentEntry& entry : entries) {
    const auto open = m_controllers.find(entry.id);
    if (open != m_controllers.end()) {
      entry.title = open->second->shownTitle();
    } else if (entry.title.simplified().isEmpty()) {
      entry.title = tr("Untitled");
    }
  }
  m_list->setEntries(std::move(entries), current() ? current()->id() : QString());
}

void MainWindow::refreshTitle() {
  const QString title = current() ? current()->shownTitle() : QString();
  if (!m_title->hasFocus() && m_title->text() != title) {
    m_title->setText(title);
    m_title->setCursorPosition(0);
  }
  const QString name = m_workspace.name();
  setWindowTitle(title.isEmpty() ? QStringLiteral("%1 — Weft").arg(name)
                                 : QStringLiteral("%1 — %2 — Weft").arg(title, name));
}

void MainWindow::refreshStatus() {
  m_offline->setChecked(!m_workspace.online());
  if (!current()) {
    return;
  }
  const StatusWords words = current()->status();
  const Tokens t = tokens(themeOf(QApplication::palette()));
  const QColor color = colorOf(words.kind, t);
  m_pill->setText(words.pill);
  m_pill->setGlyph(glyphOf(words.kind));
  m_pill->setTint(color);
  m_pill->setAccessibleName(tr("State: %1").arg(words.footer));
  m_pill->setToolTip(words.footer);
  m_pill->updateGeometry();
  QPixmap icon(QSize(16, 16) * devicePixelRatioF());
  icon.setDevicePixelRatio(devicePixelRatioF());
  icon.fill(Qt::transparent);
  QPainter painter(&icon);
  drawGlyph(painter, glyphOf(words.kind), QRectF(1, 1, 14, 14), color);
  painter.end();
  m_footerIcon->setPixmap(icon);
  m_footer->setText(words.footer);
  Q_EMIT statusShown(words.footer);
}

void MainWindow::refreshUndo() {
  m_undo->setEnabled(current() && current()->canUndo());
  m_redo->setEnabled(current() && current()->canRedo());
}

void MainWindow::refreshPeople() {
  m_people->setPeople(current() ? &current()->presence() : nullptr);
}

void MainWindow::countWords() {
  const int count = current() ? current()->wordCount() : 0;
  m_words->setText(count == 1 ? tr("1 word") : tr("%1 words").arg(QLocale().toString(count)));
  if (m_find->isVisible()) {
    m_find->refresh();
  }
}

void MainWindow::share() {
  if (current()) {
    ShareDialog(m_workspace, *current(), this).exec();
    m_view->setFocus();
  }
}

void MainWindow::join() {
  JoinDialog dialog(m_workspace, this);
  if (dialog.exec() == QDialog::Accepted) {
    refreshList();
    openDocument(dialog.document());
  }
}

void MainWindow::jumpTo(const std::string& personKey) {
  const auto where = current() ? current()->presence().whereIs(personKey) : std::nullopt;
  if (where) {
    m_view->setSelection({where->caret, where->caret});
    m_view->ensureCursorVisible();
    m_view->setFocus();
  }
}

void MainWindow::showNotice(const QString& sentence) {
  m_noticeText->setText(sentence);
  m_notice->setVisible(!sentence.isEmpty());
}

void MainWindow::setTheme(Theme theme) {
  qApp->setPalette(paletteFor(theme));
  refreshStatus();
}

void MainWindow::focusNextPanel(bool forward) {
  const std::vector<QWidget*> panels = {
      m_view, m_list->findChild<QWidget*>(QStringLiteral("docList")), m_title, m_pill};
  const auto now = std::find_if(panels.begin(), panels.end(), [](const QWidget* panel) {
    return panel->hasFocus() || panel->isAncestorOf(QApplication::focusWidget());
  });
  auto at = static_cast<std::size_t>(now == panels.end() ? 0 : now - panels.begin());
  for (std::size_t tries = 0; tries < panels.size(); ++tries) {
    at = (at + (forward ? 1 : panels.size() - 1)) % panels.size();
    if (panels[at]->isVisible()) {
      panels[at]->setFocus(Qt::TabFocusReason);
      return;
    }
  }
}

void MainWindow::closeEvent(QCloseEvent* event) {
  const QByteArray place = saveGeometry();
  m_workspace.saveValue(
      QStringLiteral("editor/geometry"),
      crdt::as_bytes(std::string_view(place.constData(), static_cast<std::size_t>(place.size()))));
  QMainWindow::closeEvent(event);
}

void MainWindow::resizeEvent(QResizeEvent* event) {
  QMainWindow::resizeEvent(event);
  m_list->setVisible(m_sidebarWanted && width() >= kSidebarLimit);
}

}  // namespace weft::app
