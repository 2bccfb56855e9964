// SPDX-License-Identifier: MIT
// How a command ends. The numbers are an interface; scripts rely on them.
#pragma once

#include <stdexcept>
#include <string>

namespace weft::app {

enum class exit_code : int {
  done = 0,
  no = 1,        ///< the answer is no: not equal, not converged, not found
  usage = 2,     ///< the command line makes no sense
  bad_data = 3,  ///< input that is not what it should be
  io = 4,        ///< input/output or network
};

/// Ends a command with one line that says what happened and what to do.
class command_error : public std::runtime_error {
public:
  command_error(exit_code code, const std::string& what) : std::runtime_error(what), code_(code) {}
  [[nodiscard]] exit_code code() const noexcept { return code_; }

private:
  exit_code code_;
};

}  // namespace weft::app
