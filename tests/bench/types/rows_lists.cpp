// SPDX-License-Identifier: MIT
#include "rows.hpp"
#include "weft/crdt/types/fugue_list.hpp"
#include "weft/crdt/types/g_list.hpp"

namespace weft::bench {
namespace {

// Everybody appends, each writer in turn a part of the whole.
template <class List>
void appended(const std::string& type, const shape& s) {
  states<List> made;
  const auto append = [](List& state, std::size_t by, std::size_t i) {
    return crdt::on(state, writer(by)).insert(state.size(), element(i)).value();
  };
  const std::size_t c = s.changes();
  for (std::size_t w = 0; w < s.replicas; ++w) {
    for (std::size_t i = w * s.size / s.replicas; i < (w + 1) * s.size / s.replicas; ++i) {
      (void)append(made.base, w, i);
    }
  }
  made.left = made.base;
  made.right = made.base;
  for (std::size_t j = 0; j < c; ++j) {
    (void)append(made.left, s.replicas, s.size + j);
    (void)append(made.right, s.replicas + 1, s.size + c + j);
  }
  List source = made.base;
  for (std::size_t j = 0; j < s.deltas(); ++j) {
    made.deltas.push_back(append(source, s.replicas + 2, 2 * s.size + j));
  }
  measure(type, s, made, told(crdt::join(made.left, made.right).values()));
}

}  // namespace

bool row_of_lists(const std::string& type, const shape& s) {
  if (type == "g_list") {
    appended<crdt::g_list<std::uint64_t>>(type, s);
  } else if (type == "fugue_list") {
    appended<crdt::fugue_list<std::uint64_t>>(type, s);
  } else {
    return false;
  }
  return true;
}

}  // namespace weft::bench
