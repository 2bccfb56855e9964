// SPDX-License-Identifier: MIT
#include "codec/value_codec.hpp"

#include "weft/crdt/document/text.hpp"

#include <bit>
#include <cmath>
#include <limits>

namespace weft::crdt {
namespace {

constexpr std::uint64_t nan_bits = 0x7ff8'0000'0000'0000U;

}  // namespace

value_kind kind_of(const value& v) noexcept {
  switch (v.index()) {
    case 0:
      return value_kind::null;
    case 1:
      return *std::get_if<bool>(&v) ? value_kind::yes : value_kind::no;
    case 2:
      return value_kind::integer;
    case 3:
      return value_kind::real;
    case 4:
      return value_kind::string;
    case 5:
      return value_kind::blob;
    default:
      break;
  }
  switch (std::get_if<child_ref>(&v)->type) {
    case container_type::text:
      return value_kind::child_text;
    case container_type::map:
      return value_kind::child_map;
    case container_type::counter:
      return value_kind::child_counter;
  }
  return value_kind::null;
}

value normalized(value v) {
  if (const double* real = std::get_if<double>(&v); real != nullptr && std::isnan(*real)) {
    return std::bit_cast<double>(nan_bits);
  }
  return v;
}

void write_payload(byte_writer& out, const value& v) {
  if (const auto* integer = std::get_if<std::int64_t>(&v)) {
    out.zigzag(*integer);
  } else if (const auto* real = std::get_if<double>(&v)) {
    out.u64_le(std::bit_cast<std::uint64_t>(*real));
  } else if (const auto* text = std::get_if<std::string>(&v)) {
    out.sized(*text);
  } else if (const auto* blob = std::get_if<bytes>(&v)) {
    out.sized(byte_view{*blob});
  }
}

value read_payload(byte_reader& in, std::uint64_t kind, const limits& bounds) {
  if (kind > static_cast<std::uint64_t>(value_kind::child_counter)) {
    in.fail(errc::unsupported, "kind of value");
    return {};
  }
  switch (static_cast<value_kind>(kind)) {
    case value_kind::null:
      return std::monostate{};
    case value_kind::no:
      return false;
    case value_kind::yes:
      return true;
    case value_kind::integer:
      return in.zigzag();
    case value_kind::real: {
      const std::uint64_t bits = in.u64_le();
      const auto real = std::bit_cast<double>(bits);
      if (std::isnan(real) && bits != nan_bits) {
        in.fail(errc::not_canonical, "not a number");
      }
      return real;
    }
    case value_kind::string: {
      const std::string_view text = as_chars(in.sized(bounds.max_value_bytes, "string value"));
      if (!is_valid_utf8(text)) {
        in.fail(errc::malformed, "string value is no UTF-8");
        return {};
      }
      return std::string(text);
    }
    case value_kind::blob: {
      const byte_view blob = in.sized(bounds.max_value_bytes, "bytes value");
      return bytes(blob.begin(), blob.end());
    }
    case value_kind::child_text:
      return child_ref{container_type::text};
    case value_kind::child_map:
      return child_ref{container_type::map};
    case value_kind::child_counter:
      return child_ref{container_type::counter};
  }
  return {};
}

}  // namespace weft::crdt
