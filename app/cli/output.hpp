// SPDX-License-Identifier: MIT
// What commands print: lines on standard output, progress and errors on standard error.
#pragma once

#include <string>
#include <string_view>

namespace weft::app {

/// One line on standard output, flushed. Throws command_error when it cannot be written.
void print_line(std::string_view line);

/// Shows how far long work is. Prints only on a terminal, one line that overwrites itself and is
/// gone at the end.
class progress {
public:
  progress();
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  void show(std::string_view what);
  void clear();

private:
  bool terminal_;
  bool shown_ = false;
};

}  // namespace weft::app
