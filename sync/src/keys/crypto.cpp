// SPDX-License-Identifier: MIT
#include "weft/sync/crypto.hpp"

#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

#include <algorithm>
#include <memory>

namespace weft::sync {

namespace {

struct free_pkey {
  void operator()(EVP_PKEY* p) const noexcept { EVP_PKEY_free(p); }
};
struct free_md_ctx {
  void operator()(EVP_MD_CTX* p) const noexcept { EVP_MD_CTX_free(p); }
};
struct free_pkey_ctx {
  void operator()(EVP_PKEY_CTX* p) const noexcept { EVP_PKEY_CTX_free(p); }
};
using pkey = std::unique_ptr<EVP_PKEY, free_pkey>;
using md_ctx = std::unique_ptr<EVP_MD_CTX, free_md_ctx>;
using pkey_ctx = std::unique_ptr<EVP_PKEY_CTX, free_pkey_ctx>;

/// SubjectPublicKeyInfo of an Ed25519 key is this, then the 32 bytes (RFC 8410).
constexpr std::array<std::uint8_t, 12> spki_prefix = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                                      0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

/// One a thread: making one and asking for the algorithm by name costs more than a short hash.
EVP_MD_CTX* sha256_context() {
  thread_local const md_ctx ctx = [] {
    md_ctx made(EVP_MD_CTX_new());
    const bool ok = made && EVP_DigestInit_ex(made.get(), EVP_sha256(), nullptr) == 1;
    WEFT_ASSERT(ok, "SHA-256 is always available");
    return made;
  }();
  return ctx.get();
}

int as_int(std::size_t size) {
  WEFT_ASSERT(size <= 0x7fff'ffffU, "inputs of the key derivation are small");
  return static_cast<int>(size);
}

}  // namespace

digest32 sha256(byte_view in) {
  return sha256_tagged({}, in);
}

digest32 sha256_tagged(std::string_view tag, byte_view in) {
  digest32 out{};
  unsigned size = 0;
  EVP_MD_CTX* ctx = sha256_context();
  const bool ok = EVP_DigestInit_ex(ctx, nullptr, nullptr) == 1 &&  // begins anew
                  EVP_DigestUpdate(ctx, tag.data(), tag.size()) == 1 &&
                  EVP_DigestUpdate(ctx, in.data(), in.size()) == 1 &&
                  EVP_DigestFinal_ex(ctx, out.data(), &size) == 1;
  WEFT_ASSERT(ok && size == out.size(), "SHA-256 is always available");
  return out;
}

digest32 hkdf(byte_view secret, byte_view salt, std::string_view info) {
  digest32 out{};
  std::size_t size = out.size();
  const byte_view info_bytes = crdt::as_bytes(info);
  const pkey_ctx ctx(EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr));
  const bool ok =
      ctx && EVP_PKEY_derive_init(ctx.get()) == 1 &&
      EVP_PKEY_CTX_set_hkdf_md(ctx.get(), EVP_sha256()) == 1 &&
      EVP_PKEY_CTX_set1_hkdf_salt(ctx.get(), salt.data(), as_int(salt.size())) == 1 &&
      EVP_PKEY_CTX_set1_hkdf_key(ctx.get(), secret.data(), as_int(secret.size())) == 1 &&
      EVP_PKEY_CTX_add1_hkdf_info(ctx.get(), info_bytes.data(), as_int(info_bytes.size())) == 1 &&
      EVP_PKEY_derive(ctx.get(), out.data(), &size) == 1;
  WEFT_ASSERT(ok && size == out.size(), "HKDF is always available");
  return out;
}

void random_bytes(std::span<std::uint8_t> out) {
  WEFT_ASSERT(RAND_bytes(out.data(), as_int(out.size())) == 1,
              "the operating system gives random bytes");
}

bool verify(const public_key& key, byte_view message, byte_view signature_bytes) {
  if (signature_bytes.size() != signature{}.size()) return false;
  const pkey pub(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
  const md_ctx ctx(EVP_MD_CTX_new());
  return pub && ctx && EVP_DigestVerifyInit(ctx.get(), nullptr, nullptr, nullptr, pub.get()) == 1 &&
         EVP_DigestVerify(ctx.get(), signature_bytes.data(), signature_bytes.size(), message.data(),
                          message.size()) == 1;
}

device_id device_id_of(const public_key& key) {
  std::array<std::uint8_t, spki_prefix.size() + 32> spki{};
  std::copy(key.begin(), key.end(),
            std::copy(spki_prefix.begin(), spki_prefix.end(), spki.begin()));
  return device_id{sha256(spki)};
}

key_pair key_pair::generate() {
  digest32 seed{};
  random_bytes(seed);
  return from_seed(seed);
}

key_pair key_pair::from_seed(const digest32& seed) {
  key_pair out;
  out.seed_ = seed;
  const pkey key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  std::size_t size = out.public_.size();
  const bool ok = key && EVP_PKEY_get_raw_public_key(key.get(), out.public_.data(), &size) == 1;
  WEFT_ASSERT(ok && size == out.public_.size(), "every 32 bytes are an Ed25519 seed");
  return out;
}

signature key_pair::sign(byte_view message) const {
  signature out{};
  std::size_t size = out.size();
  const pkey key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed_.data(), seed_.size()));
  const md_ctx ctx(EVP_MD_CTX_new());
  const bool ok = key && ctx &&
                  EVP_DigestSignInit(ctx.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                  EVP_DigestSign(ctx.get(), out.data(), &size, message.data(), message.size()) == 1;
  WEFT_ASSERT(ok && size == out.size(), "an Ed25519 key can sign");
  return out;
}

}  // namespace weft::sync
