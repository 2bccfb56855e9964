// SPDX-License-Identifier: MIT
// The command line's grammar. Kept apart from the commands, since the parser is slow to compile.
#pragma once

#include "profile/exit_code.hpp"

#include <functional>

namespace weft::app {

/// A parsed command line: the command to run, or the code to exit with (help, usage errors), after
/// what there was to say has been printed.
struct parsed_command {
  std::function<exit_code()> run;  ///< empty: exit with `code`
  exit_code code = exit_code::done;
};

[[nodiscard]] parsed_command parse_command_line(int argc, char** argv);

}  // namespace weft::app
