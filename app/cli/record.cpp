// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/files.hpp"
#include "cli/output.hpp"
#include "cli/profile_session.hpp"

namespace weft::app {

exit_code record_command(const record_options& options) {
  progress shown;
  shown.show("replaying the history");
  const json recorded = run_on_profile(options.profile, "record", {{"doc", options.doc}});
  shown.clear();
  write_output(options.file, text_argument(recorded, "trace"));
  if (options.file == "-") return exit_code::done;
  const json done{{"file", options.file},
                  {"transactions", recorded["transactions"]},
                  {"agents", recorded["agents"]}};
  print_line(options.json ? done.dump()
                          : options.file + ": " + recorded["transactions"].dump() +
                                " transactions by " + recorded["agents"].dump() + " agents");
  return exit_code::done;
}

}  // namespace weft::app
