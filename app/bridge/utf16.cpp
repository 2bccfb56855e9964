// SPDX-License-Identifier: MIT
#include "bridge/utf16.hpp"

#include <QChar>

#include <cstdint>

namespace weft::app {

namespace {

constexpr char16_t kReplacement = 0xFFFD;
constexpr char16_t kBlockSeparator = 0x2029;

bool isSentinel(char16_t c) noexcept {
  return (c >= 0xFDD0 && c <= 0xFDEF) || c == 0xFFFC;
}

bool isControl(char16_t c) noexcept {
  return (c < 0x20 && c != u'\t') || (c >= 0x7F && c < 0xA0);
}

void appendUtf8(std::string& out, std::uint32_t scalar) {
  const auto byte = [&out](std::uint32_t value) { out.push_back(static_cast<char>(value)); };
  if (scalar < 0x80) {
    byte(scalar);
  } else if (scalar < 0x800) {
    byte(0xC0U | (scalar >> 6U));
    byte(0x80U | (scalar & 0x3FU));
  } else if (scalar < 0x10000) {
    byte(0xE0U | (scalar >> 12U));
    byte(0x80U | ((scalar >> 6U) & 0x3FU));
    byte(0x80U | (scalar & 0x3FU));
  } else {
    byte(0xF0U | (scalar >> 18U));
    byte(0x80U | ((scalar >> 12U) & 0x3FU));
    byte(0x80U | ((scalar >> 6U) & 0x3FU));
    byte(0x80U | (scalar & 0x3FU));
  }
}

}  // namespace

char16_t shownUnit(char16_t c) noexcept {
  if (c == u'\n') {
    return kBlockSeparator;
  }
  // A U+2029 of the document itself must not look like a line feed, hence the replacement; the
  // caller passes document text here, never text that was shown already.
  if (isControl(c) || isSentinel(c) || c == kBlockSeparator) {
    return kReplacement;
  }
  return c;
}

QString shownText(std::string_view utf8) {
  QString out;
  out.reserve(static_cast<qsizetype>(utf8.size()));
  std::size_t at = 0;
  const auto next = [&utf8, &at] {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(utf8[at++]));
  };
  while (at < utf8.size()) {
    const std::uint32_t lead = next();
    if (lead < 0x80) {
      out.append(QChar(shownUnit(static_cast<char16_t>(lead))));
      continue;
    }
    const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    std::uint32_t scalar = lead & (0x3FU >> static_cast<unsigned>(more));
    for (int i = 0; i < more && at < utf8.size(); ++i) {
      scalar = (scalar << 6U) | (next() & 0x3FU);
    }
    if (scalar < 0x10000) {
      out.append(QChar(shownUnit(static_cast<char16_t>(scalar))));
    } else {
      out.append(QChar(QChar::highSurrogate(scalar)));
      out.append(QChar(QChar::lowSurrogate(scalar)));
    }
  }
  return out;
}

std::string documentText(QStringView raw) {
  std::string out;
  out.reserve(static_cast<std::size_t>(raw.size()) + static_cast<std::size_t>(raw.size()) / 8);
  for (qsizetype i = 0; i < raw.size(); ++i) {
    const char16_t c = raw[i].unicode();
    if (c == kBlockSeparator || c == u'\n') {
      out.push_back('\n');
    } else if (QChar::isHighSurrogate(c) && i + 1 < raw.size() && raw[i + 1].isLowSurrogate()) {
      appendUtf8(out, QChar::surrogateToUcs4(c, raw[i + 1].unicode()));
      ++i;
    } else if (QChar::isSurrogate(c) || isControl(c) || isSentinel(c)) {
      appendUtf8(out, kReplacement);
    } else {
      appendUtf8(out, c);
    }
  }
  return out;
}

QString cleanedForInsertion(const QString& foreign) {
  QString out;
  out.reserve(foreign.size());
  for (qsizetype i = 0; i < foreign.size(); ++i) {
    const char16_t c = foreign[i].unicode();
    if (c == u'\r') {
      out.append(QChar(u'\n'));
      if (i + 1 < foreign.size() && foreign[i + 1] == QChar(u'\n')) {
        ++i;
      }
    } else if (c == u'\n' || c == kBlockSeparator) {
      out.append(QChar(u'\n'));
    } else if (QChar::isHighSurrogate(c) && i + 1 < foreign.size() &&
               foreign[i + 1].isLowSurrogate()) {
      out.append(foreign[i]).append(foreign[i + 1]);
      ++i;
    } else if (!QChar::isSurrogate(c) && !isControl(c) && !isSentinel(c)) {
      out.append(foreign[i]);
    }
  }
  return out;
}

}  // namespace weft::app
