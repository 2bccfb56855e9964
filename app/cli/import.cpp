// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/files.hpp"
#include "cli/output.hpp"
#include "cli/profile_session.hpp"
#include "profile/hex.hpp"

#include <filesystem>

namespace weft::app {

exit_code import_command(const import_options& options) {
  const std::string content = read_input(options.file);
  json args{{"content", to_hex(crdt::as_bytes(content))}};
  if (!options.title.empty()) {
    args["title"] = options.title;
  } else if (options.file != "-" && !options.file.ends_with(".weft")) {
    args["title"] = std::filesystem::path(options.file).stem().string();
  }
  json made;
  try {
    made = run_on_profile(options.profile, "import", args);
  } catch (const command_error& e) {
    if (e.code() != exit_code::bad_data) throw;
    throw command_error(e.code(), options.file + ": " + e.what());
  }
  print_line(options.json ? made.dump() : made["document"].get<std::string>());
  return exit_code::done;
}

}  // namespace weft::app
