// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/profile_session.hpp"

#include <chrono>

namespace weft::app {

exit_code share_command(const share_options& options) {
  json args{{"doc", options.doc}, {"role", options.role}, {"uses", options.uses}};
  if (options.days > 0) {
    const auto expires =
        std::chrono::system_clock::now() + std::chrono::hours(24) * std::int64_t{options.days};
    args["expires_ms"] =
        std::chrono::duration_cast<std::chrono::milliseconds>(expires.time_since_epoch()).count();
  }
  if (!options.addresses.empty()) args["addresses"] = options.addresses;
  const json shared = run_on_profile(options.profile, "share", args);
  print_line(options.json ? shared.dump() : shared["link"].get<std::string>());
  return exit_code::done;
}

}  // namespace weft::app
