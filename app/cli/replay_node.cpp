// SPDX-License-Identifier: MIT
#include "cli/replay_node.hpp"

#include "cli/profile_session.hpp"
#include "profile/control_socket.hpp"
#include "profile/profile_service.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <optional>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

extern char** environ;

namespace weft::app {

namespace {

using clock = std::chrono::steady_clock;
constexpr std::chrono::seconds patience{20};

void pause_shortly() {
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

}  // namespace

replay_node::replay_node(const std::filesystem::path& folder, const std::string& trace,
                         std::uint32_t agent)
    : folder_(folder), name_("agent-" + std::to_string(agent)) {
  std::vector<std::string> words{
      "weft",     "node",     "--profile",   profile().string(),    "--name",
      name_,      "--listen", "127.0.0.1:0", "--ready-file",        beside(".ready").string(),
      "--replay", trace,      "--agent",     std::to_string(agent), "--verbose"};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, beside(".log").c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  const int failed =
      ::posix_spawn(&pid_, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    pid_ = -1;
    throw command_error(exit_code::io,
                        std::string("a node cannot be started: ") + std::strerror(failed));
  }
}

replay_node::~replay_node() {
  if (pid_ < 0) return;
  int how = 0;
  if (!ended(how)) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &how, 0);
  }
}

bool replay_node::ended(int& how) {
  if (pid_ < 0) return true;
  if (::waitpid(pid_, &how, WNOHANG) != pid_) return false;
  pid_ = -1;
  return true;
}

void replay_node::fail(const std::string& what) const {
  std::string last;
  std::ifstream log(beside(".log"));
  for (std::string line; std::getline(log, line);) {
    if (!line.empty()) last = line;
  }
  throw command_error(exit_code::io,
                      name_ + " " + what + (last.empty() ? "" : "; it said: " + last));
}

void replay_node::wait_ready() {
  const clock::time_point until = clock::now() + patience;
  int how = 0;
  while (!std::filesystem::exists(beside(".ready"))) {
    if (ended(how)) fail("ended before it was ready");
    if (clock::now() > until) fail("does not get ready");
    pause_shortly();
  }
}

json replay_node::ask(const std::string& cmd, const json& args) {
  std::optional<std::string> reply;
  try {
    reply = ask_control(profile(), make_request(cmd, args.dump()));
  } catch (const std::runtime_error& e) {
    fail(std::string("does not answer: ") + e.what());
  }
  if (!reply) fail("has gone");
  try {
    return result_of(*reply);
  } catch (const command_error& e) {
    throw command_error(e.code(), name_ + ": " + e.what());
  }
}

void replay_node::stop() {
  static_cast<void>(ask("stop", json::object()));
  const clock::time_point until = clock::now() + patience;
  int how = 0;
  while (!ended(how)) {
    if (clock::now() > until) fail("does not end");
    pause_shortly();
  }
  if (how != 0) fail("ended badly (status " + std::to_string(how) + ")");
}

}  // namespace weft::app
