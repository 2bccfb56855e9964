// SPDX-License-Identifier: MIT
// A TLS client made of OpenSSL only, to do what Weft's own never does. Runs on a thread of its own
// and says what it saw.
#pragma once

#include "weft/sync/crypto.hpp"

#include <cstdint>
#include <string>

namespace weft::testing {

struct raw_tls_plan {
  std::uint16_t port = 0;
  const sync::key_pair* device = nullptr;  ///< nullptr: no certificate
  bool rsa = false;                        ///< shows an RSA certificate instead
  bool extra_certificate = false;          ///< sends a chain of two
  bool only_tls_1_2 = false;
  bool offer_alpn = true;
};

struct raw_tls_outcome {
  bool handshake_done = false;     ///< in TLS 1.3 a client may believe so and still be refused
  std::size_t received_bytes = 0;  ///< of the application
  bool ended_by_peer = false;
  std::string error;
};

/// Connects to loopback, shakes hands, sends a few bytes, reads until the end or for 5 s.
[[nodiscard]] raw_tls_outcome run_raw_tls_client(const raw_tls_plan& plan);

}  // namespace weft::testing
