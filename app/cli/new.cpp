// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/files.hpp"
#include "cli/output.hpp"
#include "cli/profile_session.hpp"

namespace weft::app {

exit_code new_command(const new_options& options) {
  json args{{"title", options.title}};
  if (!options.file.empty()) args["text"] = utf8_input(options.file);
  const json made = run_on_profile(options.profile, "new", args);
  print_line(options.json ? made.dump() : made["document"].get<std::string>());
  return exit_code::done;
}

}  // namespace weft::app
