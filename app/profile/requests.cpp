// SPDX-License-Identifier: MIT
#include "profile/requests.hpp"

#include <utility>

namespace weft::app {

namespace {

[[noreturn]] void missing(const char* name, const char* kind) {
  throw command_error(exit_code::usage,
                      std::string("argument `") + name + "` is missing or no " + kind);
}

}  // namespace

std::string text_argument(const json& args, const char* name) {
  const auto found = args.find(name);
  if (found == args.end() || !found->is_string()) missing(name, "string");
  return found->get<std::string>();
}

std::string text_argument(const json& args, const char* name, const std::string& otherwise) {
  return args.contains(name) ? text_argument(args, name) : otherwise;
}

std::int64_t number_argument(const json& args, const char* name, std::int64_t otherwise) {
  const auto found = args.find(name);
  if (found == args.end()) return otherwise;
  if (!found->is_number_integer()) missing(name, "number");
  return found->get<std::int64_t>();
}

bool flag_argument(const json& args, const char* name, bool otherwise) {
  const auto found = args.find(name);
  if (found == args.end()) return otherwise;
  if (!found->is_boolean()) missing(name, "boolean");
  return found->get<bool>();
}

exit_code code_of(sync::sync_errc code) noexcept {
  switch (code) {
    case sync::sync_errc::bad_data:
    case sync::sync_errc::corrupt:
      return exit_code::bad_data;
    case sync::sync_errc::not_found:
      return exit_code::no;
    default:
      return exit_code::io;
  }
}

command_error to_command_error(const sync::sync_error& e) {
  return {code_of(e.code), e.what};
}

std::string success(json result) {
  json reply;
  reply["ok"] = true;
  reply["result"] = std::move(result);
  return reply.dump();
}

std::string failure(exit_code code, const std::string& what) {
  json reply;
  reply["ok"] = false;
  reply["code"] = static_cast<int>(code);
  reply["error"] = what;
  // What went wrong may quote bytes of a hostile request.
  return reply.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace weft::app
