// SPDX-License-Identifier: MIT
#include "rows.hpp"
#include "weft/crdt/types/g_list.hpp"

namespace weft::bench {

bool row_of_lists(const std::string& type, const shape& s) {
  if (type != "g_list") {
    return false;
  }
  using list = crdt::g_list<std::uint64_t>;
  states<list> made;
  const auto append = [](list& state, std::size_t by, std::size_t i) {
    return crdt::on(state, writer(by)).push_back(element(i)).value();
  };
  const std::size_t c = s.changes();
  for (std::size_t i = 0; i < s.size; ++i) {
    (void)append(made.base, i % s.replicas, i);
  }
  made.left = made.base;
  made.right = made.base;
  for (std::size_t j = 0; j < c; ++j) {
    (void)append(made.left, s.replicas, s.size + j);
    (void)append(made.right, s.replicas + 1, s.size + c + j);
  }
  list source = made.base;
  for (std::size_t j = 0; j < s.deltas(); ++j) {
    made.deltas.push_back(append(source, s.replicas + 2, 2 * s.size + j));
  }
  measure(type, s, made, told(crdt::join(made.left, made.right).values()));
  return true;
}

}  // namespace weft::bench
