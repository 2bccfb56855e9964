// SPDX-License-Identifier: MIT
#include "weft/sync/link.hpp"

#include <catch2/catch.hpp>

using namespace weft::sync;

namespace {

join_link sample() {
  join_link link;
  for (std::size_t i = 0; i < 32; ++i) {
    link.document.bytes[i] = static_cast<std::uint8_t>(i);
    link.inviter.bytes[i] = static_cast<std::uint8_t>(200U - i);
  }
  for (std::size_t i = 0; i < 16; ++i) link.secret[i] = static_cast<std::uint8_t>(i * 3U);
  link.addresses = {"192.168.0.7:4711", "[fe80::1]:9", "laptop.local:80"};
  return link;
}

bool same(const join_link& a, const join_link& b) {
  return a.document == b.document && a.inviter == b.inviter && a.addresses == b.addresses &&
         a.secret == b.secret;
}

std::string refusal(std::string_view text) {
  const auto parsed = join_link::parse(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == sync_errc::bad_data);
  return parsed.error().what;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("join link: comes back from its text, with and without addresses") {
  join_link link = sample();
  const std::string text = link.format();
  CHECK(text.starts_with("weft:join/"));
  const auto parsed = join_link::parse(text);
  REQUIRE(parsed);
  CHECK(same(*parsed, link));
  link.addresses.clear();
  const auto bare = join_link::parse(link.format());
  REQUIRE(bare);
  CHECK(same(*bare, link));
}

TEST_CASE("join link: a field of a later version is skipped") {
  std::string text = sample().format();
  text.insert(text.find('?') + 1, "zz=1&");
  const auto parsed = join_link::parse(text);
  REQUIRE(parsed);
  CHECK(same(*parsed, sample()));
}

TEST_CASE("join link: no prefix of a link is a link") {
  const std::string text = sample().format();
  for (std::size_t size = 0; size < text.size(); ++size) {
    CHECK_FALSE(join_link::parse(std::string_view(text).substr(0, size)));
  }
}

TEST_CASE("join link: a changed character is refused or gives another link, never a crash") {
  const std::string text = sample().format();
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char c : {'!', '\0', 'a', '&', '#', '?', '=', ':'}) {
      std::string bent = text;
      if (bent[at] == c) continue;
      bent[at] = c;
      const auto parsed = join_link::parse(bent);
      if (parsed) {
        CHECK_FALSE(same(*parsed, sample()));
      } else {
        CHECK_FALSE(parsed.error().what.empty());
      }
    }
  }
}

TEST_CASE("join link: the sentence names the wrong part") {
  const std::string text = sample().format();
  CHECK(contains(refusal("https://example.org"), "weft:join/"));
  CHECK(contains(refusal(text.substr(0, text.find('#'))), "#"));
  CHECK(contains(refusal(text + "a"), "secret"));
  CHECK(contains(refusal("weft:join/abc" + text.substr(text.find('?'))), "document"));
  std::string no_inviter = text;
  no_inviter.erase(text.find("o="), text.find('#') - text.find("o="));
  CHECK(contains(refusal(no_inviter), "inviter"));
  std::string bad_port = text;
  bad_port.replace(text.find("4711"), 4, "99999");
  CHECK(contains(refusal(bad_port), "port"));
  CHECK(contains(refusal(std::string(5000, 'w')), "too long"));
}

TEST_CASE("join link: the invite key depends on secret and document only") {
  join_link link = sample();
  const auto key = link.invite_key().public_part();
  link.addresses.clear();
  CHECK(link.invite_key().public_part() == key);
  link.document.bytes[0] ^= 1U;
  CHECK(link.invite_key().public_part() != key);
  link = sample();
  link.secret[15] ^= 1U;
  CHECK(link.invite_key().public_part() != key);
}

TEST_CASE("endpoint: names, v4 and v6 come back; nonsense does not") {
  for (const char* text : {"localhost:0", "10.0.0.1:65535", "[::1]:4711", "a-b_c.example:1"}) {
    const auto parsed = endpoint::parse(text);
    REQUIRE(parsed);
    CHECK(parsed->format() == text);
  }
  for (const char* text : {"", ":", "host", "host:", ":1", "host:-1", "host:65536", "host:1x",
                           "::1:80", "[]:1", "ho st:1", "host:1 ", "h/x:1", "[::1:80"}) {
    CHECK_FALSE(endpoint::parse(text));
  }
  CHECK(endpoint::parse("[::1]:7")->host == "::1");
}
