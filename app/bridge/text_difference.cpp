// SPDX-License-Identifier: MIT
#include "bridge/text_difference.hpp"

#include <algorithm>

namespace weft::app {

namespace {

bool splitsPair(QStringView text, qsizetype at) {
  return at > 0 && at < text.size() && text[at - 1].isHighSurrogate() && text[at].isLowSurrogate();
}

}  // namespace

TextDifference differenceAt(QStringView before, QStringView after, int caret) {
  const qsizetype shorter = std::min(before.size(), after.size());
  // The tail behind the caret is taken first. What is left in front of it then decides, so that the
  // replacement ends at the caret whenever the texts allow it.
  const qsizetype behind =
      std::clamp<qsizetype>(after.size() - static_cast<qsizetype>(caret), 0, shorter);
  const auto suffixUpTo = [&](qsizetype limit, qsizetype from) {
    qsizetype n = from;
    while (n < limit && before[before.size() - 1 - n] == after[after.size() - 1 - n]) {
      ++n;
    }
    return n;
  };
  qsizetype suffix = suffixUpTo(behind, 0);
  qsizetype prefix = 0;
  while (prefix < shorter - suffix && before[prefix] == after[prefix]) {
    ++prefix;
  }
  suffix = suffixUpTo(shorter - prefix, suffix);

  while (prefix > 0 && (splitsPair(before, prefix) || splitsPair(after, prefix))) {
    --prefix;
  }
  while (suffix > 0 &&
         (splitsPair(before, before.size() - suffix) || splitsPair(after, after.size() - suffix))) {
    --suffix;
  }
  return {static_cast<int>(prefix), static_cast<int>(before.size() - prefix - suffix),
          static_cast<int>(after.size() - prefix - suffix)};
}

}  // namespace weft::app
