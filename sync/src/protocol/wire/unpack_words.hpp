// SPDX-License-Identifier: MIT
// The packing of Cap'n Proto (its encoding specification, "Packing"), undone with a bound on the
// result and the place of the first fault. C++17, std types only.
#pragma once

#include "wire_codec.hpp"

namespace weft::sync::wire_codec {

/// Eight bytes a word, in the order of the message; aligned as std::uint64_t is.
fault unpack_words(const std::uint8_t* in, std::size_t size, std::size_t max_words,
                   std::vector<std::uint64_t>& out);

}  // namespace weft::sync::wire_codec
