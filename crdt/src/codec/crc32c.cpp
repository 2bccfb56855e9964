// SPDX-License-Identifier: MIT
#include "codec/crc32c.hpp"

#include <array>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__)
#define WEFT_CRC32C_INSTRUCTION
#include <nmmintrin.h>
#endif

namespace weft::crdt {
namespace {

using table = std::array<std::array<std::uint32_t, 256>, 8>;

// Slicing by eight: tables[k][b] is the effect of byte b that k more bytes follow.
constexpr table make_tables() noexcept {
  table tables{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t crc = b;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82f6'3b78U : 0U);
    }
    tables[0][b] = crc;
  }
  for (std::size_t k = 1; k < tables.size(); ++k) {
    for (std::size_t b = 0; b < 256; ++b) {
      const std::uint32_t shorter = tables[k - 1][b];
      tables[k][b] = (shorter >> 8U) ^ tables[0][shorter & 0xffU];
    }
  }
  return tables;
}

constexpr table tables = make_tables();

std::uint32_t load_u32_le(const std::uint8_t* from) noexcept {
  return static_cast<std::uint32_t>(from[0]) | static_cast<std::uint32_t>(from[1]) << 8U |
         static_cast<std::uint32_t>(from[2]) << 16U | static_cast<std::uint32_t>(from[3]) << 24U;
}

#ifdef WEFT_CRC32C_INSTRUCTION
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(byte_view data,
                                                               std::uint32_t before) noexcept {
  std::uint64_t crc = ~before;
  std::size_t i = 0;
  for (; i + 8 <= data.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, data.data() + i, sizeof word);
    crc = _mm_crc32_u64(crc, word);
  }
  auto rest = static_cast<std::uint32_t>(crc);
  for (; i < data.size(); ++i) {
    rest = _mm_crc32_u8(rest, data[i]);
  }
  return ~rest;
}
#endif

}  // namespace

std::uint32_t crc32c_portable(byte_view data, std::uint32_t before) noexcept {
  std::uint32_t crc = ~before;
  std::size_t i = 0;
  for (; i + 8 <= data.size(); i += 8) {
    const std::uint32_t low = crc ^ load_u32_le(data.data() + i);
    const std::uint32_t high = load_u32_le(data.data() + i + 4);
    crc = tables[7][low & 0xffU] ^ tables[6][(low >> 8U) & 0xffU] ^
          tables[5][(low >> 16U) & 0xffU] ^ tables[4][low >> 24U] ^ tables[3][high & 0xffU] ^
          tables[2][(high >> 8U) & 0xffU] ^ tables[1][(high >> 16U) & 0xffU] ^
          tables[0][high >> 24U];
  }
  for (; i < data.size(); ++i) {
    crc = (crc >> 8U) ^ tables[0][(crc ^ data[i]) & 0xffU];
  }
  return ~crc;
}

#ifdef WEFT_CRC32C_INSTRUCTION
std::uint32_t crc32c(byte_view data, std::uint32_t before) noexcept {
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  return has_instruction ? by_instruction(data, before) : crc32c_portable(data, before);
}
#else
std::uint32_t crc32c(byte_view data, std::uint32_t before) noexcept {
  return crc32c_portable(data, before);
}
#endif

}  // namespace weft::crdt
