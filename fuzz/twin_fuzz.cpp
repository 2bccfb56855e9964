// SPDX-License-Identifier: MIT
// Any bytes are a history: documents must follow their quick twins through it. The same generator
// and oracle as the property test of the same name.
#include "support/twin_run.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const weft::crdt::byte_view bytes{data, std::min<std::size_t>(size, 1'500)};
  const weft::test::twin_script script = weft::test::decode_twin_script(bytes);
  weft::test::twin_options options;
  options.max_items = 250;
  options.max_operations = 900;
  options.judged_operations = bytes.size() < 200 ? 120 : 0;
  try {
    weft::test::run_twins(script, options);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "twin_fuzz: %s\nWEFT_TWINS=%s\n%s", e.what(),
                 weft::test::to_hex(bytes).c_str(), describe(script).c_str());
    std::abort();
  }
  return 0;
}
