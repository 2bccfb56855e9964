// SPDX-License-Identifier: MIT
// The colours that stand for people. Eight pairs, found by search: each has at least 4.5:1 against
// the page and for the text of its flag, and they stay apart in the usual colour deficiencies.
// A unit test recomputes the contrast. Colour never stands alone: names and initials go along.
#pragma once

#include <QColor>
#include <QString>

#include <map>
#include <string>
#include <vector>

namespace weft::app {

inline constexpr int kAuthorColors = 8;

/// Which look the window has.
enum class Theme { Light, Dark };

/// A person's colour; `index` counts on beyond the eighth with dashes (see AuthorColor::dashed).
struct AuthorColor {
  int index = 0;
  bool dashed = false;  ///< the ninth to the sixteenth repeat the colours with dashed carets

  [[nodiscard]] QColor line(Theme theme) const;      ///< caret, flag, avatar
  [[nodiscard]] QColor flagText(Theme theme) const;  ///< on top of line()
  friend bool operator==(const AuthorColor&, const AuthorColor&) = default;
};

/// The same people give the same colours on every device: each takes the colour that their key asks
/// for, or the next free one, in the order of their keys. Keys: any bytes that name a person.
[[nodiscard]] std::map<std::string, AuthorColor> colorsOf(std::vector<std::string> keys);

/// One or two capitals: "Ana" gives "A", "Bea Kim" gives "BK".
[[nodiscard]] QString initialsOf(const QString& name);

}  // namespace weft::app
