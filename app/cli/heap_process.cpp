// SPDX-License-Identifier: MIT
#include "cli/heap_process.hpp"

#include "cli/commands.hpp"
#include "cli/heap_counter.hpp"
#include "cli/output.hpp"
#include "weft/crdt/document/document.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <iterator>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

extern char** environ;

namespace weft::app {

namespace {

[[noreturn]] void fail(const char* step) {
  throw command_error(exit_code::io, std::string("memory cannot be measured: ") + step + ": " +
                                         std::strerror(errno));
}

class descriptor {
public:
  explicit descriptor(int fd, const char* step) : fd_(fd) {
    if (fd < 0) fail(step);
  }
  ~descriptor() { close(); }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  [[nodiscard]] int get() const noexcept { return fd_; }
  void close() noexcept {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

private:
  int fd_;
};

void write_all(int fd, crdt::byte_view data) {
  while (!data.empty()) {
    const ssize_t n = ::write(fd, data.data(), data.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail("write");
    data = data.subspan(static_cast<std::size_t>(n));
  }
}

pid_t spawn_self(const std::string& figure, int in, int out) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  std::array<std::string, 4> words{"weft", "bench", "heap", figure};
  std::array<char*, 5> arguments{};
  for (std::size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
  pid_t child = 0;
  errno = ::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (errno != 0) fail("start of a process");
  return child;
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 256> chunk{};
  for (;;) {
    const ssize_t n = ::read(fd, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(n));
  }
}

crdt::bytes read_input() {
  std::cin.tie(nullptr);
  std::string text((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>());
  return {text.begin(), text.end()};
}

[[noreturn]] void refuse(const crdt::error& e) {
  throw command_error(exit_code::bad_data, "standard input: " + crdt::to_string(e));
}

}  // namespace

std::optional<std::uint64_t> measure_heap(const std::string& figure, crdt::byte_view input) {
  if (!heap_counter::available()) return std::nullopt;
  const descriptor in(::memfd_create("weft-bench", MFD_CLOEXEC), "memory file");
  write_all(in.get(), input);
  if (::lseek(in.get(), 0, SEEK_SET) != 0) fail("memory file");
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe");
  const descriptor from_child(ends[0], "pipe");
  descriptor to_parent(ends[1], "pipe");
  const pid_t child = spawn_self(figure, in.get(), to_parent.get());
  to_parent.close();
  const std::string answer = read_all(from_child.get());
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0 || answer.empty()) {
    throw command_error(exit_code::io, "the process that measures memory failed (" + figure + ")");
  }
  return std::stoull(answer);
}

exit_code bench_heap(const std::string& figure) {
  const crdt::replica_id self = crdt::replica_id::from_number(std::uint64_t{1} << 32U);
  crdt::bytes input = read_input();
  std::ptrdiff_t counted = 0;
  heap_counter::start();
  if (figure == "open") {
    // Live heap with the document open and its text read once; the file's bytes are not in it.
    crdt::result<crdt::document> opened = crdt::document::open(self, input);
    if (!opened) refuse(opened.error());
    if (opened->get_text("text").to_string().size() != opened->get_text("text").size_bytes()) {
      return exit_code::no;
    }
    counted = heap_counter::live_bytes();
  } else {
    crdt::document fresh(self);
    const crdt::result<crdt::import_report> report = fresh.import(input);
    if (!report) refuse(report.error());
    counted = heap_counter::peak_bytes();
  }
  print_line(std::to_string(std::max<std::ptrdiff_t>(counted, 0)));
  return exit_code::done;
}

}  // namespace weft::app
