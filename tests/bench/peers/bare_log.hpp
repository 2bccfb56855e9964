// SPDX-License-Identifier: MIT
// The operations of one writer as runs, in columns: what a history takes at the very least, without
// ids, parents or checks. The floor of the size rows, once zstd has compressed it.
#pragma once

#include "weft/crdt/bytes.hpp"
#include "weft_history.hpp"

#include <span>
#include <string>

namespace weft::bench {

/// Edits that continue each other are one run: typing on, erasing backwards, erasing forwards.
[[nodiscard]] crdt::bytes bare_log(std::span<const edit> edits);

/// The text that the log leads to, which shows that nothing is missing from it. O(n²).
[[nodiscard]] std::string text_of_log(crdt::byte_view log);

}  // namespace weft::bench
