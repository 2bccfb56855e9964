// SPDX-License-Identifier: MIT
// max_register: the greatest value ever written, by anybody. See extreme_register.
#pragma once

#include "weft/crdt/types/extreme_register.hpp"

#include <functional>

namespace weft::crdt {

template <element T>
using max_register = extreme_register<T, std::greater<T>>;

}  // namespace weft::crdt
