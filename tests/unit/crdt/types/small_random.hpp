// SPDX-License-Identifier: MIT
// A seeded generator whose numbers are 32 bits wide on every platform.
#pragma once

#include <cstdint>
#include <random>

namespace weft::crdt {

class small_random {
public:
  explicit small_random(unsigned seed) : engine_(seed) {}
  std::uint32_t operator()() { return static_cast<std::uint32_t>(engine_()); }

private:
  std::mt19937 engine_;
};

}  // namespace weft::crdt
