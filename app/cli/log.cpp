// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/profile_session.hpp"

#include <array>
#include <ctime>

namespace weft::app {

namespace {

std::string local_time(std::int64_t wall_ms) {
  const std::time_t seconds = static_cast<std::time_t>(wall_ms / 1000);
  std::tm parts{};
  if (localtime_r(&seconds, &parts) == nullptr) return "at some time";
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
  return text.data();
}

}  // namespace

exit_code log_command(const log_options& options) {
  json args{{"doc", options.doc}};
  if (options.limit > 0) args["limit"] = options.limit;
  const json log = run_on_profile(options.profile, "log", args);
  for (const json& entry : log["entries"]) {
    if (options.json) {
      print_line(entry.dump());
      continue;
    }
    const std::int64_t ops = entry["ops"].get<std::int64_t>();
    print_line(local_time(entry["wall_ms"].get<std::int64_t>()) + "  " +
               entry["author"].get<std::string>() + "  change " + entry["seq"].dump() + ", " +
               std::to_string(ops) + (ops == 1 ? " operation" : " operations") + "  " +
               entry["hash"].get<std::string>().substr(0, 12));
  }
  return exit_code::done;
}

}  // namespace weft::app
