// SPDX-License-Identifier: MIT
// The `weft` program: parses the command line, runs one command, turns errors into exit codes.
#include "cli/command_line.hpp"
#include "trace/trace.hpp"

#include <cstdio>
#include <exception>
#include <new>

namespace {

int fail(weft::app::exit_code code, const char* what) {
  std::fprintf(stderr, "weft: %s\n", what);
  return static_cast<int>(code);
}

}  // namespace

int main(int argc, char** argv) {
  using weft::app::exit_code;
  try {
    const weft::app::parsed_command command = weft::app::parse_command_line(argc, argv);
    return static_cast<int>(command.run ? command.run() : command.code);
  } catch (const weft::app::command_error& e) {
    return fail(e.code(), e.what());
  } catch (const weft::app::trace_error& e) {
    return fail(exit_code::bad_data, e.what());
  } catch (const weft::app::trace_io_error& e) {
    return fail(exit_code::io, e.what());
  } catch (const std::bad_alloc&) {
    return fail(exit_code::io, "not enough memory for this");
  } catch (const std::exception& e) {
    return fail(exit_code::io, e.what());
  }
}
