// SPDX-License-Identifier: MIT
#include "weft/sync/crypto.hpp"

#include "temp_folder.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <sys/stat.h>

using namespace weft::sync;
using weft::crdt::as_bytes;
using weft::testing::temp_folder;

namespace {

std::string hex(byte_view in) {
  std::string out;
  for (const std::uint8_t b : in) {
    out += "0123456789abcdef"[b >> 4U];
    out += "0123456789abcdef"[b & 15U];
  }
  return out;
}

bytes unhex(std::string_view text) {
  bytes out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    out.push_back(
        static_cast<std::uint8_t>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

}  // namespace

TEST_CASE("base32: vectors of RFC 4648 in lower case without padding") {
  CHECK(to_base32(as_bytes("")).empty());
  CHECK(to_base32(as_bytes("f")) == "my");
  CHECK(to_base32(as_bytes("fo")) == "mzxq");
  CHECK(to_base32(as_bytes("foo")) == "mzxw6");
  CHECK(to_base32(as_bytes("foob")) == "mzxw6yq");
  CHECK(to_base32(as_bytes("fooba")) == "mzxw6ytb");
  CHECK(to_base32(as_bytes("foobar")) == "mzxw6ytboi");
}

TEST_CASE("base32: every length comes back, and no second spelling is taken") {
  bytes in;
  for (std::uint8_t i = 0; i < 70; ++i) {
    const std::string text = to_base32(in);
    CHECK(from_base32(text) == in);
    if (!text.empty()) {
      std::string upper = text;
      upper[0] = 'A';
      CHECK(from_base32(upper) == std::nullopt);
      CHECK(from_base32(text + "=") == std::nullopt);
    }
    in.push_back(static_cast<std::uint8_t>(i * 37U + 1U));
  }
  CHECK(from_base32("mz") == std::nullopt);   // spare bits set
  CHECK(from_base32("a") == std::nullopt);    // a character that adds no byte
  CHECK(from_base32("my1") == std::nullopt);  // not of the alphabet
}

TEST_CASE("ids: text of a document id comes back, another length does not") {
  doc_id id;
  id.bytes[3] = 7;
  CHECK(to_string(id).size() == 52);
  CHECK(parse_doc_id(to_string(id)) == id);
  CHECK(parse_doc_id(to_string(id).substr(1)) == std::nullopt);
  CHECK(parse_device_id("") == std::nullopt);
}

TEST_CASE("hashes: the published vectors of SHA-256 and HKDF") {
  CHECK(hex(sha256(as_bytes("abc"))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_tagged("a", as_bytes("bc")) == sha256(as_bytes("abc")));
  // RFC 5869, test case 1, first 32 bytes.
  CHECK(hex(hkdf(bytes(22, 0x0b), unhex("000102030405060708090a0b0c"),
                 std::string("\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9"))) ==
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
}

TEST_CASE("ed25519: the first vector of RFC 8032, and no other message or signature verifies") {
  digest32 seed{};
  const bytes raw = unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  std::copy(raw.begin(), raw.end(), seed.begin());
  const key_pair key = key_pair::from_seed(seed);
  CHECK(hex(key.public_part()) ==
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const signature s = key.sign({});
  CHECK(hex(s) ==
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701c"
        "f9b46bd25bf5f0595bbe24655141438e7a100b");
  CHECK(verify(key.public_part(), {}, s));
  CHECK_FALSE(verify(key.public_part(), as_bytes("x"), s));
  CHECK_FALSE(verify(key.public_part(), {}, byte_view(s).first(63)));
  signature bent = s;
  bent[10] ^= 1U;
  CHECK_FALSE(verify(key.public_part(), {}, bent));
  CHECK_FALSE(verify(key_pair::generate().public_part(), {}, s));
}

TEST_CASE("key file: made once with mode 0600, then the same key again") {
  const temp_folder folder;
  const auto file = folder.path() / "device.key";
  const auto made = key_pair::load_or_create(file);
  REQUIRE(made);
  struct stat info{};
  REQUIRE(::stat(file.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600U);
  const auto again = key_pair::load_or_create(file);
  REQUIRE(again);
  CHECK(again->seed() == made->seed());
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("key file: damage is named and nothing is overwritten") {
  const temp_folder folder;
  const auto file = folder.path() / "device.key";
  std::ofstream(file) << "weft-device-key-1 short\n";
  const auto refused = key_pair::load_or_create(file);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == sync_errc::bad_data);
  CHECK(refused.error().what.find("device.key") != std::string::npos);
  CHECK(std::filesystem::file_size(file) == 24);
  CHECK(key_pair::load_or_create(folder.path() / "no" / "such").error().code == sync_errc::io);
}
