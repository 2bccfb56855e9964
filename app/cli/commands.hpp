// SPDX-License-Identifier: MIT
// The subcommands of `weft`: what each takes, and its function. One source file each.
//
// A command prints its answer and returns how it ended. It throws command_error, or an error of the
// trace reader, with one line for the user; main turns these into exit codes.
#pragma once

#include "profile/exit_code.hpp"

#include <string>
#include <vector>

namespace weft::app {

struct bench_trace_options {
  std::vector<std::string> files;
  unsigned repeat = 5;
  bool json = false;
};
exit_code bench_trace(const bench_trace_options& options);

/// Measures one memory figure in this process and prints it; bench_trace starts it. The document
/// comes from standard input: a snapshot for "open", an update for "import".
exit_code bench_heap(const std::string& figure);

}  // namespace weft::app
