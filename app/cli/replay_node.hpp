// SPDX-License-Identifier: MIT
// One `weft node` process of a replay, driven through its control socket.
#pragma once

#include "profile/requests.hpp"

#include <filesystem>
#include <string>
#include <sys/types.h>

namespace weft::app {

class replay_node {
public:
  /// Starts the process; its output goes to a file beside its profile. Throws command_error.
  replay_node(const std::filesystem::path& folder, const std::string& trace, std::uint32_t agent);
  /// Stops it, forcibly when it does not end by itself.
  ~replay_node();
  replay_node(const replay_node&) = delete;
  replay_node& operator=(const replay_node&) = delete;

  /// Waits until the node listens.
  void wait_ready();
  /// Executes a command there. Throws command_error, naming the node.
  json ask(const std::string& cmd, const json& args);
  /// Ends the process in an orderly way. Throws command_error when that fails.
  void stop();

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

private:
  /// Whether the process has ended; `how` gets its status.
  bool ended(int& how);
  [[noreturn]] void fail(const std::string& what) const;
  [[nodiscard]] std::filesystem::path profile() const { return folder_ / name_; }
  [[nodiscard]] std::filesystem::path beside(const char* end) const {
    return folder_ / (name_ + end);
  }

  std::filesystem::path folder_;
  std::string name_;
  pid_t pid_ = -1;
};

}  // namespace weft::app
