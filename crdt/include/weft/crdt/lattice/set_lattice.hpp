// SPDX-License-Identifier: MIT
// set_lattice: a set that only grows, joined by union. Bottom is empty.
//
// Kept as one sorted vector, as map_lattice. A plain value; concurrent const calls are safe.
#pragma once

#include "weft/crdt/lattice/codec.hpp"
#include "weft/crdt/lattice/decomposable.hpp"
#include "weft/crdt/lattice/flat_merge.hpp"
#include "weft/crdt/lattice/roomy.hpp"

#include <concepts>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace weft::crdt {

template <element E>
  requires std::default_initializable<E>
class set_lattice {
public:
  set_lattice() = default;
  explicit set_lattice(E e) { elements_.push_back(std::move(e)); }

  /// Ascending.
  [[nodiscard]] const std::vector<E>& values() const noexcept { return elements_; }
  /// O(log n).
  [[nodiscard]] bool contains(const E& e) const {
    const auto at = detail::seek(elements_.begin(), elements_.end(), e, itself);
    return at != elements_.end() && *at == e;
  }

  /// O(both), or O(shorter * log longer).
  bool merge(const set_lattice& other) {
    return detail::flat_merge(elements_, other.elements_, itself,
                              [](const E&, const E&) { return false; });
  }
  friend bool leq(const set_lattice& a, const set_lattice& b) {
    return difference(a, b).elements_.empty();
  }
  friend set_lattice difference(const set_lattice& a, const set_lattice& b) {
    set_lattice rest;
    detail::flat_walk(a.elements_, b.elements_, itself, [&](const E& mine, const E* theirs) {
      if (theirs == nullptr) {
        rest.elements_.push_back(mine);
      }
    });
    return rest;
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    for (const E& e : elements_) {
      f(set_lattice(e));
    }
  }

  void encode(byte_writer& out) const {
    out.varint(elements_.size());
    const E* before = nullptr;
    for (const E& e : elements_) {
      encode_ascending(out, std::exchange(before, &e), e);
    }
  }
  [[nodiscard]] static result<set_lattice> decode(byte_reader& in, const limits& bounds = {}) {
    set_lattice set;
    const std::size_t count = in.count(1, "elements of a set");
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
      const E* const before = i == 0 ? nullptr : &set.elements_.back();
      set.elements_.push_back(decode_ascending<E>(in, bounds, before, "elements of a set"));
    }
    if (in.failed()) {
      return in.failure();
    }
    return set;
  }
  friend bool operator==(const set_lattice&, const set_lattice&) = default;

private:
  static constexpr std::identity itself{};
  roomy<E> elements_;
};

}  // namespace weft::crdt
