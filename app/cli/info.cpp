// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/profile_session.hpp"

namespace weft::app {

exit_code info_command(const doc_options& options) {
  const json info = run_on_profile(options.profile, "info", {{"doc", options.doc}});
  if (options.json) {
    print_line(info.dump());
    return exit_code::done;
  }
  for (const auto& [name, value] : info.items()) {
    if (name == "version") continue;
    print_line(name + std::string(14 - std::min<std::size_t>(name.size(), 13), ' ') +
               (value.is_string() ? value.get<std::string>() : value.dump()));
  }
  for (const auto& [replica, count] : info["version"].items()) {
    print_line("replica       " + replica + " " + count.dump() + " operations");
  }
  return exit_code::done;
}

}  // namespace weft::app
