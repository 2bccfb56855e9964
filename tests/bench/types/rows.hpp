// SPDX-License-Identifier: MIT
// One row of the comparison: states of one type, merged in the same way on both sides.
//
// A row makes a base state of `size` elements by `replicas` writers, lets two more writers diverge,
// and lets a third make small deltas. src/world.rs is the other side: same ids, elements and steps.
#pragma once

#include "random.hpp"
#include "report.hpp"
#include "weft/crdt/ids.hpp"
#include "weft/crdt/lattice/decomposable.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weft::bench {

struct shape {
  std::size_t size = 0;
  std::size_t replicas = 0;
  std::size_t entries = std::max(size, replicas);  ///< of a state

  /// The same for a type whose states have so many entries.
  [[nodiscard]] shape of(std::size_t count) const { return {size, replicas, count}; }

  /// Changes of each side of a divergence.
  [[nodiscard]] std::size_t changes() const { return std::max<std::size_t>(1, size / 20); }
  [[nodiscard]] std::size_t deltas() const { return std::clamp<std::size_t>(size / 10, 1, 1000); }
  /// So many merges at once that the clock can tell their time.
  [[nodiscard]] std::size_t copies() const {
    return std::clamp<std::size_t>(20'000 / entries, 1, 2'000);
  }
};

/// The writers by number, spread as random ids are.
inline crdt::replica_id writer(std::size_t number) {
  crdt::replica_id id;
  for (std::size_t half = 0; half < 2; ++half) {
    const std::uint64_t bits = mix(2 * number + half + 1);
    for (std::size_t i = 0; i < 8; ++i) {
      id.bytes[8 * half + i] = static_cast<std::uint8_t>(bits >> (56 - 8 * i));
    }
  }
  return id;
}
/// The elements by number: 32 bits, in no order, all different.
inline std::uint64_t element(std::size_t number) {
  return number * 2'654'435'761U & 0xFFFF'FFFFU;
}

template <class T>
struct states {
  T base;
  T left;
  T right;
  std::vector<T> deltas;    ///< small additions to the base
  std::vector<T> removals;  ///< small removals, if the type has them
};

/// `value` tells what the merged state shows; both sides must agree.
template <class T>
void measure(const std::string& type, const shape& s, const states<T>& made,
             const std::string& value) {
  const report out("weft", std::to_string(s.size) + "x" + std::to_string(s.replicas));
  const auto per_merge = [&](const T& from, std::size_t merges, auto&& merge) {
    std::vector<T> copies(s.copies(), from);
    const watch time;
    for (T& copy : copies) {
      merge(copy);
    }
    return time.ms() / static_cast<double>(copies.size() * merges);
  };
  out.check(type, value);
  out.repeat(type + " merge",
             [&] { return per_merge(made.left, 1, [&](T& copy) { copy.merge(made.right); }); });
  if constexpr (crdt::decomposable<T>) {
    const crdt::bytes update = crdt::to_bytes(difference(made.right, made.base));
    out.repeat(type + " update", [&] {
      return per_merge(made.left, 1,
                       [&](T& copy) { copy.merge(crdt::from_bytes<T>(update).value()); });
    });
  }
  const auto small = [&](const char* what, const std::vector<T>& deltas) {
    if (!deltas.empty()) {
      out.repeat(type + what, [&] {
        return per_merge(made.base, deltas.size(), [&](T& copy) {
          for (const T& delta : deltas) {
            copy.merge(delta);
          }
        });
      });
    }
  };
  small(" delta", made.deltas);
  small(" removal", made.removals);
  out.value(type + " bytes", "bytes", static_cast<double>(crdt::to_bytes(made.base).size()));
  double sizes = 0;
  for (const T& delta : made.deltas) {
    sizes += static_cast<double>(crdt::to_bytes(delta).size());
  }
  out.value(type + " delta bytes", "bytes", sizes / static_cast<double>(made.deltas.size()));
}

/// Sum of numbers and their count, in a form that both sides print alike.
template <class Range>
std::string told(const Range& numbers) {
  std::uint64_t sum = 0;
  std::uint64_t count = 0;
  for (const std::uint64_t n : numbers) {
    sum += n;
    ++count;
  }
  return std::to_string(count) + " " + std::to_string(sum);
}

/// Each row by name; false when there is no such row.
bool row_of_counters(const std::string& type, const shape& s);
bool row_of_sets(const std::string& type, const shape& s);
bool row_of_maps(const std::string& type, const shape& s);
bool row_of_lists(const std::string& type, const shape& s);

}  // namespace weft::bench
