// SPDX-License-Identifier: MIT
#include "trace/trace.hpp"

namespace weft::app {

void apply_transaction(const trace& from, std::size_t index, crdt::text target) {
  const trace_transaction& t = from.transactions[index];
  std::size_t number = 0;
  for (const trace_patch& p : from.patches_of(t)) {
    const std::uint32_t length = target.length();
    if (p.position > length || p.erased > length - p.position) {
      throw trace_error("transaction " + std::to_string(index) + ", patch " +
                        std::to_string(number) + ": position " + std::to_string(p.position) +
                        " and " + std::to_string(p.erased) + " deleted do not fit a text of " +
                        std::to_string(length) + " characters");
    }
    const crdt::scalar_pos at{p.position};
    if (p.text_bytes == 0) {
      target.erase(at, p.erased);
    } else if (p.erased == 0) {
      target.insert(at, from.text_of(p));
    } else {
      target.replace(at, p.erased, from.text_of(p));
    }
    ++number;
  }
}

}  // namespace weft::app
