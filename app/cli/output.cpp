// SPDX-License-Identifier: MIT
#include "cli/output.hpp"

#include "profile/exit_code.hpp"

#include <cstdio>
#include <unistd.h>

namespace weft::app {

void print_line(std::string_view line) {
  const std::string whole = std::string(line) + '\n';
  if (std::fwrite(whole.data(), 1, whole.size(), stdout) != whole.size() ||
      std::fflush(stdout) != 0) {
    throw command_error(exit_code::io, "standard output cannot be written");
  }
}

progress::progress() : terminal_(::isatty(STDERR_FILENO) == 1) {}

progress::~progress() {
  clear();
}

void progress::show(std::string_view what) {
  if (!terminal_) return;
  std::fprintf(stderr, "\r\033[K%.*s", static_cast<int>(what.size()), what.data());
  std::fflush(stderr);
  shown_ = true;
}

void progress::clear() {
  if (!shown_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace weft::app
