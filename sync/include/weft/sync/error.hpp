// SPDX-License-Identifier: MIT
// Errors of the sync layer: one sentence for a person, and a code for a program.
#pragma once

#include "weft/crdt/assert.hpp"
#include "weft/crdt/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace weft::sync {

/// Stable codes. `app` maps them to exit codes: bad_data 3, the rest of the failures 4.
enum class sync_errc : std::uint16_t {
  bad_data = 1,  ///< bytes or text that are not what they claim (link, frame, database, key)
  not_found = 2,
  in_use = 3,  ///< profile or port is held by another process
  io = 4,      ///< file system or database failed
  disk_full = 5,
  network = 6,
  denied = 7,   ///< not a member, key not pinned
  version = 8,  ///< the peer or the file speaks a protocol we do not
  invite_unknown = 9,
  invite_used = 10,
  invite_expired = 11,
  corrupt = 12,  ///< the store is damaged
  closed = 13,
  timeout = 14,
};

/// `what` says what happened and what to do; it is shown to people as it is.
struct sync_error {
  sync_errc code = sync_errc::io;
  std::string what;
};

/// A value or a sync_error; same shape as crdt::result.
template <class T>
class [[nodiscard]] result {
public:
  result(T value) : state_(std::in_place_index<0>, std::move(value)) {}   // NOLINT(*-explicit-*)
  result(sync_error e) : state_(std::in_place_index<1>, std::move(e)) {}  // NOLINT(*-explicit-*)
  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  [[nodiscard]] T& value() & {
    check();
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& value() const& {
    check();
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] T&& value() && {
    check();
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  [[nodiscard]] const sync_error& error() const {
    WEFT_ASSERT(!has_value(), "error() is asked only of a failed result");
    return *std::get_if<1>(&state_);
  }

private:
  void check() const { WEFT_ASSERT(has_value(), "value() is asked only of a result that has one"); }
  std::variant<T, sync_error> state_;
};

template <>
class [[nodiscard]] result<void> {
public:
  result() noexcept = default;
  result(sync_error e) : error_(std::move(e)) {}  // NOLINT(*-explicit-*)
  [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  [[nodiscard]] const sync_error& error() const {
    WEFT_ASSERT(error_.has_value(), "error() is asked only of a failed result");
    return *error_;
  }

private:
  std::optional<sync_error> error_;
};

}  // namespace weft::sync
