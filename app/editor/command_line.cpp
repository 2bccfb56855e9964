// SPDX-License-Identifier: MIT
#include "editor/command_line.hpp"

#include "weft/sync/link.hpp"

#include <CLI/CLI.hpp>

#include <regex>

namespace weft::app {

namespace {

constexpr int kUsage = 2;

std::string badEndpoint(const std::string& text) {
  const auto parsed = sync::endpoint::parse(text);
  return parsed ? std::string() : parsed.error().what;
}

std::string badLink(const std::string& text) {
  const auto parsed = sync::join_link::parse(text);
  return parsed ? std::string() : parsed.error().what;
}

std::string badGeometry(const std::string& text) {
  static const std::regex form("[0-9]{2,5}x[0-9]{2,5}[+][0-9]{1,5}[+][0-9]{1,5}");
  return std::regex_match(text, form) ? std::string()
                                      : "write it as WIDTHxHEIGHT+X+Y, such as 900x700+0+0";
}

}  // namespace

std::variant<EditorOptions, int> parseCommandLine(int argc, char** argv) {
  EditorOptions out;
  CLI::App app{"Writes documents that merge: alone, offline, or with others.", "weft-editor"};
  app.set_version_flag("--version", std::string("weft-editor ") + WEFT_VERSION);
  app.add_option("--profile", out.profile,
                 "Folder of your documents and keys (default: weft in the data folder)");
  app.add_option("--name", out.name, "Your name, as others see it");
  app.add_option("--listen", out.listen, "HOST:PORT to be reached at; port 0 is any free one")
      ->check(badEndpoint)
      ->capture_default_str();
  app.add_option("--join", out.join, "Join a document by its link, or open it if you have it")
      ->check(badLink);
  app.add_option("--document", out.document,
                 "Open this document: its title or id, or how its id starts");
  app.add_option("--share-file", out.shareFile,
                 "Share a document with everybody who can read this file: the link is written "
                 "into it. The same document each time");
  app.add_option("--place", out.place, "Half of the screen to take: left or right")
      ->check(CLI::IsMember({"left", "right"}));
  app.add_option("--geometry", out.geometry, "Place of the window: WIDTHxHEIGHT+X+Y")
      ->check(badGeometry);
  app.add_option("--theme", out.theme, "system, light or dark")
      ->check(CLI::IsMember({"system", "light", "dark"}));
  app.add_option("--feed", out.feed, "Write what the window shows to this file, as JSON lines");
  app.add_flag("--offline", out.offline, "Start with work offline");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  return out;
}

}  // namespace weft::app
