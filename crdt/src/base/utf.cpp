// SPDX-License-Identifier: MIT
#include "base/utf.hpp"

#include "weft/crdt/document/text.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace weft::crdt {
namespace utf::detail {
namespace {

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

// `n` bytes, 1 to 15, and zeros; loads that overlap spare a loop.
__m128i load_part(const char* at, std::size_t n) noexcept {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  if (n >= 8) {
    low = load<std::uint64_t>(at);
    high = load<std::uint64_t>(at + n - 8) >> 1U >> (8 * (16 - n) - 1);
  } else if (n >= 4) {
    low = load<std::uint32_t>(at) | load<std::uint32_t>(at + n - 4) << (8 * (n - 4));
  } else {
    low = load<std::uint8_t>(at) | load<std::uint8_t>(at + n / 2) << (8 * (n / 2)) |
          load<std::uint8_t>(at + n - 1) << (8 * (n - 1));
  }
  return _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low));
}

// The first `n` bytes of `v`, the others being zero.
void count_block(__m128i v, std::uint32_t n, counts& sum) noexcept {
  const auto held = [](__m128i marks) {
    return static_cast<std::uint32_t>(
        std::popcount(static_cast<std::uint32_t>(_mm_movemask_epi8(marks))));
  };
  sum.bytes += n;
  sum.scalars += n;
  if (const __m128i lines = _mm_cmpeq_epi8(v, _mm_set1_epi8('\n')); _mm_movemask_epi8(lines) != 0) {
    sum.lines += held(lines);
  }
  if (_mm_movemask_epi8(v) != 0) {
    sum.scalars -= held(_mm_cmplt_epi8(v, _mm_set1_epi8(-64)));
    sum.astral += held(_mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8(-17)),
                                     _mm_cmplt_epi8(v, _mm_setzero_si128())));
  }
}

// Short texts, and what is left of long ones.
void count_rest(std::string_view text, counts& sum) noexcept {
  constexpr std::size_t width = 16;
  for (; text.size() >= width; text.remove_prefix(width)) {
    count_block(_mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data())), width, sum);
  }
  if (!text.empty()) {
    count_block(load_part(text.data(), text.size()), static_cast<std::uint32_t>(text.size()), sum);
  }
}
#else
void count_bytes(std::string_view text, counts& sum) noexcept {
  for (const char c : text) {
    sum.scalars += static_cast<std::uint32_t>(is_lead(c));
    sum.astral += static_cast<std::uint32_t>(is_astral_lead(c));
    sum.lines += static_cast<std::uint32_t>(c == '\n');
  }
  sum.bytes += static_cast<std::uint32_t>(text.size());
}
#endif

}  // namespace

counts count_long(std::string_view text) noexcept {
  counts sum;
#ifdef __SSE2__
  constexpr std::size_t wide = 64;
  const std::size_t done = text.size() >= wide ? count_blocks(text, sum) : 0;
  count_rest(text.substr(done), sum);
#else
  count_bytes(text, sum);
#endif
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
