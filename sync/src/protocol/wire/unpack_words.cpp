// SPDX-License-Identifier: MIT
#include "unpack_words.hpp"

#include <cstring>

namespace weft::sync::wire_codec {

fault unpack_words(const std::uint8_t* in, std::size_t size, std::size_t max_words,
                   std::vector<std::uint64_t>& out) {
  constexpr fault too_large{0, "frame: unpacks to more than the limit", true};
  std::size_t at = 0;
  while (at < size) {
    const std::size_t word_at = at;
    const std::uint8_t tag = in[at++];
    std::uint8_t word[8] = {};
    for (unsigned bit = 0; bit < 8; ++bit) {
      if ((tag & (1U << bit)) == 0) continue;
      if (at == size) return {at, "frame: packed word", false};
      word[bit] = in[at++];
    }
    if (out.size() == max_words) return {word_at, too_large.what, true};
    std::uint64_t value = 0;
    std::memcpy(&value, word, sizeof value);
    out.push_back(value);
    if (tag != 0x00 && tag != 0xff) continue;
    // A run follows: of zero words after 00, of plain words after ff.
    if (at == size) return {at, "frame: packed run", false};
    const std::size_t run = in[at++];
    if (run > max_words - out.size()) return {word_at, too_large.what, true};
    if (tag == 0x00) {
      out.insert(out.end(), run, 0);
      continue;
    }
    if (run * 8 > size - at) return {size, "frame: packed run", false};
    const std::size_t before = out.size();
    out.resize(before + run);
    if (run > 0) std::memcpy(out.data() + before, in + at, run * 8);
    at += run * 8;
  }
  return {};
}

}  // namespace weft::sync::wire_codec
