// SPDX-License-Identifier: MIT
#include "cli/profile_session.hpp"

#include "profile/control_socket.hpp"
#include "profile/profile_service.hpp"
#include "profile/trace_player.hpp"
#include "weft/sync/run_loop.hpp"

#include <chrono>
#include <cstdlib>
#include <optional>
#include <thread>
#include <utility>

namespace weft::app {

namespace {

using clock = std::chrono::steady_clock;

/// A process that starts or ends holds the profile for a moment without serving its socket.
constexpr std::chrono::seconds patience{5};

json run_in_process(std::unique_ptr<sync::node> host, sync::run_loop& loop,
                    const std::string& request, const session_options& options) {
  std::optional<std::string> reply;
  profile_service service(*host);
  service.execute(request, [&](std::string said) { reply = std::move(said); });
  constexpr std::chrono::minutes longest{10};
  if (!loop.run_until([&] { return reply.has_value(); }, longest)) {
    throw command_error(exit_code::io, "no answer after ten minutes");
  }
  json result = result_of(*reply);
  if (options.settled) {
    // Not settling in time is no failure: the work goes on when the profile is next online.
    const clock::time_point until = clock::now() + options.linger;
    while (!options.settled(*host, result) && clock::now() < until) {
      static_cast<void>(loop.run_until([] { return false; }, std::chrono::milliseconds(20)));
    }
  }
  return result;
}

}  // namespace

std::filesystem::path profile_folder(const std::string& given) {
  if (!given.empty()) return given;
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data == '/') {
    return std::filesystem::path(data) / "weft";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    return std::filesystem::path(home) / ".local/share/weft";
  }
  throw command_error(exit_code::usage, "there is no home folder; say --profile DIR");
}

json result_of(const std::string& reply) {
  const json parsed = json::parse(reply, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("ok") || !parsed["ok"].is_boolean()) {
    throw command_error(exit_code::io, "the process that has the profile open made no sense");
  }
  if (parsed["ok"].get<bool>()) return parsed.value("result", json::object());
  throw command_error(static_cast<exit_code>(number_argument(parsed, "code", 4)),
                      text_argument(parsed, "error", "failed"));
}

json run_on_profile(const std::string& profile, const std::string& cmd, const json& args,
                    const session_options& options) {
  const std::filesystem::path folder = profile_folder(profile);
  const std::string request = make_request(cmd, args.dump());
  const clock::time_point until = clock::now() + patience;
  for (;;) {
    if (const std::optional<std::string> reply = ask_control(folder, request)) {
      return result_of(*reply);
    }
    sync::run_loop loop;
    sync::node_options node;
    node.profile = folder;
    node.name = options.name;
    node.online = options.online;
    node.run = loop.get_executor();
    sync::result<std::unique_ptr<sync::node>> opened = sync::node::open(std::move(node));
    if (opened) return run_in_process(*std::move(opened), loop, request, options);
    if (opened.error().code != sync::sync_errc::in_use || clock::now() >= until) {
      throw to_command_error(opened.error());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace weft::app
