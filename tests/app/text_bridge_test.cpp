// SPDX-License-Identifier: MIT
// The bridge against a person at a real QTextEdit and others who write at the same time.
#include "bridge/document_controller.hpp"
#include "bridge/utf16.hpp"
#include "editor/editor_view.hpp"
#include "fake_workspace.hpp"
#include "qt_test.hpp"

#include <QInputMethodEvent>
#include <QMimeData>
#include <QScrollBar>
#include <QTest>
#include <QTextBlock>

#include <memory>

using namespace weft;
using namespace weft::app;
using weft::app::testing::Dice;
using weft::app::testing::FakeDocument;

namespace Catch {
template <>
struct StringMaker<Selection> {
  static std::string convert(const Selection& s) {
    return '{' + std::to_string(s.anchor) + ", " + std::to_string(s.caret) + '}';
  }
};
}  // namespace Catch

namespace {

/// A person's window on one document, and a peer who edits a replica of it elsewhere.
class Pair {
public:
  explicit Pair(std::uint64_t first = 1)
      : document(std::make_shared<FakeDocument>("d", first)),
        controller((testing::application(), std::make_unique<DocumentController>(document))),
        peer(crdt::replica_id::from_number(first + 1)) {
    controller->bridge().setChecking(true);
    controller->setClock([this] { return now; });
    view.resize(760, 500);
    view.show(controller.get());
    view.QTextEdit::show();
  }

  crdt::text peerText() { return peer.get_text("text"); }
  void sendToPeer() {
    const auto report = peer.import(document->document().export_updates(peer.version()));
    REQUIRE(report.has_value());
  }
  void receiveFromPeer() {
    document->import(peer.export_updates(document->document().version()));
    settle();
  }
  void peerInserts(std::uint32_t at, std::string_view text) {
    sendToPeer();
    peerText().insert({at}, text);
    receiveFromPeer();
  }
  void peerErases(std::uint32_t at, std::uint32_t count) {
    sendToPeer();
    peerText().erase({at}, count);
    receiveFromPeer();
  }
  /// What the event queue holds runs, as it would before the next key.
  static void settle() { QCoreApplication::processEvents(); }
  void type(const QString& text) {
    QTest::keyClicks(&view, text);
    settle();
  }
  void key(Qt::Key k, Qt::KeyboardModifiers modifiers = {}) {
    QTest::keyClick(&view, k, modifiers);
    settle();
  }
  void compose(const QString& preedit, const QString& commit) {
    QInputMethodEvent event(preedit, {});
    event.setCommitString(commit);
    QApplication::sendEvent(&view, &event);
    settle();
  }
  void paste(const QString& text) {
    QMimeData mime;
    mime.setText(text);
    struct Opened : EditorView {
      using EditorView::insertFromMimeData;
    };
    (static_cast<EditorView&>(view).*(&Opened::insertFromMimeData))(&mime);
    settle();
  }
  std::string text() { return document->text(); }
  bool holds() { return controller->bridge().matches() && controller->bridge().drifts() == 0; }

  std::shared_ptr<FakeDocument> document;
  std::unique_ptr<DocumentController> controller;
  crdt::document peer;
  EditorView view;
  std::int64_t now = 0;
};

}  // namespace

TEST_CASE("bridge: what is typed is in the document at once") {
  Pair p;
  p.type("Hello");
  p.key(Qt::Key_Return);
  p.type("wurld");
  for (int i = 0; i < 4; ++i) {
    p.key(Qt::Key_Backspace);
  }
  p.type("orld");
  CHECK(p.text() == "Hello\nworld");
  CHECK(p.holds());
}

TEST_CASE("bridge: Enter on an empty line makes another line that looks the same") {
  Pair p;
  p.type("a");
  for (int i = 0; i < 3; ++i) {
    p.key(Qt::Key_Return);
  }
  p.type("b");
  CHECK(p.text() == "a\n\n\nb");
  const QTextDocument& shown = *p.view.document();
  for (QTextBlock block = shown.begin(); block.isValid(); block = block.next()) {
    CHECK(block.blockFormat() == shown.begin().blockFormat());
  }
}

TEST_CASE("bridge: what others write appears, and the caret keeps its place") {
  Pair p;
  p.type("The room is big.");
  p.view.setSelection({8, 8});
  p.peerInserts(0, "Note: ");
  CHECK(p.view.toPlainText() == "Note: The room is big.");
  CHECK(p.view.selection() == Selection{14, 14});
  p.peerInserts(14, "XY");  // exactly at the caret: it keeps its left neighbour
  CHECK(p.view.selection() == Selection{14, 14});
  CHECK(p.holds());
}

TEST_CASE("bridge: others' words at the end of a selection do not join it") {
  for (const bool backward : {false, true}) {
    Pair p;
    p.type("one two three");
    p.view.setSelection(backward ? Selection{7, 4} : Selection{4, 7});
    p.peerInserts(7, "STRANGER");
    p.type("x");
    CHECK(p.text() == "one xSTRANGER three");
    CHECK(p.holds());
  }
}

TEST_CASE("bridge: the reading place stays when others write above") {
  Pair p;
  QString page;
  for (int i = 0; i < 200; ++i) {
    page += QStringLiteral("line %1\n").arg(i);
  }
  p.paste(page);
  QScrollBar* bar = p.view.verticalScrollBar();
  bar->setValue(bar->maximum() / 2);
  const QTextCursor top = p.view.cursorForPosition({380, 0});
  const QString line = top.block().text();
  const int offset = p.view.cursorRect(top).top();
  p.peerInserts(0, "new\nlines\nabove\n");
  const QTextCursor now = p.view.cursorForPosition({380, 0});
  CHECK(now.block().text() == line);
  CHECK(std::abs(p.view.cursorRect(now).top() - offset) <= 1);
  CHECK(p.holds());
}

TEST_CASE("bridge: a paste over several lines and an emoji is one edit") {
  Pair p;
  p.type("ab");
  p.view.setSelection({1, 1});
  p.paste(QStringLiteral("1\r\n2\U0001F600\n3"));
  CHECK(p.text() == "a1\n2\xF0\x9F\x98\x80\n3b");
  CHECK(p.holds());
  p.controller->undo();
  CHECK(p.text() == "ab");
  CHECK(p.holds());
}

TEST_CASE("bridge: no-break spaces and line separators survive") {
  Pair p;
  const std::string text =
      "a\xC2\xA0"
      "b\xE2\x80\xA8"
      "c";
  p.peerInserts(0, text);
  p.view.setSelection({2, 2});
  p.type("!");
  CHECK(p.text() ==
        "a\xC2\xA0!b\xE2\x80\xA8"
        "c");
  CHECK(p.holds());
}

TEST_CASE("bridge: characters that Qt cannot hold are shown as boxes and stay in the document") {
  Pair p;
  p.peerInserts(0, "x\x01\xEF\xB7\x90\r\xE2\x80\xA9y");
  CHECK(p.view.document()->characterCount() == 7);
  p.view.setSelection({6, 6});
  p.type("z");
  CHECK(p.text() == "x\x01\xEF\xB7\x90\r\xE2\x80\xA9yz");
  CHECK(p.holds());
}

TEST_CASE("bridge: half a character set by a program becomes a whole one on both sides") {
  Pair p;
  p.type(QStringLiteral("ab"));
  QTextCursor cursor(p.view.document());
  cursor.insertText(QString(QChar(0xD83D)));
  Pair::settle();
  CHECK(p.text() ==
        "\xEF\xBF\xBD"
        "ab");
  CHECK(p.controller->bridge().matches());
}

TEST_CASE("bridge: an input method composes while others write, and commits in its place") {
  Pair p;
  p.type("ab");
  p.compose(QStringLiteral("に"), {});
  CHECK(p.document->held());
  p.compose(QStringLiteral("にほ"), {});
  CHECK(p.text() == "ab");
  p.peerInserts(0, "later ");
  CHECK(p.text() == "ab");  // it waits
  p.compose({}, QStringLiteral("日本"));
  CHECK_FALSE(p.document->held());
  CHECK(p.text() == "later ab\xE6\x97\xA5\xE6\x9C\xAC");
  CHECK(p.holds());
}

TEST_CASE("bridge: two distant edits in one edit block reach the document") {
  Pair p;
  p.type("one two three four");
  QTextCursor cursor(p.view.document());
  cursor.beginEditBlock();
  cursor.setPosition(3);
  cursor.insertText("X");
  cursor.setPosition(14);
  cursor.deleteChar();
  cursor.endEditBlock();
  CHECK(p.text() == p.view.toPlainText().toStdString());
  CHECK(p.holds());
}

TEST_CASE("bridge: clearing and setting the whole text go through") {
  Pair p;
  p.type("something");
  p.view.setPlainText("another\ntext");
  CHECK(p.text() == "another\ntext");
  p.view.clear();
  CHECK(p.text().empty());
  CHECK(p.holds());
}

TEST_CASE("undo: takes back one's own words only, and the caret returns") {
  Pair p;
  p.type("mine");
  p.peerInserts(4, " theirs");
  p.now += 5000;
  p.view.setSelection({0, 0});
  p.type("My ");
  p.controller->undo();
  CHECK(p.text() == "mine theirs");
  CHECK(p.view.selection() == Selection{0, 0});
  p.controller->undo();
  CHECK(p.text() == " theirs");
  CHECK_FALSE(p.controller->canUndo());
  p.controller->redo();
  p.controller->redo();
  CHECK(p.text() == "My mine theirs");
  CHECK(p.holds());
}

TEST_CASE("undo: typing is one step until a pause") {
  Pair p;
  p.type("one");
  p.now += 5000;
  p.type(" two");
  p.controller->undo();
  CHECK(p.text() == "one");
  p.controller->undo();
  CHECK(p.text().empty());
}

TEST_CASE("undo: a deleted selection comes back, selected") {
  Pair p;
  p.type("keep this word");
  p.now += 5000;
  p.view.setSelection({5, 9});
  p.key(Qt::Key_Delete);
  CHECK(p.text() == "keep  word");
  p.controller->undo();
  CHECK(p.text() == "keep this word");
  CHECK(p.view.selection() == Selection{5, 9});
}

TEST_CASE("undo: the stack is there after the document was closed and opened again") {
  auto document = std::make_shared<FakeDocument>("d", 1);
  testing::application();
  {
    DocumentController first(document);
    QTextCursor(&first.textDocument()).insertText("kept");
  }
  DocumentController second(document);
  REQUIRE(second.canUndo());
  second.undo();
  CHECK(document->text().empty());
  CHECK(second.bridge().matches());
}

TEST_CASE("presence: a caret travels, and moves with the text around it") {
  Pair p;
  p.type("hello world");
  p.view.setSelection({6, 11});
  const PresencePayload sent = p.controller->presence().payloadFor(p.view.selection());
  p.sendToPeer();
  PresenceModel other(p.peerText(), [] { return std::int64_t{0}; });
  other.setPeople({{"ana", "Ana", false, true}});
  other.receive(p.document->document().replica(), "ana", sent.encode());
  REQUIRE(other.carets().size() == 1);
  CHECK(other.carets()[0].where == Selection{6, 11});
  p.peerText().insert({0}, "oh ");
  other.resolve();
  CHECK(other.carets()[0].where == Selection{9, 14});
  p.peerText().insert({14}, "!");
  other.resolve();
  CHECK(other.carets()[0].where == Selection{9, 14});
  other.receive(p.document->document().replica(), "ana", {});
  CHECK(other.carets().empty());
}

namespace {

QString someText(Dice& dice) {
  static const QString kinds[] = {"a",       "bc",           "\n",     " ",     "\U0001F600",
                                  "e\u0301", "\u05D0\u05D1", "\u00A0", "xyzzy", "\u2028",
                                  "\t"};
  QString out;
  for (int i = 1 + dice.below(4); i > 0; --i) {
    out += kinds[dice.below(static_cast<int>(std::size(kinds)))];
  }
  return out;
}

void personActs(Pair& p, Dice& dice) {
  const int length = p.view.document()->characterCount() - 1;
  const int at = dice.below(length + 1);
  switch (dice.below(12)) {
    case 0:
      p.view.setSelection({at, at});
      break;
    case 1:
      p.view.setSelection({at, dice.below(length + 1)});
      break;
    case 2:
      p.key(Qt::Key_Backspace);
      break;
    case 3:
      p.key(Qt::Key_Delete);
      break;
    case 4:
      p.key(Qt::Key_Return);
      break;
    case 5:
      p.paste(someText(dice));
      break;
    case 6:
      p.compose(QStringLiteral("に"), {});
      break;
    case 7:
      p.compose({}, dice.below(2) == 0 ? QString() : QStringLiteral("日\U00020BB7"));
      break;
    case 8:
      p.controller->undo();
      break;
    case 9:
      p.controller->redo();
      break;
    default:
      p.type(QString(QChar(u'a' + dice.below(26))));
      break;
  }
  p.now += dice.below(900);
}

void peerActs(Pair& p, Dice& dice) {
  crdt::text text = p.peerText();
  const auto length = static_cast<int>(text.length());
  for (int i = 1 + dice.below(3); i > 0; --i) {
    const auto now = static_cast<int>(text.length());
    const auto at = static_cast<std::uint32_t>(dice.below(now + 1));
    if (dice.below(3) == 0 && now > 0) {
      text.erase({at}, static_cast<std::uint32_t>(
                           dice.below(std::min(6, now - static_cast<int>(at)) + 1)));
    } else if (length < 400) {
      text.insert({at}, someText(dice).toStdString());
    }
  }
}

void fuzz(std::uint64_t seed, int steps) {
  INFO("WEFT_SEED=" << seed);
  Dice dice(seed);
  Pair p(seed * 2 + 1);
  for (int step = 0; step < steps; ++step) {
    INFO("step " << step);
    switch (dice.below(6)) {
      case 0:
        peerActs(p, dice);
        break;
      case 1:
        p.receiveFromPeer();
        break;
      case 2:
        if (dice.below(2) == 0) {
          p.sendToPeer();
        }
        break;
      default:
        personActs(p, dice);
        break;
    }
    INFO("drifts " << p.controller->bridge().drifts());
    REQUIRE(p.view.document()->characterCount() - 1 ==
            static_cast<int>(p.document->document().get_text("text").length_utf16()));
    REQUIRE(p.controller->bridge().rawText() == shownText(p.text()));
    REQUIRE(p.holds());
  }
  p.compose({}, {});
  p.receiveFromPeer();
  p.sendToPeer();
  REQUIRE(p.holds());
  REQUIRE(p.text() == p.peerText().to_string());
}

}  // namespace

TEST_CASE("bridge: widget and document stay equal through whatever people do") {
  if (std::getenv("WEFT_SEED") != nullptr) {
    fuzz(testing::seedOr(0), 400);
    return;
  }
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    fuzz(seed, 400);
  }
}
