// SPDX-License-Identifier: MIT
#include "profile/base64.hpp"

#include <openssl/evp.h>

namespace weft::app {

std::string to_base64(crdt::byte_view in) {
  std::string out((in.size() + 2) / 3 * 4 + 1, '\0');  // one more for OpenSSL's final zero
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), in.data(),
                                   static_cast<int>(in.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::optional<crdt::bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  crdt::bytes out(text.size() / 4 * 3);
  const int size = EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  out.resize(static_cast<std::size_t>(size) - padding);
  // Comparing refuses spaces and stray bits, which OpenSSL lets pass.
  if (to_base64(out) != text) return std::nullopt;
  return out;
}

}  // namespace weft::app
