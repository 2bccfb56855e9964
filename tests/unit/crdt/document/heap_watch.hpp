// SPDX-License-Identifier: MIT
// Counts what the program holds on the heap, to show that hostile input makes it hold little.
//
// Replaces the global operators new and delete of the program that it is linked into.
#pragma once

#include <cstddef>

namespace weft::test {

/// Peak of live heap bytes since its construction, above what was live then. One at a time.
class heap_watch {
public:
  heap_watch();
  [[nodiscard]] std::size_t peak_bytes() const;

private:
  std::size_t before_;
};

}  // namespace weft::test
