// SPDX-License-Identifier: MIT
#include "base/utf.hpp"

#include "weft/crdt/document/text.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace weft::crdt {
namespace utf::detail {
namespace {

constexpr std::uint64_t ones = 0x0101'0101'0101'0101U;
constexpr std::uint64_t highs = 0x8080'8080'8080'8080U;

// Number of bytes whose high bit is set in `mask`, which has no other bits.
std::uint32_t marked(std::uint64_t mask) noexcept {
  return static_cast<std::uint32_t>(((mask >> 7U) * ones) >> 56U);
}

// Sixteen bytes that are worked on at once; gcc and clang make vector code of it everywhere.
using lanes = std::uint8_t __attribute__((vector_size(16)));

std::uint32_t sum_of(lanes counters) noexcept {
  std::array<std::uint64_t, 2> words;
  std::memcpy(words.data(), &counters, sizeof words);
  std::uint32_t sum = 0;
  for (const std::uint64_t word : words) {
    constexpr std::uint64_t every_other = 0x00ff'00ff'00ff'00ffU;
    const std::uint64_t pairs = (word & every_other) + ((word >> 8U) & every_other);
    sum += static_cast<std::uint32_t>((pairs * 0x0001'0001'0001'0001U) >> 48U);
  }
  return sum;
}

// The next `bytes` bytes, 1 to 8, and zeros. Loads that overlap spare a loop.
std::uint64_t load(const char* from, std::size_t bytes) noexcept {
  std::uint64_t word = 0;
  if (bytes == sizeof word) {
    std::memcpy(&word, from, sizeof word);
    return word;
  }
  if (bytes >= sizeof(std::uint32_t)) {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    std::memcpy(&low, from, sizeof low);
    std::memcpy(&high, from + bytes - sizeof high, sizeof high);
    return low | std::uint64_t{high} << (8 * (bytes - sizeof high));
  }
  const auto at = [&](std::size_t i) {
    return std::uint64_t{static_cast<unsigned char>(from[i])} << (8 * i);
  };
  return at(0) | at(bytes / 2) | at(bytes - 1);
}

// Eight bytes at once; zeros count as scalars that the caller has taken for granted.
void add_word(counts& sum, std::uint64_t word) noexcept {
  const std::uint64_t tails = word & ~(word << 1U) & highs;
  const std::uint64_t astral = word & (word << 1U) & (word << 2U) & (word << 3U) & highs;
  const std::uint64_t other = word ^ (ones * '\n');
  const std::uint64_t lines = ~(((other & ~highs) + ~highs) | other) & highs;
  sum.scalars -= marked(tails);
  sum.astral += marked(astral);
  sum.lines += marked(lines);
}

}  // namespace

counts count_long(std::string_view text) noexcept {
  counts sum;
  sum.bytes = static_cast<std::uint32_t>(text.size());
  std::uint32_t tails = 0;
  std::size_t at = 0;
  while (text.size() - at >= sizeof(lanes)) {
    // Counters of one byte each: a comparison that holds gives -1.
    lanes tail{};
    lanes astral{};
    lanes line{};
    const std::size_t rounds = std::min<std::size_t>((text.size() - at) / sizeof(lanes), 255);
    for (std::size_t i = 0; i < rounds; ++i, at += sizeof(lanes)) {
      lanes part;
      std::memcpy(&part, text.data() + at, sizeof part);
      tail -= (part & 0xC0) == 0x80;
      astral -= (part & 0xF0) == 0xF0;
      line -= part == '\n';
    }
    tails += sum_of(tail);
    sum.astral += sum_of(astral);
    sum.lines += sum_of(line);
  }
  sum.scalars = sum.bytes - tails;
  if (text.size() - at >= sizeof(std::uint64_t)) {
    add_word(sum, load(text.data() + at, sizeof(std::uint64_t)));
    at += sizeof(std::uint64_t);
  }
  if (at < text.size()) {
    add_word(sum, load(text.data() + at, text.size() - at));
  }
  return sum;
}

std::size_t bytes_of_mixed(std::string_view text, std::uint32_t scalars) noexcept {
  std::size_t at = 0;
  while (text.size() - at >= sizeof(lanes)) {
    lanes part;
    std::memcpy(&part, text.data() + at, sizeof part);
    lanes lead{};
    lead -= (part & 0xC0) != 0x80;
    const std::uint32_t leads = sum_of(lead);
    if (leads > scalars) {
      break;
    }
    scalars -= leads;
    at += sizeof part;
  }
  for (; at < text.size(); ++at) {
    if (is_lead(text[at])) {
      if (scalars == 0) {
        return at;
      }
      --scalars;
    }
  }
  return at;
}

}  // namespace utf::detail

namespace {

// Length of the scalar that starts at `at`, 0 if it is not well-formed (Unicode 15, table 3-7).
std::size_t well_formed_length(std::string_view text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead < 0x80U) {
    return 1;
  }
  if (lead < 0xC2U || lead > 0xF4U) {
    return 0;
  }
  if (lead < 0xE0U) {
    return tail(1) ? 2 : 0;
  }
  if (lead < 0xF0U) {
    const bool shortest = lead != 0xE0U || byte(1) >= 0xA0U;
    const bool no_surrogate = lead != 0xEDU || byte(1) < 0xA0U;
    return tail(1) && tail(2) && shortest && no_surrogate ? 3 : 0;
  }
  const bool shortest = lead != 0xF0U || byte(1) >= 0x90U;
  const bool in_range = lead != 0xF4U || byte(1) < 0x90U;
  return tail(1) && tail(2) && tail(3) && shortest && in_range ? 4 : 0;
}

}  // namespace

bool is_valid_utf8(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    std::uint64_t word = 0;
    if (at + sizeof word <= text.size()) {
      std::memcpy(&word, text.data() + at, sizeof word);
      if ((word & 0x8080'8080'8080'8080U) == 0) {
        at += sizeof word;
        continue;
      }
    }
    const std::size_t length = well_formed_length(text, at);
    if (length == 0) {
      return false;
    }
    at += length;
  }
  return true;
}

std::uint32_t count_scalars(std::string_view text) noexcept {
  std::uint32_t scalars = 0;
  for (const char c : text) {
    scalars += static_cast<std::uint32_t>(utf::is_lead(c));
  }
  return scalars;
}

}  // namespace weft::crdt
