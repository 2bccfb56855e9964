// SPDX-License-Identifier: MIT
// How a command reaches its profile: through the process that has it open, or by opening it.
#pragma once

#include "profile/requests.hpp"
#include "weft/sync/node.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

namespace weft::app {

/// `given`, or the default folder when it is empty.
[[nodiscard]] std::filesystem::path profile_folder(const std::string& given);

struct session_options {
  std::string name;     ///< of this device; kept in a profile that is opened; empty: as it is
  bool online = false;  ///< whether the command needs the network when it opens the profile itself
  /// Asked after the reply while the node still runs; the command goes on when it gives true, or
  /// after `linger`. Not used when another process has the profile.
  std::function<bool(sync::node&, const json& result)> settled;
  std::chrono::seconds linger{0};
};

/// Executes one command on a profile and gives its result. Throws command_error.
[[nodiscard]] json run_on_profile(const std::string& profile, const std::string& cmd,
                                  const json& args, const session_options& options = {});

/// The result in a reply. Throws command_error when the reply is an error or no reply at all.
[[nodiscard]] json result_of(const std::string& reply);

}  // namespace weft::app
