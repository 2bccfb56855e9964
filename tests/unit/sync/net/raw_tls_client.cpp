// SPDX-License-Identifier: MIT
#include "raw_tls_client.hpp"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <arpa/inet.h>
#include <array>
#include <memory>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace weft::testing {

namespace {

template <auto Free>
struct freer {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};
using pkey = std::unique_ptr<EVP_PKEY, freer<EVP_PKEY_free>>;
using x509 = std::unique_ptr<X509, freer<X509_free>>;
using ssl_ctx = std::unique_ptr<SSL_CTX, freer<SSL_CTX_free>>;
using ssl = std::unique_ptr<SSL, freer<SSL_free>>;

x509 self_signed(EVP_PKEY* key, bool digest) {
  x509 out(X509_new());
  X509_set_version(out.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(out.get()), 1);
  ASN1_TIME_set_string(X509_getm_notBefore(out.get()), "20000101000000Z");
  ASN1_TIME_set_string(X509_getm_notAfter(out.get()), "20010101000000Z");  // long expired
  X509_set_pubkey(out.get(), key);
  WEFT_ASSERT(X509_sign(out.get(), key, digest ? EVP_sha256() : nullptr) > 0, "it can be signed");
  return out;
}

int connect_loopback(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{5, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    ::close(fd);
    return -1;
  }
  return fd;
}

void show_certificate(SSL_CTX* ctx, const raw_tls_plan& plan) {
  if (!plan.rsa && plan.device == nullptr) return;
  const pkey key(plan.rsa ? EVP_RSA_gen(2048)
                          : EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                                         plan.device->seed().data(), 32));
  const x509 own = self_signed(key.get(), plan.rsa);
  SSL_CTX_use_certificate(ctx, own.get());
  SSL_CTX_use_PrivateKey(ctx, key.get());
  if (plan.extra_certificate) SSL_CTX_add1_chain_cert(ctx, own.get());
}

}  // namespace

raw_tls_outcome run_raw_tls_client(const raw_tls_plan& plan) {
  raw_tls_outcome out;
  const ssl_ctx ctx(SSL_CTX_new(TLS_client_method()));
  if (plan.only_tls_1_2) SSL_CTX_set_max_proto_version(ctx.get(), TLS1_2_VERSION);
  show_certificate(ctx.get(), plan);
  const int fd = connect_loopback(plan.port);
  if (fd < 0) {
    out.error = "no connection";
    return out;
  }
  const ssl s(SSL_new(ctx.get()));
  const std::array<unsigned char, 7> alpn = {6, 'w', 'e', 'f', 't', '/', '1'};
  if (plan.offer_alpn) SSL_set_alpn_protos(s.get(), alpn.data(), alpn.size());
  SSL_set_fd(s.get(), fd);
  ERR_clear_error();
  int got = SSL_connect(s.get());
  out.handshake_done = got == 1;
  if (out.handshake_done) {
    SSL_write(s.get(), "hello", 5);
    std::array<char, 256> in{};
    while ((got = SSL_read(s.get(), in.data(), in.size())) > 0) {
      out.received_bytes += static_cast<std::size_t>(got);
    }
  }
  const int why = SSL_get_error(s.get(), got);
  out.ended_by_peer =
      why == SSL_ERROR_SSL || why == SSL_ERROR_SYSCALL || why == SSL_ERROR_ZERO_RETURN;
  std::array<char, 200> text{};
  ERR_error_string_n(ERR_peek_error(), text.data(), text.size());
  out.error = text.data();
  ::close(fd);
  return out;
}

}  // namespace weft::testing
