// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/profile_session.hpp"

namespace weft::app {

namespace {

void print_people(const json& status) {
  for (const json& p : status["peers"]) {
    const std::uint64_t missing = p["missing_there"].get<std::uint64_t>();
    std::string line = "  " + p["name"].get<std::string>() + ": " + p["state"].get<std::string>();
    line += missing == 0 ? ", has everything"
                         : ", has not confirmed " + std::to_string(missing) + " changes";
    print_line(line);
  }
}

}  // namespace

exit_code status_command(const common_options& options) {
  const json status = run_on_profile(options.profile, "status", json::object());
  if (options.json) {
    print_line(status.dump());
    return exit_code::done;
  }
  const std::string name = status["name"].get<std::string>();
  print_line("device " + status["device"].get<std::string>() + (name.empty() ? "" : " " + name));
  print_line(std::string(status["online"].get<bool>() ? "online" : "offline") +
             (status["listening"].is_string()
                  ? ", listens on " + status["listening"].get<std::string>()
                  : ", does not listen"));
  print_line("documents");
  for (const json& d : status["documents"]) {
    const std::string trouble = d["trouble"].get<std::string>();
    print_line("  " + d["document"].get<std::string>().substr(0, 12) + "  " +
               d["title"].get<std::string>() + ": " + d["changes"].dump() + " changes" +
               (trouble.empty() ? "" : "; " + trouble));
  }
  print_line("peers");
  print_people(status);
  return exit_code::done;
}

}  // namespace weft::app
