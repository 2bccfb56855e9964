// SPDX-License-Identifier: MIT
// TLS as Weft uses it: version 1.3, mutual, one self-signed Ed25519 certificate on each side, keys
// pinned inside the handshake. Nothing is resumed, so no state outlives a connection.
#pragma once

#include "weft/sync/crypto.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/verify_context.hpp>

#include <optional>

namespace weft::sync::net {

/// A context that shows `device`'s key, for both roles. Says why if OpenSSL refuses.
[[nodiscard]] result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(
    const key_pair& device);

/// The key of the certificate that is being verified: nullopt unless it stands alone and is
/// Ed25519. Times and names in the certificate do not matter.
[[nodiscard]] std::optional<public_key> key_under_verification(
    boost::asio::ssl::verify_context& context);

/// The key that the finished handshake proved.
[[nodiscard]] std::optional<public_key> proven_key(::SSL* connection);

/// Whether both sides agreed on this protocol's name.
[[nodiscard]] bool speaks_weft(::SSL* connection);
/// Before a handshake as the dialling side.
[[nodiscard]] bool offer_weft(::SSL* connection);

}  // namespace weft::sync::net
