// SPDX-License-Identifier: MIT
// Join links: weft:join/<doc>?a=<host:port>&o=<device>#<secret>. The secret never leaves the link;
// the invite key is derived from it.
#pragma once

#include "weft/sync/crypto.hpp"
#include "weft/sync/error.hpp"
#include "weft/sync/ids.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace weft::sync {

struct join_link {
  doc_id document{};
  device_id inviter{};                 ///< pinned when dialling
  std::vector<std::string> addresses;  ///< host:port hints, at most 8
  digest16 secret{};

  [[nodiscard]] std::string format() const;
  /// bad_data with a sentence that says which part is wrong.
  [[nodiscard]] static result<join_link> parse(std::string_view text);
  /// HKDF(secret, document) as an Ed25519 key.
  [[nodiscard]] key_pair invite_key() const;
};

/// "host:port", "[v6]:port"; port 0..65535.
struct endpoint {
  std::string host;
  std::uint16_t port = 0;
  [[nodiscard]] static result<endpoint> parse(std::string_view text);
  [[nodiscard]] std::string format() const;
  friend bool operator==(const endpoint&, const endpoint&) = default;
};

}  // namespace weft::sync
