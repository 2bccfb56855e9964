// SPDX-License-Identifier: MIT
// The main window through its states, over a workspace in memory.
#include "editor/dialogs.hpp"
#include "editor/look.hpp"
#include "editor/main_window.hpp"
#include "fake_workspace.hpp"
#include "qt_test.hpp"

#include <QAccessible>
#include <QListWidget>
#include <QTest>
#include <QToolButton>

using namespace weft;
using namespace weft::app;
using weft::app::testing::FakeWorkspace;

namespace {

struct Desk {
  Desk() {
    testing::application();
    QApplication::setPalette(paletteFor(Theme::Light));
    window = std::make_unique<MainWindow>(workspace);
    window->show();
  }
  template <class T>
  T* find(const char* name) {
    T* found = window->findChild<T*>(QLatin1String(name));
    REQUIRE(found != nullptr);
    return found;
  }
  void trigger(const char* name) { find<QAction>(name)->trigger(); }
  testing::FakeDocument& document(const char* id) { return *workspace.held.at(QLatin1String(id)); }

  FakeWorkspace workspace;
  std::unique_ptr<MainWindow> window;
};

}  // namespace

TEST_CASE("window: the first start shows an empty document, ready to write") {
  Desk desk;
  desk.window->openLast();
  REQUIRE(desk.window->current() != nullptr);
  CHECK(desk.find<QLineEdit>("titleEdit")->text() == "Untitled");
  CHECK(desk.window->footerText() == QStringLiteral("Saved on this computer · shared with nobody"));
  QTest::keyClicks(&desk.window->view(), "Budget 2026");
  QTest::keyClick(&desk.window->view(), Qt::Key_Return);
  CHECK(desk.document("doc0").text() == "Budget 2026\n");
  CHECK(desk.document("doc0").title() == "Budget 2026");
  CHECK(desk.find<QLineEdit>("titleEdit")->text() == "Budget 2026");
  CHECK(desk.window->windowTitle() == QStringLiteral("Budget 2026 — Ana — Weft"));
}

TEST_CASE("window: documents keep their text, place and undo when one changes between them") {
  Desk desk;
  desk.trigger("actNew");
  QTest::keyClicks(&desk.window->view(), "first");
  desk.trigger("actNew");
  QTest::keyClicks(&desk.window->view(), "second");
  desk.window->openDocument("doc0");
  CHECK(desk.window->view().toPlainText() == "first");
  CHECK(desk.window->view().selection() == Selection{5, 5});
  desk.trigger("actUndo");
  CHECK(desk.document("doc0").text().empty());
  CHECK(desk.document("doc1").text() == "second");
  CHECK(desk.find<QListWidget>("docList")->count() == 2);
}

TEST_CASE("window: undo and redo have their keys although the text claims them") {
  Desk desk;
  desk.trigger("actNew");
  desk.window->activateWindow();
  REQUIRE(QTest::qWaitForWindowActive(desk.window.get()));
  desk.window->view().setFocus();
  QTest::keyClicks(&desk.window->view(), "word");
  QTest::keyClick(&desk.window->view(), Qt::Key_Z, Qt::ControlModifier);
  CHECK(desk.document("doc0").text().empty());
  QTest::keyClick(&desk.window->view(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
  CHECK(desk.document("doc0").text() == "word");
}

TEST_CASE("window: the search finds titles and says when there is none") {
  Desk desk;
  for (const char* title : {"Budget", "Minutes", "Packing list"}) {
    REQUIRE(desk.workspace.create(QLatin1String(title)).has_value());
  }
  auto* search = desk.find<QLineEdit>("docSearch");
  auto* list = desk.find<QListWidget>("docList");
  CHECK(list->count() == 3);
  search->setText("pack");
  REQUIRE(list->count() == 1);
  CHECK(list->item(0)->text() == "Packing list");
  search->setText("xyz");
  REQUIRE(list->count() == 1);
  CHECK(list->item(0)->text() == "Nothing contains \"xyz\".");
}

TEST_CASE("window: rename in the title field reaches the document") {
  Desk desk;
  desk.trigger("actNew");
  auto* title = desk.find<QLineEdit>("titleEdit");
  title->setFocus();
  title->setText("Plan B");
  QTest::keyClick(title, Qt::Key_Return);
  CHECK(desk.document("doc0").title() == "Plan B");
}

TEST_CASE("window: state and people are told in words") {
  Desk desk;
  desk.trigger("actNew");
  auto& document = desk.document("doc0");
  document.members = {{"a", "Ana", true, true}, {"b", "Bea", false, true}};
  document.now.peers = {{"Bea", true, 0, 0, {}}};
  Q_EMIT document.stateChanged();
  CHECK(desk.window->footerText() == QStringLiteral("Saved · Bea has everything"));
  CHECK(desk.find<QToolButton>("syncPill")->text() == "In sync");
  document.now.trouble = "the disk is full. Free some space.";
  Q_EMIT document.stateChanged();
  CHECK(desk.window->footerText() == "Not saved: the disk is full. Free some space.");
}

TEST_CASE("window: work offline is one key, said in words, and taken back by the same key") {
  Desk desk;
  desk.trigger("actNew");
  auto& document = desk.document("doc0");
  document.now.peers = {{"Bea", true, 3, 0, {}}};
  desk.trigger("actOffline");
  CHECK_FALSE(desk.workspace.online());
  CHECK(desk.find<QAction>("actOffline")->isChecked());
  CHECK(desk.window->footerText().contains("working offline, 3 changes"));
  desk.trigger("actOffline");
  CHECK(desk.workspace.online());
  CHECK_FALSE(desk.window->footerText().contains("offline"));
}

TEST_CASE("window: a link that cannot be used leaves a sentence and a document to write in") {
  Desk desk;
  desk.window->joinByLink("weft:join/x");
  CHECK(desk.workspace.asked == "weft:join/x");
  CHECK(desk.window->current() == nullptr);
  desk.workspace.pending(
      sync::sync_error{sync::sync_errc::invite_expired, "This link has ended. Ask for a new one."});
  CHECK(desk.find<QLabel>("noticeText")->text() == "This link has ended. Ask for a new one.");
  CHECK(desk.window->current() != nullptr);
}

TEST_CASE("window: a link that works opens its document") {
  Desk desk;
  REQUIRE(desk.workspace.create("Shared").has_value());
  desk.window->joinByLink("weft:join/x");
  desk.workspace.pending(QStringLiteral("doc0"));
  REQUIRE(desk.window->current() != nullptr);
  CHECK(desk.window->current()->id() == "doc0");
}

TEST_CASE("window: everything one can act on has a name for those who cannot see it") {
  Desk desk;
  desk.trigger("actNew");
  auto& document = desk.document("doc0");
  document.members = {{"a", "Ana", true, true}, {"b", "Bea", false, true}};
  Q_EMIT document.stateChanged();
  int seen = 0;
  for (QWidget* widget : desk.window->findChildren<QWidget*>()) {
    if (!widget->isVisible() || widget->focusPolicy() == Qt::NoFocus ||
        qobject_cast<QStackedWidget*>(widget) != nullptr) {
      continue;
    }
    QAccessibleInterface* face = QAccessible::queryAccessibleInterface(widget);
    INFO(widget->metaObject()->className() << " " << widget->objectName().toStdString());
    REQUIRE(face != nullptr);
    CHECK_FALSE(face->text(QAccessible::Name).isEmpty());
    ++seen;
  }
  CHECK(seen >= 8);
}

TEST_CASE("window: a remote caret is painted in its owner's colour, with the name beside it") {
  Desk desk;
  desk.trigger("actNew");
  auto& document = desk.document("doc0");
  QTest::keyClicks(&desk.window->view(), "some words here");
  document.members = {{"a", "Ana", true, true}, {"b", "Bea", false, true}};
  Q_EMIT document.stateChanged();
  PresenceModel& presence = desk.window->current()->presence();
  const auto payload = presence.payloadFor({5, 10}).encode();
  Q_EMIT document.presence(crdt::replica_id::from_number(9), "b", payload);
  REQUIRE(desk.window->view().cursors().carets().size() == 1);
  const RemoteCaret caret = desk.window->view().cursors().carets()[0];
  const QRect rect = desk.window->view().cursors().caretRect(caret);
  const QImage shot = desk.window->view().viewport()->grab().toImage();
  const QColor color = caret.color.line(Theme::Light);
  int caretPixels = 0;
  int tintPixels = 0;
  for (int y = rect.top() + 2; y < rect.bottom() - 2; ++y) {
    for (int x = rect.left() - 1; x <= rect.left() + 2; ++x) {
      caretPixels += shot.pixelColor(x, y) == color ? 1 : 0;
    }
    tintPixels += shot.pixelColor(rect.left() - 6, y) != QColor(0xffffff) ? 1 : 0;
  }
  CHECK(caretPixels >= 20);
  CHECK(tintPixels >= 10);
}

TEST_CASE("gallery: pictures of the window for a person to look at", "[.gallery]") {
  const QString folder = qEnvironmentVariable("WEFT_GALLERY", ".");
  for (const Theme theme : {Theme::Light, Theme::Dark}) {
    Desk desk;
    desk.window->setTheme(theme);
    for (const char* title : {"Minutes", "Packing list", "A rather long title that has no room"}) {
      REQUIRE(desk.workspace.create(QLatin1String(title)).has_value());
    }
    desk.window->newDocument();
    desk.window->resize(1180, 760);
    const QString name = theme == Theme::Light ? "light" : "dark";
    desk.window->grab().save(folder + "/empty-" + name + ".png");
    auto& document = desk.document("doc3");
    document.setTitle("Budget 2026");
    document.members = {
        {"a", "Ana", true, true}, {"b", "Bea", false, true}, {"c", "Tom Kim", false, false}};
    document.now.peers = {{"Bea", true, 0, 0, {}}, {"Tom Kim", false, 14, 0, {}}};
    Q_EMIT document.stateChanged();
    QTest::keyClicks(&desk.window->view(), "Budget 2026");
    for (const char* line :
         {"",
          "The room costs less than we thought, so we can spend the rest on food. We should ask "
          "the caterer again before the end of the month, and book the train for everybody.",
          "", "Ask the caterer", "Book the train"}) {
      QTest::keyClick(&desk.window->view(), Qt::Key_Return);
      QTest::keyClicks(&desk.window->view(), line);
    }
    PresenceModel& presence = desk.window->current()->presence();
    Q_EMIT document.presence(crdt::replica_id::from_number(9), "b",
                             presence.payloadFor({60, 96}).encode());
    QTest::qWait(400);
    desk.window->grab().save(folder + "/text-" + name + ".png");
    desk.trigger("actFind");
    desk.find<QLineEdit>("findField")->setText("the");
    desk.window->showNotice("This link has ended. Ask for a new one.");
    desk.trigger("actOffline");
    desk.window->resize(700, 600);
    QTest::qWait(50);
    desk.window->grab().save(folder + "/narrow-" + name + ".png");
    ShareDialog share(desk.workspace, *desk.window->current());
    share.show();
    share.grab().save(folder + "/share-" + name + ".png");
    JoinDialog join(desk.workspace);
    join.show();
    join.grab().save(folder + "/join-" + name + ".png");
  }
}
