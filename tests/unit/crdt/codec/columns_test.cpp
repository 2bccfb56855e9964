// SPDX-License-Identifier: MIT
#include "codec/columns.hpp"

#include "codec/crc32c.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace weft::crdt {

TEST_CASE("crc32c: agrees with the vectors of RFC 3720") {
  CHECK(crc32c(bytes(32, 0x00)) == 0x8a91'36aaU);
  CHECK(crc32c(bytes(32, 0xff)) == 0x62a8'ab43U);
  bytes ascending;
  for (std::uint8_t i = 0; i < 32; ++i) {
    ascending.push_back(i);
  }
  CHECK(crc32c(ascending) == 0x46dd'794eU);
  CHECK(crc32c(as_bytes("123456789")) == 0xe306'9283U);
  CHECK(crc32c({}) == 0);
}

TEST_CASE("crc32c: the instruction and the tables agree, whole and in parts") {
  bytes data;
  std::uint32_t x = 12345;
  for (std::size_t size = 0; size < 300; ++size) {
    CHECK(crc32c(data) == crc32c_portable(data));
    const byte_view view{data};
    const std::size_t cut = size / 3;
    CHECK(crc32c(view.subspan(cut), crc32c(view.first(cut))) == crc32c_portable(view));
    CHECK(crc32c_portable(view.subspan(cut), crc32c_portable(view.first(cut))) == crc32c(view));
    x = x * 1664525U + 1013904223U;
    data.push_back(static_cast<std::uint8_t>(x >> 24U));
  }
}

TEST_CASE("columns: come back as they were, at every level") {
  const bytes text(5000, 'a');
  bytes noise;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    noise.push_back(static_cast<std::uint8_t>((i * 2654435761U) >> 24U));
  }
  const std::array<byte_view, 4> columns{byte_view{}, byte_view{text}, byte_view{noise},
                                         as_bytes("short")};
  for (const int level : {0, 1, 3, 19}) {
    byte_writer out;
    write_columns(out, columns, level);
    byte_reader in(out.view());
    column_frame frame;
    frame.read(in, columns.size(), limits{});
    REQUIRE_FALSE(in.failed());
    CHECK(in.remaining() == 0);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      CHECK(as_chars(frame[i]) == as_chars(columns[i]));
    }
    CHECK((level == 0 || out.size() < 4000));
  }
}

TEST_CASE("columns: the last one goes to where it is wanted, packed or not") {
  const std::string name = "short";
  const std::string text(5000, 'a');
  for (const auto& [first, last] : {std::pair{text, name}, std::pair{name, text}}) {
    for (const int level : {0, 1}) {
      byte_writer out;
      write_columns(out, std::array{as_bytes(first), as_bytes(last)}, level);
      CHECK((level == 0 || out.size() < 500));
      byte_reader in(out.view());
      column_frame frame;
      std::string got = "what stood there";
      frame.read(in, 2, limits{}, &got);
      REQUIRE_FALSE(in.failed());
      CHECK(got == last);
      CHECK(as_chars(frame[0]) == first);
    }
  }
}

TEST_CASE("columns: declared sizes are held against limits before anything is allocated") {
  const auto code_of = [](std::uint64_t raw, std::uint64_t stored, const limits& bounds) {
    byte_writer out;
    out.varint(raw);
    out.varint(stored);
    out.raw(bytes(64, 0));
    byte_reader in(out.view());
    column_frame frame;
    frame.read(in, 1, bounds);
    REQUIRE(in.failed());
    return in.error().code;
  };
  CHECK(code_of(std::uint64_t{1} << 40U, 10, {}) == errc::limit_exceeded);
  CHECK(code_of(std::uint64_t{1} << 30U, 10, {}) == errc::limit_exceeded);
  CHECK(code_of(100, 0, {}) == errc::truncated);
  CHECK(code_of(100, 70, {}) == errc::truncated);
  CHECK(code_of(100, 50, {}) == errc::malformed);
  limits bounds;
  bounds.max_raw_bytes = 99;
  CHECK(code_of(100, 50, bounds) == errc::limit_exceeded);
}

}  // namespace weft::crdt
