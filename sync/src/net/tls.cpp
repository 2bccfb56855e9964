// SPDX-License-Identifier: MIT
#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstring>
#include <memory>

namespace weft::sync::net {

namespace {

/// ALPN wire form: a length byte, then the name.
constexpr std::array<unsigned char, 7> alpn = {6, 'w', 'e', 'f', 't', '/', '1'};
constexpr long max_peer_certificates_bytes = 16'384;

struct free_pkey {
  void operator()(EVP_PKEY* p) const noexcept { EVP_PKEY_free(p); }
};
struct free_x509 {
  void operator()(X509* p) const noexcept { X509_free(p); }
};
using pkey = std::unique_ptr<EVP_PKEY, free_pkey>;
using certificate = std::unique_ptr<X509, free_x509>;

sync_error tls_error(const char* what) {
  std::array<char, 200> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  return {sync_errc::network, std::string("TLS cannot be set up: ") + what + ": " + text.data()};
}

/// Valid from 2000 to 9999, so that no clock matters.
certificate make_certificate(EVP_PKEY* key) {
  certificate out(X509_new());
  if (!out) return nullptr;
  std::uint64_t serial = 0;
  std::array<std::uint8_t, 8> noise{};
  random_bytes(noise);
  for (const std::uint8_t b : noise) serial = (serial << 8U) | b;
  X509_NAME* name = X509_get_subject_name(out.get());
  const std::array<unsigned char, 4> common_name = {'w', 'e', 'f', 't'};
  const bool ok = X509_set_version(out.get(), X509_VERSION_3) == 1 &&
                  ASN1_INTEGER_set_uint64(X509_get_serialNumber(out.get()), serial >> 1U) == 1 &&
                  ASN1_TIME_set_string(X509_getm_notBefore(out.get()), "20000101000000Z") == 1 &&
                  ASN1_TIME_set_string(X509_getm_notAfter(out.get()), "99991231235959Z") == 1 &&
                  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name.data(),
                                             static_cast<int>(common_name.size()), -1, 0) == 1 &&
                  X509_set_issuer_name(out.get(), name) == 1 &&
                  X509_set_pubkey(out.get(), key) == 1 && X509_sign(out.get(), key, nullptr) > 0;
  if (!ok) return nullptr;
  return out;
}

std::optional<public_key> key_of(X509* from) {
  EVP_PKEY* key = from == nullptr ? nullptr : X509_get0_pubkey(from);
  if (key == nullptr || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) return std::nullopt;
  public_key out{};
  std::size_t size = out.size();
  if (EVP_PKEY_get_raw_public_key(key, out.data(), &size) != 1 || size != out.size()) {
    return std::nullopt;
  }
  return out;
}

int choose_alpn(SSL* /*s*/, const unsigned char** out, unsigned char* out_size,
                const unsigned char* offered, unsigned offered_size, void* /*unused*/) {
  unsigned at = 0;
  while (at < offered_size) {
    const unsigned size = offered[at];
    if (size > offered_size - at - 1) break;
    if (size == alpn[0] && std::memcmp(offered + at + 1, alpn.data() + 1, size) == 0) {
      *out = offered + at + 1;
      *out_size = alpn[0];
      return SSL_TLSEXT_ERR_OK;
    }
    at += size + 1;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const key_pair& device) {
  auto out = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls);
  SSL_CTX* ctx = out->native_handle();
  const pkey key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, device.seed().data(),
                                              device.seed().size()));
  const certificate own = key ? make_certificate(key.get()) : nullptr;
  if (!own) return tls_error("certificate");
  const bool ok = SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
                  SSL_CTX_set1_groups_list(ctx, "X25519") == 1 &&
                  SSL_CTX_set1_sigalgs_list(ctx, "ed25519") == 1 &&
                  SSL_CTX_use_certificate(ctx, own.get()) == 1 &&
                  SSL_CTX_use_PrivateKey(ctx, key.get()) == 1 &&
                  SSL_CTX_set_num_tickets(ctx, 0) == 1;
  if (!ok) return tls_error("settings");
  SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_cert_list(ctx, max_peer_certificates_bytes);
  SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, nullptr);
  out->set_verify_mode(boost::asio::ssl::verify_peer |
                       boost::asio::ssl::verify_fail_if_no_peer_cert);
  return out;
}

std::optional<public_key> key_under_verification(boost::asio::ssl::verify_context& context) {
  X509_STORE_CTX* store = context.native_handle();
  if (X509_STORE_CTX_get_error_depth(store) != 0) return std::nullopt;
  if (sk_X509_num(X509_STORE_CTX_get0_untrusted(store)) > 1) return std::nullopt;
  return key_of(X509_STORE_CTX_get_current_cert(store));
}

std::optional<public_key> proven_key(SSL* connection) {
  const certificate peer(SSL_get1_peer_certificate(connection));
  return key_of(peer.get());
}

bool speaks_weft(SSL* connection) {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(connection, &name, &size);
  return size == alpn[0] && std::memcmp(name, alpn.data() + 1, size) == 0;
}

bool offer_weft(SSL* connection) {
  return SSL_set_alpn_protos(connection, alpn.data(), static_cast<unsigned>(alpn.size())) == 0;
}

}  // namespace weft::sync::net
