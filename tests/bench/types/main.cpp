// SPDX-License-Identifier: MIT
// weft_types_bench TYPE SIZE REPLICAS: one row. weft_types_bench smoke: each row, as small as can
// be.
#include "rows.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

bool row(const std::string& type, const weft::bench::shape& s) {
  return weft::bench::row_of_counters(type, s) || weft::bench::row_of_sets(type, s) ||
         weft::bench::row_of_maps(type, s) || weft::bench::row_of_lists(type, s);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "smoke") {
    for (const char* const type :
         {"g_counter", "pn_counter", "lww_register", "mv_register", "g_set", "or_set", "g_map",
          "or_map", "lww_map", "g_list", "fugue_list"}) {
      if (!row(type, {10, 2})) {
        return 1;
      }
    }
    return 0;
  }
  if (argc != 4 || !row(argv[1], {static_cast<std::size_t>(std::atoll(argv[2])),
                                  static_cast<std::size_t>(std::atoll(argv[3]))})) {
    std::fprintf(stderr, "usage: weft_types_bench TYPE SIZE REPLICAS\n");
    return 2;
  }
  return 0;
}
