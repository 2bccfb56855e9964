// SPDX-License-Identifier: MIT
// The laws of state-based types, each as a function over given states.
//
// Every function returns nothing when its laws hold, else which one was broken and how. They need
// no test framework. Random runs and the model checker feed them. Laws: weft/crdt/lattice/laws.hpp.
#pragma once

#include "weft/crdt/lattice/laws.hpp"
#include "weft/testing/random.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace weft::testing {

/// A law that did not hold.
struct complaint {
  std::string law;
  std::string detail;
};
using verdict = std::optional<complaint>;

[[nodiscard]] inline verdict broken(std::string law, std::string detail = {}) {
  return complaint{std::move(law), std::move(detail)};
}

/// A lattice whose states can be taken apart.
template <class T>
concept decomposable = crdt::lattice<T> && requires(const T b) {
  { difference(b, b) } -> std::same_as<T>;
  b.for_each_irreducible([](const T&) {});
};

template <crdt::lattice T>
[[nodiscard]] T joined(T a, const T& b) {
  a.merge(b);
  return a;
}

/// What merging `other` into `before` must keep: it made `after` and `said` whether that is new.
template <crdt::lattice T>
[[nodiscard]] verdict check_merge(const T& before, const T& other, const T& after, bool said) {
  if (said != (after != before)) {
    return broken("merge returns whether it changed the state",
                  said ? "it said yes" : "it said no");
  }
  if (said == leq(other, before)) {
    return broken("leq(a, b) exactly when merging a into b changes nothing");
  }
  if (!leq(before, after) || !leq(other, after)) {
    return broken("a join is above both");
  }
  return {};
}

/// Merges `other` into `state` and checks what merge says about it.
template <crdt::lattice T>
[[nodiscard]] verdict merge_checked(T& state, const T& other) {
  const T before = state;
  const bool said = state.merge(other);
  return check_merge(before, other, state, said);
}

/// Equal states have equal bytes, and the other way round.
template <crdt::lattice T>
[[nodiscard]] verdict check_same_bytes(const T& a, const T& b) {
  if ((a == b) != (crdt::to_bytes(a) == crdt::to_bytes(b))) {
    return broken("states are equal exactly when their bytes are");
  }
  return {};
}

/// Idempotent, commutative, associative, with T{} as the least; leq agrees with merge.
template <crdt::lattice T>
[[nodiscard]] verdict check_lattice_laws(const T& a, const T& b, const T& c) {
  if (joined(a, a) != a || !leq(a, a)) {
    return broken("merge is idempotent");
  }
  if (joined(a, T{}) != a || joined(T{}, a) != a || !leq(T{}, a)) {
    return broken("the empty state is the least");
  }
  const T ab = joined(a, b);
  if (ab != joined(b, a)) {
    return broken("merge is commutative");
  }
  if (joined(ab, c) != joined(a, joined(b, c))) {
    return broken("merge is associative");
  }
  if (leq(a, b) != (ab == b) || leq(b, a) != (ab == a)) {
    return broken("leq(a, b) exactly when a merged with b is b");
  }
  return check_same_bytes(a, b);
}

/// Irreducible parts join to the whole; the difference is the least that is missing.
template <crdt::lattice T>
[[nodiscard]] verdict check_parts(const T& a, const T& b) {
  if constexpr (decomposable<T>) {
    T whole;
    bool below = true;
    a.for_each_irreducible([&](const T& part) {
      below = below && leq(part, a);
      whole.merge(part);
    });
    if (!below) {
      return broken("an irreducible part is below the whole");
    }
    if (whole != a) {
      return broken("irreducible parts join to the whole");
    }
    const T d = difference(a, b);
    if (joined(b, d) != joined(b, a)) {
      return broken("b joined with difference(a, b) is b joined with a");
    }
    if (!leq(d, a)) {
      return broken("difference(a, b) is below a");
    }
    bool fresh = true;
    d.for_each_irreducible([&](const T& part) { fresh = fresh && !leq(part, b); });
    if (!fresh) {
      return broken("difference(a, b) holds nothing that b has");
    }
  }
  return {};
}

/// What a mutator must keep: `after` and `delta` came of one operation on `before`.
template <crdt::lattice T>
[[nodiscard]] verdict check_mutation(const T& before, const T& after, const T& delta,
                                     bool minimal = true) {
  if (!leq(before, after)) {
    return broken("an operation only adds to the state (inflation)");
  }
  if (joined(before, delta) != after) {
    return broken("m(a) is a joined with the delta");
  }
  if constexpr (decomposable<T>) {
    if (minimal && delta != difference(after, before)) {
      return broken("the delta is difference(after, before)");
    }
  }
  return {};
}

/// Bytes are read back to the same state, and no part of them is enough. O(size^2).
template <crdt::lattice T>
[[nodiscard]] verdict check_bytes(const T& a) {
  const crdt::bytes encoded = crdt::to_bytes(a);
  const crdt::result<T> again = crdt::from_bytes<T>(encoded);
  if (!again) {
    return broken("what was encoded can be decoded", again.error().what);
  }
  if (*again != a || crdt::to_bytes(*again) != encoded) {
    return broken("decode(encode(a)) is a");
  }
  for (std::size_t cut = 0; cut < encoded.size(); ++cut) {
    if (crdt::from_bytes<T>(crdt::byte_view{encoded}.first(cut))) {
      return broken("cut bytes are refused",
                    std::to_string(cut) + " of " + std::to_string(encoded.size()) + " were enough");
    }
  }
  crdt::bytes longer = encoded;
  longer.push_back(0);
  if (crdt::from_bytes<T>(longer)) {
    return broken("bytes after the state are refused");
  }
  return {};
}

/// One random change to bytes: a flipped bit, another byte, one more or one less.
inline void damage(crdt::bytes& data, seeded_random& random) {
  if (data.empty()) {
    data.push_back(static_cast<std::uint8_t>(random()));
    return;
  }
  const auto at = data.begin() + static_cast<std::ptrdiff_t>(random.below(data.size()));
  switch (random.below(6)) {
    case 0:
      data.insert(at, static_cast<std::uint8_t>(random()));
      break;
    case 1:
      data.erase(at);
      break;
    case 2:
      *at = static_cast<std::uint8_t>(random());
      break;
    case 3:
      ++*at;
      break;
    default:
      *at = static_cast<std::uint8_t>(*at ^ (1U << random.below(8)));
  }
}

/// Damaged bytes are refused or are the canonical form of another state, with which merging is at
/// least defined.
template <crdt::lattice T>
[[nodiscard]] verdict check_damage(const T& a, seeded_random& random, std::size_t times) {
  for (std::size_t i = 0; i < times; ++i) {
    crdt::bytes data = crdt::to_bytes(a);
    for (std::size_t changes = 1 + random.below(2); changes != 0; --changes) {
      damage(data, random);
    }
    const crdt::result<T> read = crdt::from_bytes<T>(data);
    if (read && crdt::to_bytes(*read) != data) {
      return broken("damaged bytes are refused or canonical");
    }
    if (read) {
      (void)joined(a, *read);
    }
  }
  return {};
}

}  // namespace weft::testing
