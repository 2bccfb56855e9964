// SPDX-License-Identifier: MIT
#include "cli/files.hpp"

#include "profile/exit_code.hpp"
#include "trace/gzip_file.hpp"
#include "trace/trace.hpp"
#include "weft/crdt/document/text.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

namespace weft::app {

namespace {

constexpr std::size_t max_bytes = std::size_t{24} << 20U;

struct closer {
  void operator()(std::FILE* f) const noexcept { std::fclose(f); }
};

[[noreturn]] void fail(const std::string& file, const char* what) {
  throw command_error(exit_code::io, file + ": " + what + ": " + std::strerror(errno));
}

}  // namespace

std::string read_input(const std::string& file) {
  if (file != "-" && std::filesystem::is_directory(file)) {
    throw command_error(exit_code::io, file + ": is a folder, not a file");
  }
  const std::unique_ptr<std::FILE, closer> opened(file == "-" ? nullptr
                                                              : std::fopen(file.c_str(), "rbe"));
  std::FILE* const in = file == "-" ? stdin : opened.get();
  if (in == nullptr) fail(file, "cannot be opened");
  std::string content;
  std::vector<char> chunk(65'536);
  for (;;) {
    const std::size_t n = std::fread(chunk.data(), 1, chunk.size(), in);
    content.append(chunk.data(), n);
    if (content.size() > max_bytes) {
      throw command_error(exit_code::bad_data, file + ": is larger than 24 MiB");
    }
    if (n < chunk.size()) break;
  }
  if (std::ferror(in) != 0) fail(file, "cannot be read");
  return content;
}

std::string utf8_input(const std::string& file) {
  std::string content = read_input(file);
  if (!crdt::is_valid_utf8(content)) {
    throw command_error(exit_code::bad_data,
                        (file == "-" ? "standard input" : file) + ": is no UTF-8 text");
  }
  return content;
}

void write_output(const std::string& file, std::string_view content) {
  if (file == "-") {
    if (std::fwrite(content.data(), 1, content.size(), stdout) != content.size() ||
        std::fflush(stdout) != 0) {
      fail("standard output", "cannot be written");
    }
    return;
  }
  try {
    write_maybe_gzip(file, content);
  } catch (const trace_io_error& e) {
    throw command_error(exit_code::io, file + ": " + e.what());
  }
}

}  // namespace weft::app
