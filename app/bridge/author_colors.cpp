// SPDX-License-Identifier: MIT
#include "bridge/author_colors.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>

namespace weft::app {

namespace {

constexpr std::array<QRgb, kAuthorColors> kLight = {0xff0a0aff, 0xff727a00, 0xffb82fda, 0xff328554,
                                                    0xff000066, 0xff660000, 0xffd02597, 0xff4a1c3b};
constexpr std::array<QRgb, kAuthorColors> kDark = {0xffb2a8f0, 0xfff8ff99, 0xffd633ff, 0xff38948e,
                                                   0xffc2fbff, 0xffcc6d00, 0xffc79c6b, 0xff4bff0a};

std::uint32_t hashOf(const std::string& key) {
  std::uint32_t h = 2166136261U;
  for (const char c : key) {
    h = (h ^ static_cast<unsigned char>(c)) * 16777619U;
  }
  return h ^ (h >> 15U);
}

}  // namespace

QColor AuthorColor::line(Theme theme) const {
  const auto i = static_cast<std::size_t>(index) % kAuthorColors;
  return QColor(theme == Theme::Light ? kLight[i] : kDark[i]);
}

QColor AuthorColor::flagText(Theme theme) const {
  return theme == Theme::Light ? QColor(0xff, 0xff, 0xff) : QColor(0x16, 0x17, 0x1a);
}

std::map<std::string, AuthorColor> colorsOf(std::vector<std::string> keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::map<std::string, AuthorColor> out;
  std::set<int> taken;
  for (const std::string& key : keys) {
    if (taken.size() % kAuthorColors == 0) {
      taken.clear();
    }
    int index = static_cast<int>(hashOf(key) % kAuthorColors);
    while (taken.contains(index)) {
      index = (index + 1) % kAuthorColors;
    }
    taken.insert(index);
    out[key] = AuthorColor{index, out.size() >= static_cast<std::size_t>(kAuthorColors)};
  }
  return out;
}

QString initialsOf(const QString& name) {
  QString out;
  bool atStart = true;
  for (const QChar c : name) {
    if (c.isSpace()) {
      atStart = true;
    } else if (atStart && out.size() < 2 && !c.isSurrogate()) {
      out.append(c.toUpper());
      atStart = false;
    }
  }
  return out.isEmpty() ? QStringLiteral("?") : out;
}

}  // namespace weft::app
