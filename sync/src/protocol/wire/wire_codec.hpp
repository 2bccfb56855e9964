// SPDX-License-Identifier: MIT
// The Cap'n Proto boundary: bytes to one flat struct and back.
//
// This header holds std types only and is C++17, because the Cap'n Proto headers of some systems do
// not compile as C++20 with clang. The decoder bounds memory, copies what the schema says and
// catches what the library throws; whether values make sense is checked in wire.cpp.
// Functions are pure; any thread may call them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weft::sync::wire_codec {

/// Numbers of the members of Frame.body, as the schema orders them.
enum class body : std::uint16_t {
  hello = 0,
  ready = 1,
  ping = 2,
  pong = 3,
  error = 4,
  subscribe = 5,
  subscribed = 6,
  have = 7,
  changes = 8,
  members = 9,
  invite_use = 10,
};

using data = std::vector<std::uint8_t>;

/// All fields of all messages in this form; a message uses those that the schema gives it.
struct flat_frame {
  std::uint16_t ordinal = 0;
  bool critical = false;
  std::uint64_t token = 0;
  std::uint16_t proto_min = 0;  ///< of hello; the chosen one in ready
  std::uint16_t proto_max = 0;
  std::vector<std::uint16_t> features;
  std::string agent;
  std::string name;
  std::string text;
  data instance;
  std::int64_t wall_ms = 0;
  std::uint8_t role = 0;
  std::uint32_t max_frame = 0;
  std::uint16_t code = 0;
  std::uint32_t retry_ms = 0;
  bool fatal = false;
  std::uint32_t doc_ref = 0;
  std::uint8_t status = 0;
  data document;
  data member_digest;
  data replicas;
  std::vector<std::uint64_t> seqs;
  data block;
  std::vector<data> entries;
  data entry;
};

/// What went wrong: an offset in the packed input, and static words.
struct fault {
  std::size_t offset = 0;
  const char* what = nullptr;  ///< nullptr: nothing
  bool limit = false;          ///< too large, not malformed
};

/// Bounds that stand before any copy.
struct bounds {
  std::size_t words = 0;  ///< unpacked
  std::size_t features = 0;
  std::size_t text_bytes = 0;
  std::size_t replicas = 0;
  std::size_t entries = 0;
  std::size_t entry_bytes = 0;
  std::size_t block_bytes = 0;
};

/// Packed bytes of one Frame.
data pack(const flat_frame& frame);

/// The inverse, for hostile input. `out` is unspecified after a fault.
fault unpack(const std::uint8_t* in, std::size_t size, const bounds& limit, flat_frame& out);

}  // namespace weft::sync::wire_codec
