// SPDX-License-Identifier: MIT
// Values of a map, and the names of containers.
#pragma once

#include "weft/crdt/bytes.hpp"

#include <cstdint>
#include <string>
#include <variant>

namespace weft::crdt {

/// Kinds of container. The numbers are part of the format; do not change them.
enum class container_type : std::uint8_t { text = 1, map = 2, counter = 3 };

/// What a map shows under a key when it is not a plain value: a child container of this type.
struct child_ref {
  container_type type = container_type::text;
  friend bool operator==(const child_ref&, const child_ref&) = default;
};

/// A plain value. Doubles compare by their bits, and NaN is stored in one form, so equal values
/// have equal bytes. Strings are UTF-8.
using value =
    std::variant<std::monostate, bool, std::int64_t, double, std::string, bytes, child_ref>;

}  // namespace weft::crdt
