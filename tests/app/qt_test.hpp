// SPDX-License-Identifier: MIT
// One QApplication without a display for all tests of this process, and small helpers.
#pragma once

#include <QApplication>
#include <QByteArray>
#include <QString>

#include <catch2/catch.hpp>

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace Catch {
template <>
struct StringMaker<QString> {
  static std::string convert(const QString& text) { return '"' + text.toStdString() + '"'; }
};
}  // namespace Catch

namespace weft::app::testing {

/// Never destroyed: Qt's static parts must not outlive it at exit.
inline QApplication& application() {
  static QApplication* const made = [] {
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) {
      qputenv("QT_QPA_PLATFORM", "offscreen");
    }
    static int argc = 1;
    static char name[] = "app_test";
    static char* argv[] = {name, nullptr};
    auto* app = new QApplication(argc, argv);
    QApplication::setCursorFlashTime(0);
    return app;
  }();
  return *made;
}

/// WEFT_SEED runs one seed again; else a test takes the ones it has.
inline std::uint64_t seedOr(std::uint64_t fallback) {
  const char* given = std::getenv("WEFT_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : fallback;
}

class Dice {
public:
  explicit Dice(std::uint64_t seed) : m_engine(seed) {}
  /// 0 .. below - 1; 0 when below is 0.
  int below(int below) {
    return below <= 0 ? 0 : static_cast<int>(m_engine() % static_cast<std::uint64_t>(below));
  }

private:
  std::mt19937_64 m_engine;
};

}  // namespace weft::app::testing
