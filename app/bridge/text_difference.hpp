// SPDX-License-Identifier: MIT
// The smallest replacement that turns one text into another, seen from the caret.
//
// Pure; any thread may call it.
#pragma once

#include <QString>

namespace weft::app {

/// `removed` units at `position` of the old text become `inserted` units at `position` of the new.
struct TextDifference {
  int position = 0;
  int removed = 0;
  int inserted = 0;

  [[nodiscard]] constexpr bool empty() const noexcept { return removed == 0 && inserted == 0; }
  friend bool operator==(const TextDifference&, const TextDifference&) = default;
};

/// One replacement that covers all differences. Among equal choices ("aaa") it takes the one that
/// ends at `caret` (a position in `after`, any value is allowed), because that is where a person
/// typed or deleted. Never splits a surrogate pair of either text. O(size).
[[nodiscard]] TextDifference differenceAt(QStringView before, QStringView after, int caret);

}  // namespace weft::app
