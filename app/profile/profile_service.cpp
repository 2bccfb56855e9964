// SPDX-License-Identifier: MIT
#include "profile/profile_service.hpp"

#include "profile/document_commands.hpp"
#include "profile/node_commands.hpp"
#include "profile/requests.hpp"
#include "profile/trace_player.hpp"

#include <map>
#include <new>
#include <utility>

namespace weft::app {

struct profile_service::state {
  explicit state(sync::node& n) : host(n) {}
  sync::node& host;
  /// Answers that come later; cleared by the destructor, so that none comes after it.
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);
};

profile_service::profile_service(sync::node& host) : state_(std::make_unique<state>(host)) {}

profile_service::~profile_service() {
  *state_->alive = false;
}

namespace {

using command = json (*)(sync::node&, const json& args);

const std::map<std::string, command, std::less<>>& commands() {
  static const std::map<std::string, command, std::less<>> table{
      {"new", new_document},       {"edit", edit_document},  {"cat", show_text},
      {"log", show_log},           {"info", show_info},      {"export", export_document},
      {"import", import_document}, {"record", record_trace}, {"share", share_document},
      {"status", show_status},     {"doctor", examine},      {"online", set_online},
  };
  return table;
}

/// The reply of work that may throw.
template <class Work>
std::string guarded(Work&& work) {
  try {
    return success(work());
  } catch (const command_error& e) {
    return failure(e.code(), e.what());
  } catch (const trace_error& e) {
    return failure(exit_code::bad_data, e.what());
  } catch (const std::bad_alloc&) {
    return failure(exit_code::io, "not enough memory for this");
  } catch (const std::exception& e) {
    return failure(exit_code::io, e.what());
  }
}

struct parsed_request {
  std::string cmd;
  json args;
};

parsed_request parse_request(std::string_view request) {
  const json whole = json::parse(request, nullptr, false);
  if (!whole.is_object()) {
    throw command_error(exit_code::bad_data, "the request is no JSON object");
  }
  parsed_request out;
  out.cmd = text_argument(whole, "cmd");
  out.args = whole.value("args", json::object());
  if (!out.args.is_object()) throw command_error(exit_code::usage, "`args` is no JSON object");
  return out;
}

}  // namespace

void profile_service::execute(std::string_view request, answer reply) {
  bool later = false;
  std::string said = guarded([&]() -> json {
    const parsed_request parsed = parse_request(request);
    if (parsed.cmd == "join") {
      join_document(state_->host, parsed.args,
                    [reply, alive = state_->alive](sync::result<json> joined) {
                      if (!*alive) return;
                      reply(guarded([&] { return value_or_throw(std::move(joined)); }));
                    });
      later = true;
      return {};
    }
    if (parsed.cmd == "stop") {
      if (!on_stop) throw command_error(exit_code::usage, "close the editor's window instead");
      on_stop();
      return json::object();
    }
    if (parsed.cmd == "play" || parsed.cmd == "gate" || parsed.cmd == "played") {
      if (!player) throw command_error(exit_code::usage, "this node was not started to replay");
      if (parsed.cmd == "gate") return player->gate(parsed.args);
      return parsed.cmd == "play" ? player->start(parsed.args) : player->report();
    }
    const auto found = commands().find(parsed.cmd);
    if (found == commands().end()) {
      throw command_error(exit_code::usage, "the process that has the profile open knows no `" +
                                                parsed.cmd + "`: is it of another version?");
    }
    return found->second(state_->host, parsed.args);
  });
  if (!later) reply(std::move(said));
}

std::string make_request(std::string_view cmd, std::string_view args_json) {
  json request;
  request["cmd"] = cmd;
  request["args"] = json::parse(args_json);
  return request.dump();
}

}  // namespace weft::app
