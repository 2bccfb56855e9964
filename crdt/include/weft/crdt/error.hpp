// SPDX-License-Identifier: MIT
// Errors of foreign input, and result<T>, which carries them.
//
// `result<T>` has the shape of C++23 `std::expected<T, error>` and becomes an alias of it later.
// It is a plain value with no thread-safety of its own.
#pragma once

#include "weft/crdt/assert.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace weft::crdt {

/// Why foreign input was refused. Values are stable: they may be logged and compared.
enum class errc : std::uint16_t {
  truncated = 1,          ///< the input ends inside a value
  malformed = 2,          ///< a value is not what the format allows
  not_canonical = 3,      ///< decodable, but not the one form that may be hashed or signed
  limit_exceeded = 4,     ///< larger than `limits` allow
  unsupported = 5,        ///< a newer format version or an unknown critical part
  checksum_mismatch = 6,  ///< the bytes were damaged
  equivocation = 7,       ///< two different operations carry one op_id
  bad_position = 8,       ///< an operation points outside the text it was made on
  missing_parent = 9,     ///< depends on operations that are neither known nor included
  bad_value = 10,         ///< a well-formed value outside its domain (overflow, wrong type)
  id_reuse = 11,          ///< a peer holds operations of ours that we did not make
  overflow = 12,          ///< arithmetic would leave the type's range
  not_found = 13,         ///< the thing named does not exist
  insufficient_quota = 14,
  document_full = 15,  ///< more operations than a document may hold
};

/// The word for `code`, such as "truncated". Never empty.
[[nodiscard]] std::string_view to_string(errc code) noexcept;

/// One refusal: what, where in the input, and a fixed sentence for people.
struct error {
  errc code = errc::malformed;
  std::uint64_t offset = 0;  ///< bytes from the start of the refused input
  const char* what = "";     ///< static text; says which part was read

  friend bool operator==(const error& a, const error& b) noexcept {
    return a.code == b.code && a.offset == b.offset;
  }
};

/// "truncated at byte 17: change header".
[[nodiscard]] std::string to_string(const error& e);

/// Tag that makes a failed result: `return unexpected(error{...})`.
struct unexpected {
  error value;
  explicit unexpected(error e) noexcept : value(e) {}
  unexpected(errc code, std::uint64_t offset, const char* what) noexcept
      : value{code, offset, what} {}
};

/// A value or an `error`. Pre: `value()`, `*` and `->` only when it holds a value.
template <class T>
class [[nodiscard]] result {
public:
  result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(*-explicit-*)
  /// Holds a T{}, made in place: for values that are large to move.
  explicit result(std::in_place_t) : state_(std::in_place_index<0>) {}
  result(unexpected e) noexcept
      : state_(std::in_place_index<1>, e.value) {}  // NOLINT(*-explicit-*)

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

  [[nodiscard]] const crdt::error& error() const {
    WEFT_ASSERT(!has_value(), "error() is asked only of a failed result");
    return *std::get_if<1>(&state_);
  }

private:
  void check() const { WEFT_ASSERT(has_value(), "value() is asked only of a result that has one"); }
  std::variant<T, crdt::error> state_;
};

template <>
class [[nodiscard]] result<void> {
public:
  result() noexcept = default;
  result(unexpected e) noexcept : error_(e.value) {}  // NOLINT(*-explicit-*)
  [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  void value() const { WEFT_ASSERT(has_value(), "value() is asked only of a good result"); }
  [[nodiscard]] const crdt::error& error() const {
    WEFT_ASSERT(error_.has_value(), "error() is asked only of a failed result");
    return *error_;
  }

private:
  std::optional<crdt::error> error_;
};

}  // namespace weft::crdt
