// SPDX-License-Identifier: MIT
// What weft-editor understands on its command line. Needs no display.
#pragma once

#include <optional>
#include <string>
#include <variant>

namespace weft::app {

struct EditorOptions {
  std::string profile;
  std::string name;
  std::string listen = "0.0.0.0:0";
  std::string join;
  std::string document;
  std::string shareFile;
  std::string place;     ///< "left", "right" or empty
  std::string geometry;  ///< "WxH+X+Y" or empty
  std::string theme = "system";
  std::string feed;
  bool offline = false;
};

/// The options, or the code to exit with after what there was to say has been printed.
[[nodiscard]] std::variant<EditorOptions, int> parseCommandLine(int argc, char** argv);

}  // namespace weft::app
