// SPDX-License-Identifier: MIT
// Reading the arguments of a request. All of it may be hostile.
#pragma once

#include "profile/exit_code.hpp"
#include "weft/crdt/error.hpp"
#include "weft/sync/error.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace weft::app {

using json = nlohmann::ordered_json;

/// A string argument. Throws command_error (usage) when it is missing or no string.
[[nodiscard]] std::string text_argument(const json& args, const char* name);
[[nodiscard]] std::string text_argument(const json& args, const char* name,
                                        const std::string& otherwise);
[[nodiscard]] std::int64_t number_argument(const json& args, const char* name,
                                           std::int64_t otherwise);
[[nodiscard]] bool flag_argument(const json& args, const char* name, bool otherwise);

/// How a command ends on an error of the libraries.
[[nodiscard]] exit_code code_of(sync::sync_errc code) noexcept;
[[nodiscard]] command_error to_command_error(const sync::sync_error& e);

/// The value, or command_error.
template <class T>
T value_or_throw(sync::result<T> r) {
  if (!r) throw to_command_error(r.error());
  if constexpr (!std::is_void_v<T>) return *std::move(r);
}

[[nodiscard]] std::string success(json result);
[[nodiscard]] std::string failure(exit_code code, const std::string& what);

}  // namespace weft::app
