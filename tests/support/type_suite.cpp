// SPDX-License-Identifier: MIT
#include "support/type_suite.hpp"

namespace weft::tests {

std::vector<type_suite>& type_suites() {
  static std::vector<type_suite> all;
  return all;
}

}  // namespace weft::tests
