// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/profile_session.hpp"
#include "profile/control_socket.hpp"
#include "profile/profile_service.hpp"
#include "profile/trace_player.hpp"
#include "trace/gzip_file.hpp"
#include "weft/sync/run_loop.hpp"

#include <csignal>
#include <cstdio>
#include <optional>
#include <unistd.h>
#include <utility>

namespace weft::app {

namespace {

volatile std::sig_atomic_t asked_to_end = 0;

extern "C" void ask_to_end(int /*signal*/) {
  asked_to_end = 1;
}

void catch_signals() {
  struct sigaction action{};
  action.sa_handler = ask_to_end;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

json describe(const sync::node& host) {
  const std::optional<sync::endpoint> at = host.listening();
  return {{"listening", at ? json(at->format()) : json()},
          {"device", to_string(host.id())},
          {"name", host.name()},
          {"pid", ::getpid()}};
}

std::unique_ptr<sync::node> open_node(const node_command_options& options,
                                      const sync::run_loop& loop) {
  sync::node_options node;
  node.profile = profile_folder(options.profile);
  node.name = options.name;
  node.run = loop.get_executor();
  if (!options.listen.empty()) node.listen = value_or_throw(sync::endpoint::parse(options.listen));
  return value_or_throw(sync::node::open(std::move(node)));
}

}  // namespace

exit_code node_command(const node_command_options& options) {
  catch_signals();
  sync::run_loop loop;
  bool stopped = false;
  const std::unique_ptr<sync::node> host = open_node(options, loop);
  if (options.verbose) {
    host->on_log = [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); };
  }
  profile_service service(*host);
  service.on_stop = [&stopped] { stopped = true; };
  if (!options.replay.empty()) {
    service.player =
        std::make_unique<trace_player>(*host, loop.get_executor(), options.replay, options.agent);
  }
  const control_server control(
      profile_folder(options.profile), [&](std::string request, control_server::responder reply) {
        loop.post(
            [&service, request = std::move(request), reply] { service.execute(request, reply); });
      });
  const json ready = describe(*host);
  if (!options.ready_file.empty()) write_maybe_gzip(options.ready_file, ready.dump() + "\n");
  print_line(options.json ? ready.dump()
             : ready["listening"].is_string()
                 ? "listening on " + ready["listening"].get<std::string>()
                 : std::string("running; dials only"));
  // A signal only sets a flag, so it is looked at now and then.
  while (!loop.run_until([&] { return stopped || asked_to_end != 0; },
                         std::chrono::milliseconds(100))) {
  }
  return exit_code::done;
}

}  // namespace weft::app
