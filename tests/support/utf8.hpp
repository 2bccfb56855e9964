// SPDX-License-Identifier: MIT
// UTF-8 to code points and back, for the slow twins. Written apart from the library's own code, so
// that a fault there cannot hide here. Pure functions; any thread may call them.
#pragma once

#include <string>
#include <string_view>

namespace weft::test {

/// UTF-8 of one scalar value, or of many.
[[nodiscard]] std::string to_utf8(char32_t scalar);
[[nodiscard]] std::string to_utf8(std::u32string_view scalars);

/// The scalars of well-formed UTF-8. Throws std::runtime_error on anything else.
[[nodiscard]] std::u32string to_scalars(std::string_view utf8);

/// Printable form for messages: ASCII as it is, the rest as <hex>.
[[nodiscard]] std::string printable(std::u32string_view scalars);

}  // namespace weft::test
