// SPDX-License-Identifier: MIT
// The cryptography that sync uses, behind plain types: SHA-256, HKDF, Ed25519. OpenSSL does the
// work and stays in the .cpp. All functions are pure but for random_bytes and generate; any thread
// may call them.
#pragma once

#include "weft/sync/error.hpp"
#include "weft/sync/ids.hpp"

#include <array>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weft::sync {

using public_key = std::array<std::uint8_t, 32>;  ///< raw Ed25519
using signature = std::array<std::uint8_t, 64>;

[[nodiscard]] digest32 sha256(byte_view in);
/// SHA-256(tag + in); every hash of ours has its own tag.
[[nodiscard]] digest32 sha256_tagged(std::string_view tag, byte_view in);
/// HKDF-SHA-256, 32 bytes.
[[nodiscard]] digest32 hkdf(byte_view secret, byte_view salt, std::string_view info);
/// From the operating system; aborts if it has none.
void random_bytes(std::span<std::uint8_t> out);
[[nodiscard]] bool verify(const public_key& key, byte_view message, byte_view signature_bytes);
[[nodiscard]] device_id device_id_of(const public_key& key);

/// An Ed25519 key pair: a device's identity, or the key of an invitation.
class key_pair {
public:
  [[nodiscard]] static key_pair generate();
  /// Deterministic from 32 secret bytes.
  [[nodiscard]] static key_pair from_seed(const digest32& seed);
  /// Reads the key file, or makes it (mode 0600) when it does not exist.
  [[nodiscard]] static result<key_pair> load_or_create(const std::filesystem::path& file);

  [[nodiscard]] const public_key& public_part() const noexcept { return public_; }
  [[nodiscard]] const digest32& seed() const noexcept { return seed_; }
  [[nodiscard]] device_id id() const { return device_id_of(public_); }
  [[nodiscard]] signature sign(byte_view message) const;

private:
  digest32 seed_{};
  public_key public_{};
};

}  // namespace weft::sync
