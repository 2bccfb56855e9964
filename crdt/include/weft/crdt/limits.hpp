// SPDX-License-Identifier: MIT
// The bounds that every decoder enforces before it allocates.
#pragma once

#include <cstdint>

namespace weft::crdt {

/// One value, passed to every function that reads foreign bytes. The defaults suit a desktop
/// program; a relay may lower them. They decide what is *accepted now*, never how things merge.
struct limits {
  std::uint64_t max_input_bytes = std::uint64_t{1} << 30U;  ///< one update or snapshot, stored
  std::uint64_t max_raw_bytes = std::uint64_t{1} << 31U;    ///< the same, decompressed
  std::uint64_t max_expansion = 1024;  ///< decompressed / stored, of text; else a 16th
  std::uint32_t max_replicas = 65'536;
  std::uint32_t max_containers = 1'048'576;
  std::uint32_t max_parents = 4'096;  ///< of one change
  std::uint32_t max_key_bytes = 65'536;
  std::uint32_t max_value_bytes = std::uint32_t{1} << 24U;  ///< one map value
  std::uint32_t max_nesting = 1'024;
  std::uint64_t max_pending_bytes = std::uint64_t{16} << 20U;  ///< changes without their parents
  std::uint32_t max_change_body_bytes = std::uint32_t{1} << 20U;
  std::uint32_t max_change_ops = std::uint32_t{1} << 20U;
};

}  // namespace weft::crdt
