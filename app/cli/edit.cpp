// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/files.hpp"
#include "cli/output.hpp"
#include "cli/profile_session.hpp"

namespace weft::app {

exit_code edit_command(const edit_options& options) {
  const json args{{"doc", options.doc}, {"text", utf8_input(options.file)}};
  const json done = run_on_profile(options.profile, "edit", args);
  if (options.json) {
    print_line(done.dump());
  } else {
    print_line("saved: " + done["inserted"].dump() + " characters in, " + done["erased"].dump() +
               " out, in " + done["edits"].dump() + " places");
  }
  return exit_code::done;
}

}  // namespace weft::app
