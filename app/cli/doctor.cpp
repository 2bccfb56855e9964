// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/profile_session.hpp"

namespace weft::app {

exit_code doctor_command(const common_options& options) {
  progress shown;
  shown.show("reading the whole store");
  const json report = run_on_profile(options.profile, "doctor", json::object());
  shown.clear();
  if (options.json) {
    print_line(report.dump());
  } else {
    for (const json& check : report["checks"]) {
      print_line((check["ok"].get<bool>() ? "ok     " : "WRONG  ") +
                 check["check"].get<std::string>() + ": " + check["detail"].get<std::string>());
    }
  }
  return report["healthy"].get<bool>() ? exit_code::done : exit_code::no;
}

}  // namespace weft::app
