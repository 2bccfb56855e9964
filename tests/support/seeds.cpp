// SPDX-License-Identifier: MIT
#include "support/seeds.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace weft::test {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double default_scale = 0.15;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr double default_scale = 0.15;
#else
constexpr double default_scale = 1;
#endif
#else
constexpr double default_scale = 1;
#endif

}  // namespace

std::size_t scaled(std::size_t count) {
  const char* text = std::getenv("WEFT_SCALE");
  const double scale = text != nullptr ? std::strtod(text, nullptr) : default_scale;
  return std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(count) * scale));
}

void for_seeds(std::size_t count, const std::function<void(std::uint64_t seed)>& f) {
  std::uint64_t first = 1;
  std::uint64_t last = scaled(count);
  if (const char* text = std::getenv("WEFT_SEED")) {
    first = std::strtoull(text, nullptr, 10);
    last = first;
  }
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    try {
      f(seed);
    } catch (const std::exception& e) {
      throw std::runtime_error("seed " + std::to_string(seed) + " (run it again with WEFT_SEED=" +
                               std::to_string(seed) + "): " + e.what());
    }
  }
}

}  // namespace weft::test
