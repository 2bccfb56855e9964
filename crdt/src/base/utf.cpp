// SPDX-License-Identifier: MIT
#include "base/utf.hpp"

#include "weft/crdt/document/text.hpp"

#include <algorithm>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace weft::crdt {
namespace utf::detail {
namespace {

constexpr std::uint64_t ones = 0x0101'0101'0101'0101U;
constexpr std::uint64_t highs = 0x8080'8080'8080'8080U;

// Number of bytes whose high bit is set in `mask`, which has no other bits.
std::uint32_t marked(std::uint64_t mask) noexcept {
  return static_cast<std::uint32_t>(((mask >> 7U) * ones) >> 56U);
}

// Eight bytes at once; `word` holds `bytes` bytes of text and zeros.
counts count_word(std::uint64_t word, std::uint32_t bytes) noexcept {
  counts c;
  c.bytes = bytes;
  const std::uint64_t tails = word & ~(word << 1U) & highs;
  const std::uint64_t astral = word & (word << 1U) & (word << 2U) & (word << 3U) & highs;
  const std::uint64_t other = word ^ (ones * '\n');
  const std::uint64_t lines = ~(((other & ~highs) + ~highs) | other) & highs;
  c.scalars = bytes - marked(tails);
  c.astral = marked(astral);
  c.lines = marked(lines);
  return c;
}

#ifdef __SSE2__
// Whole blocks of sixteen bytes; sums in bytes, which are added up before they can overflow.
std::size_t count_blocks(std::string_view text, counts& sum) noexcept {
  const auto add = [](__m128i bytes) {
    const __m128i halves = _mm_sad_epu8(bytes, _mm_setzero_si128());
    return static_cast<std::uint32_t>(_mm_cvtsi128_si32(halves) + _mm_extract_epi16(halves, 4));
  };
  constexpr std::size_t width = 16;
  std::size_t at = 0;
  while (at + width <= text.size()) {
    const std::size_t blocks = std::min<std::size_t>((text.size() - at) / width, 255);
    __m128i tails = _mm_setzero_si128();
    __m128i astral = _mm_setzero_si128();
    __m128i lines = _mm_setzero_si128();
    for (std::size_t i = 0; i < blocks; ++i, at += width) {
      const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
      lines = _mm_sub_epi8(lines, _mm_cmpeq_epi8(v, _mm_set1_epi8('\n')));
      // As signed bytes, tails are below -64 and astral leads between -16 and -1.
      tails = _mm_sub_epi8(tails, _mm_cmplt_epi8(v, _mm_set1_epi8(-64)));
      astral = _mm_sub_epi8(astral, _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8(-17)),
                                                  _mm_cmplt_epi8(v, _mm_setzero_si128())));
    }
    sum.scalars += static_cast<std::uint32_t>(blocks * width) - add(tails);
    sum.astral += add(astral);
    sum.lines += add(lines);
  }
  sum.bytes += static_cast<std::uint32_t>(at);
  return at;
}
#else
std::size_t count_blocks(std::string_view text, counts& sum) noexcept {
  for (const char c : text) {
    sum.scalars += static_cast<std::uint32_t>(is_lead(c));
    sum.astral += static_cast<std::uint32_t>(is_astral_lead(c));
    sum.lines += static_cast<std::uint32_t>(c == '\n');
  }
  sum.bytes += static_cast<std::uint32_t>(text.size());
  return text.size();
}
#endif

}  // namespace

counts count_long(std::string_view text) noexcept {
  counts sum;
  constexpr std::size_t wide = 64;
  std::size_t at = text.size() >= wide ? count_blocks(text, sum) : 0;
  std::uint64_t word = 0;
  for (; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    sum += count_word(word, sizeof word);
  }
  if (at < text.size()) {
    word = 0;
    std::memcpy(&word, text.data() + at, text.size() - at);
    sum += count_word(word, static_cast<std::uint32_t>(text.size() - at));
  }
  return sum;
}

std::size_t bytes_of_mixed(std::string_view text, std::uint32_t scalars) noexcept {
  constexpr std::size_t block = 64;
  std::size_t at = 0;
  // Whole blocks first: their counts vectorise.
  while (at + block <= text.size()) {
    std::uint32_t leads = 0;
    for (std::size_t i = 0; i < block; ++i) {
      leads += static_cast<std::uint32_t>(is_lead(text[at + i]));
    }
    if (leads > scalars) {
      break;
    }
    scalars -= leads;
    at += block;
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
  constexpr std::size_t block = 64;
  std::size_t at = 0;
  while (at < text.size()) {
    // Nearly all text is ASCII.
    while (at + block <= text.size() && utf::is_ascii(text.substr(at, block))) {
      at += block;
    }
    std::uint64_t word = 0;
    if (at + sizeof word <= text.size()) {
      std::memcpy(&word, text.data() + at, sizeof word);
      if ((word & 0x8080'8080'8080'8080U) == 0) {
        at += sizeof word;
        continue;
      }
    }
    if (at == text.size()) {
      break;
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
