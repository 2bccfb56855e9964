// SPDX-License-Identifier: MIT
#include "weft/crdt/error.hpp"

namespace weft::crdt {

std::string_view to_string(errc code) noexcept {
  switch (code) {
    case errc::truncated:
      return "truncated";
    case errc::malformed:
      return "malformed";
    case errc::not_canonical:
      return "not canonical";
    case errc::limit_exceeded:
      return "limit exceeded";
    case errc::unsupported:
      return "unsupported";
    case errc::checksum_mismatch:
      return "checksum mismatch";
    case errc::equivocation:
      return "equivocation";
    case errc::bad_position:
      return "bad position";
    case errc::missing_parent:
      return "missing parent";
    case errc::bad_value:
      return "bad value";
    case errc::id_reuse:
      return "replica id reused";
    case errc::overflow:
      return "overflow";
    case errc::not_found:
      return "not found";
    case errc::insufficient_quota:
      return "insufficient quota";
    case errc::document_full:
      return "document full";
  }
  return "unknown error";
}

std::string to_string(const error& e) {
  std::string text{to_string(e.code)};
  text += " at byte ";
  text += std::to_string(e.offset);
  if (e.what != nullptr && *e.what != '\0') {
    text += ": ";
    text += e.what;
  }
  return text;
}

}  // namespace weft::crdt
