// SPDX-License-Identifier: MIT
// The pure parts of the bridge: units, differences, selections, undo steps, colours, words.
#include "bridge/author_colors.hpp"
#include "bridge/presence_model.hpp"
#include "bridge/selection.hpp"
#include "bridge/status_words.hpp"
#include "bridge/text_difference.hpp"
#include "bridge/undo_grouping.hpp"
#include "bridge/utf16.hpp"
#include "qt_test.hpp"

#include <algorithm>
#include <cmath>

using namespace weft::app;
using weft::app::testing::Dice;

namespace {

/// The slow twin: applies a difference and says what comes out.
QString applied(const QString& before, const QString& after, const TextDifference& d) {
  QString out = before;
  return out.replace(d.position, d.removed, after.mid(d.position, d.inserted));
}

double luminance(const QColor& c) {
  const auto part = [](double v) {
    return v <= 0.03928 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * part(c.redF()) + 0.7152 * part(c.greenF()) + 0.0722 * part(c.blueF());
}

double contrast(const QColor& a, const QColor& b) {
  const double x = luminance(a);
  const double y = luminance(b);
  return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

}  // namespace

TEST_CASE("utf16: what a widget cannot hold is shown as one unit for one") {
  const std::string text =
      "a\nb\r\x01 \xC2\xA0\xE2\x80\xA9\xEF\xB7\x90\xF0\x9F\x98\x80\xEF\xBB\xBF";
  const QString shown = shownText(text);
  const QString expected =
      QString::fromUcs4(U"a\u2029b\uFFFD\uFFFD \u00A0\uFFFD\uFFFD\U0001F600\uFEFF");
  CHECK(shown == expected);
  CHECK(shown.size() == 12);
}

TEST_CASE("utf16: a byte order mark at the start stays") {
  CHECK(shownText("\xEF\xBB\xBFx").size() == 2);
}

TEST_CASE("utf16: shown text reads back as the document's text") {
  const std::string text =
      "Zeile\n\xC3\xA4\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB\tende\xC2\xA0";
  CHECK(documentText(shownText(text)) == text);
}

TEST_CASE("utf16: half a pair becomes a replacement character") {
  CHECK(documentText(QString(QChar(0xD83D))) == "\xEF\xBF\xBD");
  CHECK(documentText(QString(QChar(0xDE00)) + QStringLiteral("a")) ==
        "\xEF\xBF\xBD"
        "a");
}

TEST_CASE("utf16: foreign text loses controls and keeps its line ends") {
  CHECK(cleanedForInsertion(QStringLiteral("a\r\nb\rc\u2029d\u0007\uFFFC\tq")) ==
        QStringLiteral("a\nb\nc\nd\tq"));
}

TEST_CASE("difference: among equal places the one at the caret is taken") {
  CHECK(differenceAt(u"aaa", u"aaaa", 2) == TextDifference{1, 0, 1});
  CHECK(differenceAt(u"aaa", u"aaaa", 4) == TextDifference{3, 0, 1});
  CHECK(differenceAt(u"aaaa", u"aaa", 1) == TextDifference{1, 1, 0});
  CHECK(differenceAt(u"abc", u"abc", 0).empty());
}

TEST_CASE("difference: a surrogate pair is never split") {
  const QString grin = QStringLiteral("\U0001F600");
  const QString beam = QStringLiteral("\U0001F601");  // shares its first half with the other
  CHECK(differenceAt(grin, beam, 2) == TextDifference{0, 2, 2});
}

TEST_CASE("difference: turns any text into any other, wherever the caret is") {
  const std::uint64_t seed = testing::seedOr(20261121);
  INFO("WEFT_SEED=" << seed);
  Dice dice(seed);
  const QString letters = QStringLiteral("ab\u2029\U0001F600\U0001F601");
  const auto random = [&] {
    QString out;
    for (int i = dice.below(12); i > 0; --i) {
      const int kind = dice.below(5);
      out += kind < 3 ? letters.mid(kind, 1) : letters.mid(3 + 2 * (kind - 3), 2);
    }
    return out;
  };
  for (int i = 0; i < 20'000; ++i) {
    const QString before = random();
    const QString after = random();
    const TextDifference d = differenceAt(before, after, dice.below(16) - 2);
    REQUIRE(applied(before, after, d) == after);
  }
}

TEST_CASE("selection: a caret keeps its left neighbour when text comes where it stands") {
  CHECK(moved(Selection{3, 3}, {3, 0, 5}) == Selection{3, 3});
  CHECK(moved(Selection{3, 3}, {2, 0, 5}) == Selection{8, 8});
  CHECK(moved(Selection{3, 3}, {1, 1, 0}) == Selection{2, 2});
  CHECK(moved(Selection{5, 5}, {2, 3, 4}) == Selection{6, 6});
  CHECK(moved(Selection{4, 4}, {2, 3, 4}) == Selection{2, 2});
}

TEST_CASE("selection: others' text at its edges stays outside, in both directions") {
  CHECK(moved(Selection{2, 5}, {5, 0, 3}) == Selection{2, 5});
  CHECK(moved(Selection{5, 2}, {5, 0, 3}) == Selection{5, 2});
  CHECK(moved(Selection{2, 5}, {2, 0, 3}) == Selection{5, 8});
  CHECK(moved(Selection{5, 2}, {2, 0, 3}) == Selection{8, 5});
  CHECK(moved(Selection{2, 5}, {1, 8, 0}) == Selection{1, 1});
}

TEST_CASE("undo steps: typing joins until a pause, a jump, Enter, or another kind of edit") {
  UndoGrouping g;
  CHECK_FALSE(g.joins(0, 0, "a", 0));
  CHECK(g.joins(1, 0, "b", 100));
  CHECK_FALSE(g.joins(2, 0, "c", 900));                                 // pause
  CHECK_FALSE(g.joins(0, 0, "d", 950));                                 // jump
  CHECK_FALSE(g.joins(0, 1, "", 960));                                  // erasing
  CHECK_FALSE(g.joins(0, 0, QString(QChar::ParagraphSeparator), 970));  // Enter
  CHECK_FALSE(g.joins(1, 0, "e", 980));                                 // after Enter
  CHECK(g.joins(2, 0, "f", 990));
}

TEST_CASE("undo steps: others' edits in front do not end a step") {
  UndoGrouping g;
  CHECK_FALSE(g.joins(10, 0, "a", 0));
  g.shift({2, 0, 4});
  CHECK(g.joins(15, 0, "b", 100));
}

TEST_CASE("undo steps: Backspace and Delete join, a paste stands alone") {
  UndoGrouping g;
  CHECK_FALSE(g.joins(9, 1, "", 0));
  CHECK(g.joins(8, 1, "", 10));
  CHECK(g.joins(8, 1, "", 20));
  g.isolateNext();
  CHECK_FALSE(g.joins(8, 0, "pasted", 30));
  CHECK_FALSE(g.joins(14, 0, "x", 40));
  CHECK(g.joins(15, 0, "y", 50));
}

TEST_CASE("colours: every author colour is readable on the page and under its flag's text") {
  for (int i = 0; i < kAuthorColors; ++i) {
    const AuthorColor color{i, false};
    CHECK(contrast(color.line(Theme::Light), QColor(0xffffff)) >= 4.5);
    CHECK(contrast(color.line(Theme::Dark), QColor(0x1e1f22)) >= 3.0);
    CHECK(contrast(color.line(Theme::Light), color.flagText(Theme::Light)) >= 4.5);
    CHECK(contrast(color.line(Theme::Dark), color.flagText(Theme::Dark)) >= 4.5);
  }
}

TEST_CASE("colours: eight people have eight colours, the ninth a dashed one") {
  std::vector<std::string> keys;
  for (char c = 'a'; c < 'a' + 9; ++c) {
    keys.emplace_back(3, c);
  }
  const auto colors = colorsOf(keys);
  for (int i = 0; i < 8; ++i) {
    for (int j = i + 1; j < 8; ++j) {
      CHECK(colors.at(keys[static_cast<std::size_t>(i)]).index !=
            colors.at(keys[static_cast<std::size_t>(j)]).index);
    }
  }
  CHECK(colors.at(keys[8]).dashed);
  std::reverse(keys.begin(), keys.end());
  CHECK(colorsOf(keys) == colors);
}

TEST_CASE("colours: initials come from the words of a name") {
  CHECK(initialsOf("Ana") == "A");
  CHECK(initialsOf("bea kim lopez") == "BK");
  CHECK(initialsOf("  ") == "?");
}

TEST_CASE("presence: a payload reads back, anything else is refused") {
  PresencePayload payload;
  payload.anchor = {weft::crdt::op_id{weft::crdt::replica_id::from_number(7), 12},
                    weft::crdt::side::before};
  const weft::crdt::bytes good = payload.encode();
  const auto read = PresencePayload::decode(good);
  REQUIRE(read.has_value());
  CHECK(read->anchor == payload.anchor);
  CHECK(read->caret == payload.caret);
  for (std::size_t length = 0; length < good.size(); ++length) {
    CHECK_FALSE(PresencePayload::decode(weft::crdt::byte_view(good).first(length)).has_value());
  }
  weft::crdt::bytes newer = good;
  newer[0] = 2;
  const auto refused = PresencePayload::decode(newer);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == weft::crdt::errc::unsupported);
  weft::crdt::bytes longer = good;
  longer.push_back(0);
  CHECK_FALSE(PresencePayload::decode(longer).has_value());
}

TEST_CASE("state: every state has its own sentence") {
  DocumentState s;
  CHECK(statusWords(s).footer == QStringLiteral("Saved on this computer · shared with nobody"));
  s.peers = {{"Bea", true, 0, 0, {}}, {"Tom", false, 0, 0, {}}};
  CHECK(statusWords(s).footer == QStringLiteral("Saved · Bea and Tom have everything"));
  CHECK(statusWords(s).kind == StatusKind::AllSeen);
  s.peers[1].missingThere = 14;
  CHECK(statusWords(s).footer == QStringLiteral("Saved · 14 changes wait for Tom to be back"));
  s.peers[1].here = true;
  CHECK(statusWords(s).footer == QStringLiteral("Saved · 14 changes on the way to Tom"));
  s.peers[0].missingHere = 1;
  CHECK(statusWords(s).footer == QStringLiteral("Getting 1 change from Bea"));
  s.online = false;
  CHECK(statusWords(s).footer ==
        QStringLiteral("Saved on this computer · working offline, 14 changes will be sent when you "
                       "are back"));
  s.trouble = "the disk is full.";
  CHECK(statusWords(s).footer == QStringLiteral("Not saved: the disk is full."));
  CHECK(statusWords(s).kind == StatusKind::Trouble);
}
