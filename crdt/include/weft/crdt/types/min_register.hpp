// SPDX-License-Identifier: MIT
// min_register: the least value ever written, by anybody. See extreme_register.
#pragma once

#include "weft/crdt/types/extreme_register.hpp"

#include <functional>

namespace weft::crdt {

template <element T>
using min_register = extreme_register<T, std::less<T>>;

}  // namespace weft::crdt
