// SPDX-License-Identifier: MIT
// The smallest edit that turns one text into another, so that setting a text from a file keeps
// what others typed in the parts that did not change.
//
// Source of the method: Myers, "An O(ND) Difference Algorithm and Its Variations", 1986. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::app {

/// At `position` (scalars, in the old text) `erased` scalars go and `inserted` comes.
struct text_edit {
  std::uint32_t position = 0;
  std::uint32_t erased = 0;
  std::string inserted;
  friend bool operator==(const text_edit&, const text_edit&) = default;
};

/// Edits ascend and do not touch each other; apply them last first. Minimal in characters when the
/// texts are close; texts far apart are compared by lines, then by characters within changed lines,
/// so that time and memory stay bounded (some 2,000 differences per comparison).
/// Pre: both are valid UTF-8.
[[nodiscard]] std::vector<text_edit> diff_texts(std::string_view before, std::string_view after);

}  // namespace weft::app
