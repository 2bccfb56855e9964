// SPDX-License-Identifier: MIT
// Between sealed changes and what a session says of a few of them. Pure.
#pragma once

#include "weft/sync/message.hpp"
#include "weft/sync/sealed.hpp"

#include <optional>
#include <span>
#include <vector>

namespace weft::sync {

/// Keeps one signature of each replica: the last, which covers those before it.
void drop_covered_signatures(std::span<sealed_change> batch);

/// nullopt: a block suits this batch better.
[[nodiscard]] std::optional<msg::small_changes> as_small(std::uint32_t doc_ref,
                                                         std::span<const sealed_change> batch);

/// The inverse: whole headers, worked out from `lookup` and each other. missing_parent: a change
/// that one of them names is not known. Nothing about signatures is checked.
[[nodiscard]] crdt::result<std::vector<sealed_change>> open_small(
    const doc_id& document, const std::vector<msg::small_change>& changes,
    const change_lookup& lookup);

}  // namespace weft::sync
