// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/files.hpp"
#include "cli/output.hpp"
#include "cli/profile_session.hpp"

namespace weft::app {

exit_code cat_command(const doc_options& options) {
  const json shown = run_on_profile(options.profile, "cat", {{"doc", options.doc}});
  if (options.json) {
    print_line(shown.dump());
  } else {
    write_output("-", shown["text"].get<std::string>());
  }
  return exit_code::done;
}

}  // namespace weft::app
