// SPDX-License-Identifier: MIT
// The border between UTF-8 in the library and UTF-16 in Qt.
//
// Every scalar of the document is shown by as many UTF-16 units as it has, so that position p of
// the text in UTF-16 is position p of the QTextDocument. Characters that a QTextDocument cannot
// hold as text (controls, its own sentinels) are shown as U+FFFD, one unit for one; the line feed
// is shown as U+2029, which is how Qt separates blocks.
//
// Pure functions; any thread may call them.
#pragma once

#include <QString>

#include <string>
#include <string_view>

namespace weft::app {

/// The unit that stands in the widget for the unit `c` of the document's text. Idempotent.
[[nodiscard]] char16_t shownUnit(char16_t c) noexcept;

/// What the widget shows for `utf8`. Pre: valid UTF-8. (QString::fromUtf8 would drop a leading
/// byte order mark, which is a character like any other here.)
[[nodiscard]] QString shownText(std::string_view utf8);

/// Raw text of the widget as the document keeps it: U+2029 becomes a line feed; lone surrogates and
/// units that cannot be shown become U+FFFD.
[[nodiscard]] std::string documentText(QStringView raw);

/// Text from outside (clipboard, drop) made fit to be typed: line ends become line feeds, control
/// characters and sentinels go.
[[nodiscard]] QString cleanedForInsertion(const QString& foreign);

}  // namespace weft::app
