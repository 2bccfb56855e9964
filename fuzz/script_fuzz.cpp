// SPDX-License-Identifier: MIT
// Any bytes are a script: documents must follow their slow twins through it. The same oracle as
// the convergence property test.
#include "support/cluster.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  weft::test::cluster_options options;
  options.max_items = 200;
  const weft::crdt::byte_view script{data, size};
  try {
    weft::test::run_script(script.subspan(0, std::min<std::size_t>(size, 600)), options);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "script_fuzz: %s\nWEFT_SCRIPT=%s\n%s", e.what(),
                 weft::test::to_hex(script).c_str(),
                 describe(weft::test::decode_script(script)).c_str());
    std::abort();
  }
  return 0;
}
