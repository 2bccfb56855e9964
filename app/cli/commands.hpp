// SPDX-License-Identifier: MIT
// The subcommands of `weft`: what each takes, and its function. One source file each.
//
// A command prints its answer and returns how it ended. It throws command_error, or an error of the
// trace reader, with one line for the user; main turns these into exit codes.
#pragma once

#include "profile/exit_code.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace weft::app {

/// What all commands have.
struct common_options {
  std::string profile;  ///< empty: the default folder
  bool json = false;
};

struct new_options : common_options {
  std::string title;
  std::string file;  ///< first text; empty: none
};
exit_code new_command(const new_options& options);

struct edit_options : common_options {
  std::string doc;
  std::string file = "-";
};
exit_code edit_command(const edit_options& options);

struct doc_options : common_options {
  std::string doc;
};
exit_code cat_command(const doc_options& options);
exit_code info_command(const doc_options& options);

struct log_options : common_options {
  std::string doc;
  std::int64_t limit = 0;  ///< 0: all
};
exit_code log_command(const log_options& options);

struct export_options : common_options {
  std::string doc;
  std::string file;
  std::string format;  ///< weft, text; empty: by the file's name
};
exit_code export_command(const export_options& options);

struct import_options : common_options {
  std::string file;
  std::string title;
};
exit_code import_command(const import_options& options);

struct share_options : common_options {
  std::string doc;
  std::string role = "editor";
  std::uint32_t uses = 1;
  std::uint32_t days = 7;  ///< 0: never expires
  std::vector<std::string> addresses;
};
exit_code share_command(const share_options& options);

struct join_options : common_options {
  std::string link;
  std::string name;
  std::uint32_t timeout_s = 30;
};
exit_code join_command(const join_options& options);

struct node_command_options : common_options {
  std::string listen;
  std::string name;
  std::string ready_file;
  bool verbose = false;
  std::string replay;  ///< set by `weft replay`: the trace to play a side of
  std::uint32_t agent = 0;
};
exit_code node_command(const node_command_options& options);

struct record_options : common_options {
  std::string doc;
  std::string file;
};
exit_code record_command(const record_options& options);

exit_code status_command(const common_options& options);
exit_code doctor_command(const common_options& options);

struct replay_options : common_options {
  std::string trace;
  std::string json_file;
  std::uint32_t cuts = 24;
};
exit_code replay_command(const replay_options& options);

struct bench_trace_options : common_options {
  std::vector<std::string> files;
  unsigned repeat = 5;
};
exit_code bench_trace(const bench_trace_options& options);

/// Measures one memory figure in this process and prints it; bench_trace starts it. The document
/// comes from standard input: a snapshot for "open", an update for "import".
exit_code bench_heap(const std::string& figure);

}  // namespace weft::app
