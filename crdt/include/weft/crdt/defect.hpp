// SPDX-License-Identifier: MIT
// Deliberate defects: places where the suite breaks a mechanism on purpose to see that it notices.
//
// `if (WEFT_DEFECT("or_set.add.keeps_old_dots")) ...` costs nothing in a normal build: it is the
// constant false. With WEFT_DEFECTS defined (tests/defects only; the whole program must agree) the
// one named by `active_defect` is on. Name: type.operation.what_is_wrong.
#pragma once

#ifdef WEFT_DEFECTS

#include <string_view>

namespace weft::crdt {

/// Set before the first use of any type; not for concurrent use.
inline std::string_view active_defect;
/// The active one was met, so its name is right and the code under it ran.
inline bool defect_met = false;

inline bool defect_is_active(std::string_view name) noexcept {
  const bool active = name == active_defect;
  defect_met |= active;
  return active;
}

}  // namespace weft::crdt

#define WEFT_DEFECT(name) (::weft::crdt::defect_is_active(name))
#else
#define WEFT_DEFECT(name) false
#endif
